"""What is hidden in one place is hidden everywhere, whatever else is there."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.tap.redaction import Redaction, TooMuchToHideError
from transformer.tap.rules import MARK, parse_rules

RULES = parse_rules(["password", "*secret*", "~email", "~card"])


def hidden(*parts, rules=RULES):
    redaction = Redaction(rules)
    for part in parts:
        redaction.learn(part)
    redaction.ready()
    return [redaction.hide(part) for part in parts]


def test_a_field_is_hidden_with_all_that_it_holds():
    event = {"user": {"Password": "hunter2", "name": "Ann"}, "list": [{"my_secret": {"a": [1, True, None]}}]}
    assert hidden(event) == [{"user": {"Password": MARK, "name": "Ann"}, "list": [{"my_secret": MARK}]}]


def test_a_value_is_hidden_under_every_name_and_inside_of_texts():
    before = {"password": "hunter2", "secret_number": 90210}
    after = {"copy": "hunter2", "note": "it was Hunter2, zip 90210", "zip": 90210, "hunter2": 1}
    assert hidden(before, after)[1] == {"copy": MARK, "note": f"it was {MARK}, zip {MARK}", "zip": MARK, MARK: 1}


def test_a_value_is_hidden_as_messages_and_urls_write_it():
    before = {"password": "it's\n5 & more"}
    texts = ['KeyError: "it\'s\\n5 & more"', "?p=it%27s%0A5%20%26%20more", "?p=it%27s%0A5+%26+more"]
    assert hidden(before, texts)[1] == [f'KeyError: "{MARK}"', f"?p={MARK}", f"?p={MARK}"]


def test_a_short_value_is_hidden_where_it_stands_alone_only():
    assert hidden({"password": "12"}, ["12", "on 12 of 2012", 12, 2012])[1] == [MARK, f"on {MARK} of 2012", MARK, 2012]


def test_json_within_a_text_is_looked_into():
    event = {"body": orjson.dumps({"password": True, "n": 1}).decode(), "raw": "[not json"}
    assert hidden(event) == [{"body": f'{{"password":"{MARK}","n":1}}', "raw": "[not json"}]


def test_what_is_found_twice_leaves_no_rest():
    before = {"password": "ann a@b.example", "my_secret": "b.example is it"}
    assert hidden(before, "ann a@b.example is it so")[1] == f"{MARK} so"


def test_keys_that_look_alike_afterwards_stay_apart():
    assert hidden({"a@b.example": 1, "c@d.example": 2}) == [{MARK: 1, f"{MARK} 2": 2}]


def test_an_event_with_too_much_to_hide_is_refused():
    with pytest.raises(TooMuchToHideError):
        hidden({"secrets": [f"value {number}" for number in range(1000)]})


def test_nothing_to_hide_changes_nothing():
    event = {"a": [1, 2.5, "x", None, True, {"b": {}}]}
    assert hidden(event) == [event]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
SECRET = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=12)
LEAF = st.one_of(TEXT, st.integers(-(2**53), 2**53), st.booleans(), st.none())


def json_with(leaf):
    return st.recursive(leaf, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)))


@given(st.data(), st.lists(SECRET, min_size=1, max_size=4))
def test_no_hidden_value_is_left_anywhere(data, secrets):
    """However an event and its outputs are made of secrets and other things, no secret is in what is shown."""
    around = st.builds("{}{}{}".format, TEXT, st.sampled_from(secrets), TEXT)
    value = json_with(st.one_of(LEAF, st.sampled_from(secrets), around))
    before = {"rest": data.draw(value), "password": secrets, "x": {"API secret": {secrets[0]: data.draw(value)}}}
    after = data.draw(st.lists(value, max_size=3))
    told = orjson.dumps(hidden(before, after)).decode().replace(MARK, "").casefold()
    assert [secret for secret in secrets if secret.casefold() in told] == []
