"""Which tables an event has rows in, and what is in them of itself."""

from datetime import UTC, datetime

import pytest

from transformer.mappers.errors import ConfigurationError, InstrumentationError, PlatformError, UnsupportedError
from transformer.mappers.warehouse import PROVIDERS, open_warehouse

TABLES = [
    ("track", {"event": "Order Done"}, ["tracks", "order_done"]),
    ("track", {"event": ""}, ["tracks"]),
    ("track", {}, ["tracks"]),
    ("track", {"event": {"name": "x"}}, ["tracks"]),
    ("track", {"event": "Übung"}, ["tracks", "bung"]),
    ("track", {"event": "Ünü"}, ["tracks", "n"]),
    ("track", {"event": "日本"}, ["tracks"]),
    ("track", {"event": 42}, ["tracks", "_42"]),
    ("track", {"event": "Users"}, ["tracks", "_users"]),
    ("track", {"event": "pages"}, ["tracks", "_pages"]),
    ("track", {"event": "SELECT"}, ["tracks", "_select"]),
    ("identify", {}, ["identifies", "users"]),
    ("identify", {"userId": ""}, ["identifies"]),
    ("page", {}, ["pages"]),
    ("screen", {}, ["screens"]),
    ("group", {"groupId": "g"}, ["groups"]),
    ("alias", {"previousId": "p"}, ["aliases"]),
    ("extract", {"event": "orders", "recordId": "7"}, ["orders"]),
    ("merge", {"mergeProperties": [{"type": "email", "value": "a"}, {"type": "phone", "value": "b"}]}, []),
    ("TRACK", {"event": "a"}, ["tracks", "a"]),
]


@pytest.mark.parametrize(("event_type", "more", "tables"), TABLES)
def test_the_type_says_the_tables(event, rows, event_type, more, tables):
    assert list(rows("postgres", event(event_type, **more))) == tables


def test_snowflake_is_upper_case(event, rows):
    found = rows("snowflake", event("track", event="Order Done", properties={"Total Price": 3}))
    assert list(found) == ["TRACKS", "ORDER_DONE"]
    assert found["ORDER_DONE"]["data"]["TOTAL_PRICE"] == 3
    assert found["ORDER_DONE"]["data"]["EVENT"] == "order_done"


def test_streaming_into_snowflake_has_no_users(event, rows):
    assert list(rows("snowpipe_streaming", event("identify"))) == ["IDENTIFIES"]
    assert list(rows("snowpipe_streaming", event("track", event="Rudder Discards"))) == ["TRACKS", "_RUDDER_DISCARDS"]


def test_what_a_row_has_of_itself(event, rows):
    found = rows("postgres", event("track", event="Order Done", properties={"price": 9.5}))["order_done"]
    assert found["metadata"]["receivedAt"] == "2026-03-04T05:06:08.000Z"
    assert found["data"] == {
        "price": 9.5,
        "context_app_name": "shop",
        "event_text": "Order Done",
        "id": "m-1",
        "anonymous_id": "anon",
        "user_id": "u-1",
        "sent_at": "2026-03-04T05:06:07.890Z",
        "timestamp": "2026-03-04T05:06:07.000Z",
        "received_at": "2026-03-04T05:06:08.000Z",
        "original_timestamp": "2026-03-04T05:06:06.000Z",
        "channel": "mobile",
        "context_ip": "192.0.2.1",
        "context_request_ip": "198.51.100.7",
        "context_passed_ip": "192.0.2.1",
        "event": "order_done",
    }
    assert found["metadata"]["columns"]["uuid_ts"] == "datetime"
    assert found["metadata"]["columns"]["price"] == "float"


def test_the_users_row_is_about_the_user(event, rows):
    said = event("identify", traits={"plan": "pro", "channel": "mail", "user_id": "x", "id": "y"})
    user = rows("postgres", said)["users"]["data"]
    assert (user["id"], user["plan"]) == ("u-1", "pro")
    assert {"channel", "user_id", "anonymous_id"}.isdisjoint(user)
    assert "sent_at" in user
    assert "sent_at" not in rows("s3_datalake", said)["users"]["data"]


def test_context_traits_are_of_the_user_only_if_the_settings_say_so(event, rows):
    said = event("identify", context={"traits": {"plan": "pro"}}, traits={"plan": "team", "age": 3})
    assert rows("bq", said)["users"]["data"]["plan"] == "team"
    said["traits"] = {}
    assert "plan" not in rows("bq", said)["users"]["data"]
    found = rows("bq", said, allowUsersContextTraits=True)
    assert (found["users"]["data"]["plan"], found["identifies"]["data"]["context_traits_plan"]) == ("pro", "pro")


def test_ours_win_and_what_we_lack_is_nobodys(event, rows):
    said = event("page", channel=None, properties={"id": "mine", "channel": "mine", "name": "Home", "uuid_ts": "mine"})
    page = rows("postgres", said)["pages"]
    assert page["data"]["id"] == "m-1"
    assert page["data"]["name"] == "Home"
    assert {"channel", "uuid_ts"}.isdisjoint(page["data"])
    assert "channel" not in page["metadata"]["columns"]


def test_tables_can_be_skipped(event, rows):
    track, identify = event("track", event="a"), event("identify")
    assert list(rows("rs", track, skipTracksTable=True)) == ["a"]
    assert list(rows("rs", identify, skipUsersTable=True)) == ["identifies"]
    track["integrations"] = {"RS": {"options": {"skipTracksTable": False}}}
    assert list(rows("rs", track, skipTracksTable=True)) == ["tracks", "a"]
    identify["integrations"] = {"RS": {"options": {"skipUsersTable": True}}, "BQ": {"options": {"skipUsersTable": False}}}
    assert list(rows("rs", identify)) == ["identifies"]


@pytest.mark.parametrize(
    "integrations", [None, "all", {"RS": True}, {"RS": {"options": 3}}, {"RS": {"options": {"jsonPaths": 3}}}]
)
def test_integrations_of_another_shape_say_nothing(event, rows, integrations):
    said = event("track", event="a", integrations=integrations, properties={"b": {"c": 1}})
    assert rows("rs", said)["a"]["data"]["b_c"] == 1


@pytest.mark.parametrize(("provider", "kind"), [("postgres", "json"), ("rs", "text"), ("bq", "string"), ("mssql", "json")])
def test_the_whole_event_is_stored_once(event, rows, provider, kind):
    found = rows(provider, event("track", event="a"), storeFullEvent=True)
    assert '"messageId":"m-1"' in found["tracks"]["data"]["rudder_event"]
    assert found["tracks"]["metadata"]["columns"]["rudder_event"] == kind
    assert "rudder_event" not in found["a"]["data"]


def test_what_an_event_lacks_is_made_up(event):
    now = datetime(2026, 5, 6, 7, 8, 9, 500_000, tzinfo=UTC).timestamp()
    bare = {"type": "page"}
    (row,) = open_warehouse("postgres", {}, time=lambda: now).rows(bare)
    assert row["metadata"]["receivedAt"] == row["data"]["received_at"] == "2026-05-06T07:08:09.500Z"
    assert row["data"]["id"].startswith("auto-")
    assert bare == {"type": "page"}
    (row,) = open_warehouse("postgres", {}).rows(bare, {"receivedAt": "2026-01-01T00:00:00.000Z"})
    assert row["data"]["received_at"] == "2026-01-01T00:00:00.000Z"


def test_the_context_says_where_from_and_where_to(event, rows):
    about = {"sourceId": "s", "sourceType": "web", "destinationId": "d", "destinationType": "POSTGRES", "other": "x"}
    data = rows("postgres", event("page"), about)["pages"]["data"]
    assert {key: value for key, value in data.items() if key.startswith(("context_source", "context_dest"))} == {
        "context_source_id": "s",
        "context_source_type": "web",
        "context_destination_id": "d",
        "context_destination_type": "POSTGRES",
    }
    assert "context_other" not in data
    assert rows("postgres", event("page", context=None), about)["pages"]["data"]["context_source_id"] == "s"


def test_records_of_cloud_sources(event, rows):
    said = event("track", event="a", recordId=7, context={"sources": {"version": "1"}})
    found = rows("postgres", said, {"sourceCategory": "cloud"})
    assert found["tracks"]["data"]["record_id"] == "7"
    assert found["tracks"]["data"]["id"] == "m-1"
    assert found["a"]["data"]["id"] == 7
    assert "record_id" not in rows("postgres", said, {"sourceCategory": "web"})["tracks"]["data"]
    del said["recordId"]
    with pytest.raises(PlatformError, match="recordId cannot be empty for cloud sources events") as wrong:
        rows("postgres", said, {"sourceCategory": "singer-protocol"})
    assert (wrong.value.status, wrong.value.category) == (400, "platform")


@pytest.mark.parametrize("said", [{}, {"type": None}, {"type": 3}, {"type": ""}])
def test_an_event_has_a_type(said):
    with pytest.raises(UnsupportedError, match="has no type"):
        open_warehouse("postgres", {}).rows(said)


def test_an_unknown_type_is_named():
    with pytest.raises(UnsupportedError, match='Unknown event type: "nonsense"') as wrong:
        open_warehouse("postgres", {}).rows({"type": "nonsense"})
    assert (wrong.value.status, wrong.value.category) == (400, "instrumentation")


def test_an_extract_needs_a_name(event, rows):
    with pytest.raises(InstrumentationError, match="needs an event name"):
        rows("postgres", event("extract", event="--"))


def test_too_many_columns_are_refused(event, rows):
    said = event("track", event="a", properties={f"key {number}": number for number in range(250)})
    with pytest.raises(InstrumentationError, match=r"^postgres transformer: Too many columns outputted from the event$"):
        rows("postgres", said)
    assert len(rows("gcs_datalake", said)["a"]["data"]) > 250
    said["channel"] = "sources"
    assert len(rows("postgres", said)["a"]["data"]) > 250


def test_a_warehouse_that_does_not_exist_is_told():
    with pytest.raises(ConfigurationError, match="there is no warehouse 'oracle'; there are snowflake"):
        open_warehouse("oracle", {})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"skipTracksTable": "yes"}, "skipTracksTable"),
        ({"jsonPaths": 3}, "jsonPaths"),
        ({"jsonPaths": [3]}, "jsonPaths"),
    ],
)
def test_settings_of_the_wrong_kind_are_named(settings, told):
    with pytest.raises(ConfigurationError, match=f"setting {told} is") as wrong:
        open_warehouse("postgres", settings)
    assert wrong.value.category == "configuration"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_rows_for_every_type(event, rows, provider):
    for event_type in ("track", "identify", "page", "screen", "group", "alias", "extract"):
        said = event(event_type, event="done", recordId="r", groupId="g", previousId="p")
        for row in rows(provider, said).values():
            columns = {name.lower() for name in row["metadata"]["columns"]}
            assert {"id", "received_at", "uuid_ts"} <= columns
            assert ("loaded_at" in columns) == (provider == "bq")
