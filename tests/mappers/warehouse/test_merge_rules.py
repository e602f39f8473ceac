"""Identity merge rules, where a warehouse resolves identities."""

import pytest

from transformer.mappers.errors import InstrumentationError

RESOLVE = {"whIDResolve": "true"}
PAIR = [{"type": "email", "value": "a@example.com"}, {"type": "phone", "value": "1"}]


def rule(found, table="rudder_identity_merge_rules"):
    return found[table]


def test_a_merge_event_is_its_rule(event, rows):
    found = rule(rows("bq", event("merge", mergeProperties=PAIR), query=RESOLVE))
    assert found == {
        "metadata": {
            "table": "rudder_identity_merge_rules",
            "columns": dict.fromkeys(found["data"], "string"),
            "isMergeRule": True,
            "receivedAt": "2026-03-04T05:06:08.000Z",
            "mergePropOne": "a@example.com",
            "mergePropTwo": "1",
        },
        "data": {
            "merge_property_1_type": "email",
            "merge_property_1_value": "a@example.com",
            "merge_property_2_type": "phone",
            "merge_property_2_value": "1",
        },
    }


def test_others_say_that_two_identifiers_are_one_persons(event, rows):
    found = rows("snowflake", event("track", event="a"), query=RESOLVE)
    assert rule(found, "RUDDER_IDENTITY_MERGE_RULES")["data"] == {
        "MERGE_PROPERTY_1_TYPE": "anonymous_id",
        "MERGE_PROPERTY_1_VALUE": "anon",
        "MERGE_PROPERTY_2_TYPE": "user_id",
        "MERGE_PROPERTY_2_VALUE": "u-1",
    }
    alias = rule(rows("bq", event("alias", previousId="p"), query=RESOLVE))["metadata"]
    assert (alias["mergePropOne"], alias["mergePropTwo"]) == ("u-1", "p")


def test_one_identifier_is_a_person_seen(event, rows):
    found = rule(rows("bq", event("page", userId=None), query=RESOLVE))
    assert found["data"] == {"merge_property_1_type": "anonymous_id", "merge_property_1_value": "anon"}
    assert "mergePropTwo" not in found["metadata"]
    assert list(rows("bq", event("page", userId=None, anonymousId=""), query=RESOLVE)) == ["pages"]


@pytest.mark.parametrize(("provider", "query"), [("bq", {}), ("bq", {"whIDResolve": "false"}), ("postgres", RESOLVE)])
def test_there_are_none_where_nobody_resolves(event, rows, provider, query):
    assert list(rows(provider, event("page"), query=query)) == ["pages"]
    assert rows(provider, event("merge", mergeProperties=PAIR), query=query) == {}


@pytest.mark.parametrize(
    "properties", [None, {}, PAIR[:1], [*PAIR, PAIR[0]], [{}, {}], [PAIR[0], {"type": "a", "value": ""}], [1, 2]]
)
def test_a_merge_event_needs_two_identifiers(event, rows, properties):
    with pytest.raises(InstrumentationError, match="mergeProperties") as wrong:
        rows("snowflake", event("merge", mergeProperties=properties), query=RESOLVE)
    assert "example.com" not in wrong.value.message
