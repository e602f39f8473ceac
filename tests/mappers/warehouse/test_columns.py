"""Columns: their names, their types, and what of an event becomes one."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.mappers.warehouse import PROVIDERS, open_warehouse
from transformer.mappers.warehouse.names import Naming
from transformer.mappers.warehouse.values import instant, is_blank, is_spelled_out

NAMES = [  # raw, where digits are words, where they are not, and in Blendo's way
    ("plan", "plan", "plan", "plan"),
    ("firstName", "first_name", "first_name", "firstname"),
    ("HTMLPage", "html_page", "html_page", "htmlpage"),
    ("Total Price (CHF)", "total_price_chf", "total_price_chf", "total_price__chf_"),
    ("address2", "address_2", "address2", "address2"),
    ("h1Title", "h_1_title", "h1_title", "h1title"),
    ("2nd Try", "_2nd_try", "_2nd_try", "_2nd_try"),
    ("2nd_try", "_2nd_try", "_2nd_try", "_2nd_try"),
    ("11th", "_11_th", "_11th", "_11th"),
    ("4ever", "_4_ever", "_4ever", "_4ever"),
    ("__private", "__private", "__private", "__private"),
    ("_1st", "__1st", "__1st", "_1st"),
    ("größe", "gr_e", "gr_e", "gr__e"),
    ("日本", "", "", "__"),
    ("a٣", "a", "a", "a_"),
    ("", "", "", ""),
    ("a$b", "a_b", "a_b", "a$b"),
]


@pytest.mark.parametrize(("raw", "divided", "whole", "blendo"), NAMES)
def test_names_are_spelled_in_three_ways(raw, divided, whole, blendo):
    postgres = PROVIDERS["postgres"]
    assert Naming(postgres, divide_numbers=True, blendo=False, escape_reserved=True).column(raw) == divided
    assert Naming(postgres, divide_numbers=False, blendo=False, escape_reserved=True).column(raw) == whole
    assert Naming(postgres, divide_numbers=False, blendo=True, escape_reserved=True).column(raw) == blendo


@given(st.text(max_size=200), st.booleans(), st.sampled_from(list(PROVIDERS)))
def test_every_name_is_one_that_needs_no_quotes(raw, divide, provider):
    naming = Naming(PROVIDERS[provider], divide_numbers=divide, blendo=False, escape_reserved=True)
    name = naming.column(raw)
    assert re.fullmatch(r"(?:[A-Za-z_][A-Za-z0-9_]*)?", name)
    assert name.upper() not in PROVIDERS[provider].reserved
    assert len(name) <= (PROVIDERS[provider].longest_name or len(name))


@pytest.mark.parametrize(("provider", "longest"), [("postgres", 63), ("snowflake", 127), ("rs", 127), ("s3_datalake", 300)])
def test_long_names_are_cut(event, rows, provider, longest):
    found = rows(provider, event("track", event="e" * 300, properties={"k" * 300: 1}))
    table = next(name for name in found if set(name.lower()) == {"e"})
    assert len(table) == longest
    assert max(map(len, found[table]["data"])) == longest


@pytest.mark.parametrize(
    ("provider", "word"),
    [
        ("postgres", "user"),
        ("snowflake", "order"),
        ("bq", "hash"),
        ("rs", "tag"),
        ("deltalake", "anti"),
        ("mssql", "plan"),
        ("azure_synapse", "level"),
        ("s3_datalake", "date"),
        ("gcs_datalake", "groups"),
        ("azure_datalake", "value"),
    ],
)
def test_reserved_words_get_an_underscore(event, rows, provider, word):
    said = event("track", event="a", properties={word: 1})
    (data,) = [row["data"] for table, row in rows(provider, said).items() if table.lower() == "a"]
    assert f"_{word}" in {name.lower() for name in data}
    said["integrations"] = {provider.upper(): {"options": {"skipReservedKeywordsEscaping": True}}}
    (data,) = [row["data"] for table, row in rows(provider, said).items() if table.lower() == "a"]
    assert word in {name.lower() for name in data}


def test_clickhouse_reserves_nothing(event, rows):
    assert rows("clickhouse", event("track", event="select", properties={"from": 1}))["select"]["data"]["from"] == 1


def test_the_way_of_blendo_is_asked_for_by_an_event(event, rows):
    said = event("track", event="Order Done", properties={"totalPrice": 1, "to $1": 2})
    said["integrations"] = {"RS": {"options": {"useBlendoCasing": True}}}
    data = rows("rs", said)["order_done"]["data"]
    assert (data["totalprice"], data["to_$1"]) == (1, 2)


TYPES = [  # a value, the type of its column, the value in the row
    (3, "int", 3),
    (3.0, "int", 3),
    (3.5, "float", 3.5),
    (True, "boolean", True),
    ("three", "string", "three"),
    ("3", "string", "3"),
    ("2026-03-04", "datetime", "2026-03-04T00:00:00.000Z"),
    ("2026-03-04 05:06", "datetime", "2026-03-04T05:06:00.000Z"),
    ("2026-03-04T05:06:07.890123+02:00", "datetime", "2026-03-04T03:06:07.890Z"),
    ("2026-02-30", "string", "2026-02-30"),
    ("2026-03", "string", "2026-03"),
    ([1, "a"], "string", [1, "a"]),
    ([{}], "string", [{}]),
    (2**63 - 1, "int", 2**63 - 1),
    (2**70, "float", float(2**70)),
    (1e300, "float", 1e300),
    (10**400, "string", f"1{'0' * 400}"),
]


@pytest.mark.parametrize(("value", "kind", "stored"), TYPES)
def test_a_value_says_the_type(event, rows, value, kind, stored):
    found = rows("postgres", event("track", event="a", properties={"it": value}))["a"]
    assert found["metadata"]["columns"]["it"] == kind
    assert found["data"]["it"] == stored
    assert type(found["data"]["it"]) is type(stored)


@pytest.mark.parametrize("value", [None, "", {}, [], [None], [""], [[]], {"deep": {"deeper": {}}}])
def test_what_says_nothing_is_no_column(event, rows, value):
    found = rows("postgres", event("track", event="a", properties={"it": value}))["a"]
    assert [name for name in found["metadata"]["columns"] if name.startswith("it")] == []


@pytest.mark.parametrize("text", ["2026-03-04T05:06:07.890Z", "2026-03-04T05:06:07.890-00:30", "2026-03-04T05:06:07.890+14:00"])
def test_instants_are_told_in_utc(text):
    again = instant(text)
    assert again is not None
    assert again.endswith("Z")
    assert instant(again) == again


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-01-01",
        "2026-13-01",
        "20260304",
        "2026-03-04T25:00",
        "2026-03-04T05:06:07.890+25:00",
        "0001-01-01T00:00+01:00",
        "0001-01-01T00:00:00.000+01:00",
        "2026-W04-5T05:06:07.890Z",
        "2026-02-30T05:06:07.890Z",
        "2026-03-04T0506:07.8901Z",
        "2026-03-04T05:06:07.8a0Z",
    ],
)
def test_what_was_never_is_no_instant(text):
    assert instant(text) is None


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_is_not(text):
    when = instant(text)
    assert when is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when)


@given(st.datetimes(timezones=st.timezones()))
def test_every_instant_is_read_as_it_was_written(when):
    told = instant(when.isoformat(timespec="milliseconds"))
    assert told is None or instant(told) == told


def test_the_older_kind_of_json_path_is_for_properties_of_tracks(event, rows):
    parts = {"properties": {"cart": {"id": 1}}, "traits": {"cart": {"id": 1}}}
    found = rows("postgres", event("track", event="a", **parts), jsonPaths=" cart , other ")["a"]
    assert (found["data"]["cart"], found["metadata"]["columns"]["cart"]) == ('{"id":1}', "json")
    assert rows("postgres", event("identify", **parts), jsonPaths="cart")["users"]["data"]["cart_id"] == 1


@pytest.mark.parametrize(
    ("provider", "kind"), [("postgres", "json"), ("rs", "json"), ("snowpipe_streaming", "json"), ("bq", "string")]
)
def test_json_paths_name_a_part_of_one_type(event, rows, provider, kind):
    paths = ["track.properties.a.b", "track.context.c", "page.properties.a"]
    said = event("track", event="t", properties={"a": {"b": {"x": 1}, "y": 2}}, context={"c": [1, {"z": 2}]})
    (found,) = [row for table, row in rows(provider, said, jsonPaths=paths).items() if table.lower() == "t"]
    data = {name.lower(): value for name, value in found["data"].items()}
    types = {name.lower(): value for name, value in found["metadata"]["columns"].items()}
    assert (data["a_b"], data["a_y"], data["context_c"]) == ('{"x":1}', 2, '[1,{"z":2}]')
    assert types["a_b"] == kind


def test_json_paths_of_an_event(event, rows):
    said = event("track", event="a", properties={"cart": {"id": 1}, "box": {"id": 2}, "none": {}})
    said["integrations"] = {
        "POSTGRES": {"options": {"jsonPaths": ["cart"]}},
        "DATA_WAREHOUSE": {"options": {"jsonPaths": ["track.properties.box", "none"]}},
    }
    data = rows("postgres", said)["a"]["data"]
    assert (data["cart"], data["box"]) == ('{"id":1}', '{"id":2}')
    assert "none" not in data
    assert rows("mssql", said)["a"]["data"]["cart_id"] == 1


def test_deep_objects_of_cloud_sources_are_json(event, rows):
    said = event("track", event="t", properties={"a": {"b": {"c": {"d": {"e": 1}}, "f": [1]}}})
    assert rows("postgres", said, {"sourceCategory": "cloud"})["t"]["data"]["a_b_c_d"] == '{"e":1}'
    assert rows("postgres", said)["t"]["data"]["a_b_c_d_e"] == 1


def test_long_texts_of_redshift(event, rows):
    said = event("track", event="t", properties={"a": "x" * 512, "b": "x" * 513, "c": ["x" * 513], "d": ["x"]})
    types = rows("rs", said)["t"]["metadata"]["columns"]
    assert [types[name] for name in "abcd"] == ["string", "text", "text", "string"]
    assert rows("postgres", said)["t"]["metadata"]["columns"]["b"] == "string"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ([1, 2], "array(int)"),
        ([1, 2.5], "array(float)"),
        ([True], "array(boolean)"),
        (["a", "2026-01-01"], "array(string)"),
        (["2026-01-01"], "array(datetime)"),
        ([1, "a"], "string"),
        ([{}], "string"),
    ],
)
def test_arrays_of_clickhouse(event, rows, value, kind):
    said = event("track", event="t", properties={"it": value})
    assert rows("clickhouse", said, query={"chEnableArraySupport": "true"})["t"]["metadata"]["columns"]["it"] == kind
    assert rows("clickhouse", said)["t"]["metadata"]["columns"]["it"] == "string"
    assert rows("bq", said, query={"chEnableArraySupport": "true"})["t"]["metadata"]["columns"]["it"] == "string"


@pytest.mark.parametrize(("provider", "kind"), [("postgres", "json"), ("bq", "string")])
def test_violations_of_a_tracking_plan(event, rows, provider, kind):
    said = event("page", context={"violationErrors": [{"type": "Unplanned-Event"}]})
    assert rows(provider, said)["pages"]["metadata"]["columns"]["context_violation_errors"] == kind


@pytest.mark.parametrize(
    ("thing", "is_one"),
    [
        ({"0": "a", "1": "b"}, True),
        ({"1": "a", "2": "b"}, True),
        ({"2": "a"}, False),
        ({"0": "a", "2": "b"}, False),
        ({"0": "ab"}, False),
        ({"0": 1}, False),
        ({}, False),
    ],
)
def test_a_text_spread_into_characters(thing, is_one):
    assert is_spelled_out(thing) is is_one


def test_traits_spread_into_characters_are_put_together(event, rows):
    spread = {"0": "f", "1": "o", "2": "o"}
    found = rows("postgres", event("group", context={"traits": spread}, traits=spread))["groups"]["data"]
    assert found["context_traits"] == "foo"
    assert [name for name in found if name.lstrip("_").isdigit()] == []


@given(st.recursive(st.none() | st.just(""), lambda inner: st.lists(inner, max_size=1), max_leaves=4))
def test_nothing_in_lists_is_nothing(value):
    assert is_blank(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.dictionaries(
    st.sampled_from(
        ["properties", "traits", "context", "userId", "event", "timestamp", "integrations", "recordId", "channel", "request_ip"]
    ),
    JSON,
)
METADATA = st.dictionaries(st.sampled_from(["sourceCategory", "receivedAt", "sourceId"]), JSON | st.just("cloud"))
KINDS = ["track", "identify", "page", "screen", "group", "alias"]


@given(PARTS, METADATA, st.sampled_from(list(PROVIDERS)), st.sampled_from(KINDS))
def test_any_event_has_rows_whose_columns_are_typed(parts, metadata, provider, event_type):
    said = {"messageId": "m", "receivedAt": "2026-01-01T00:00:00.000Z", "type": event_type, **parts}
    warehouse = open_warehouse(provider, {"allowUsersContextTraits": True}, query={"whIDResolve": "true"})
    first = warehouse.rows(said, metadata)
    assert warehouse.rows(said, metadata) == first, "what is remembered changes nothing"
    assert json.loads(json.dumps(first)) == first
    for row in first:
        types = row["metadata"]["columns"]
        assert set(row["data"]) == set(types) - {"uuid_ts", "UUID_TS", "loaded_at" if provider == "bq" else ""}
        assert "" not in types
        for name, value in row["data"].items():
            kinds = {"int": int, "float": float, "boolean": bool, "datetime": str, "json": (str, list)}
            assert row["metadata"].get("isMergeRule") or isinstance(value, kinds.get(types[name], (str, list)))
