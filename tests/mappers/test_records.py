"""What mappers of rows of tables have in common."""

import pytest

from transformer.mappers.errors import HIDDEN, InstrumentationError
from transformer.mappers.paths import object_in
from transformer.mappers.records import action_of, spelled_action_of


@pytest.mark.parametrize("holder", [None, "text", [], {}, {"a": None}, {"a": []}, {"a": "text"}])
def test_what_is_no_object_is_an_empty_one(holder):
    assert object_in(holder, "a") == {}
    assert object_in({"a": {"b": 1}}, "a") == {"b": 1}


def test_an_action_counts_in_any_spelling_or_in_its_own_alone():
    assert (action_of({"action": "Insert"}), spelled_action_of({"action": "insert"})) == ("insert", "insert")
    with pytest.raises(InstrumentationError, match=r"received 'Insert'$") as caught:
        spelled_action_of({"action": "Insert"})
    assert caught.value.told.endswith(f"received '{HIDDEN}'")


@pytest.mark.parametrize("action", [None, 7, ["insert"], {}])
def test_an_action_that_is_no_text_is_not_quoted(action):
    with pytest.raises(InstrumentationError, match=r"received something else$"):
        spelled_action_of({"action": action})
    with pytest.raises(InstrumentationError, match="Invalid action type"):
        action_of({"action": action})
