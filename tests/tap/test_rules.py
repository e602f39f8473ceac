"""Rules: which names and which values they find, and what is no rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.settings import Settings
from transformer.tap.rules import RulesError, parse_rules, split_rules

USUAL = parse_rules(split_rules(Settings.model_fields["tap_redact"].default))


def found(rules, text):
    return [text[begin:end] for begin, end in rules.find_values(text)]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "user_password",
        "apiKey",
        "api_key",
        "X-Api-Key",
        "access token",
        "emailAddress",
        "CVV",
        "\uff50\uff57\uff44",
    ],
)
def test_the_usual_rules_hide_what_they_should(name):
    assert USUAL.hides_field(name)


@pytest.mark.parametrize("name", ["name", "type", "userId", "pins", "properties", "passenger", ""])
def test_the_usual_rules_leave_the_rest(name):
    assert not USUAL.hides_field(name)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("write to Ann.Lee+x@mail.example.org!", ["Ann.Lee+x@mail.example.org!"]),
        ("https://x.example/?e=a%40b.example&f=1", ["a%40b.example"]),
        ("josé@correo.es", ["josé@correo.es"]),
        ("at @ noon", []),
        ("4111111111111111", ["4111111111111111"]),
        ("card 5555-5555-5555-4444.", ["5555-5555-5555-4444"]),
        ("1 4111 1111 1111 1111 12", ["4111 1111 1111 1111"]),
        ("4111111111111112", []),
        ("1732147672123", []),
        ("1732147672123456", []),
    ],
)
def test_values_are_found_where_they_stand(text, values):
    assert found(USUAL, text) == values


@given(st.integers(10**13, 10**18))
def test_every_number_with_the_check_digit_of_a_card_is_found(number):
    digits = f"4{number}"
    doubled = [int(d) * 2 if i % 2 == 0 else int(d) for i, d in enumerate(reversed(digits))]
    check = -sum(d - 9 if d > 9 else d for d in doubled) % 10
    card = f"{digits}{check}"
    if len(card) <= 19:
        assert card in found(USUAL, f"paid with {card}, thanks")


def test_an_expression_of_the_operator_finds_what_it_says_and_may_hold_a_comma():
    rules = parse_rules(split_rules("~/ACME-[0-9]{2,4}/, Badge No"))
    assert found(rules, "badge ACME-1234 of ACME-1") == ["ACME-1234"]
    assert rules.hides_field("badge_no")


def test_no_rules_hide_nothing():
    nothing = parse_rules(split_rules(" "))
    assert not nothing.hides_field("password")
    assert found(nothing, "a@b.example 4111111111111111") == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("~phone", "'~phone' is no rule for values; there are ~email, ~card and ~/expression/"),
        ("~/(/", "'~/(/' is no regular expression: missing ), unterminated subpattern at position 0"),
        ("~/a*/", "'~/a*/' finds the empty text, which is everywhere"),
    ],
)
def test_what_is_no_rule_is_named(rule, message):
    with pytest.raises(RulesError) as raised:
        parse_rules([rule])
    assert str(raised.value) == message
