"""Filters: what they may ask, where a wrong one is wrong, and what is not there is not true."""

import pytest

from transformer.tap.filter import VARIABLES, Filter, FilterError, FilterRefusedError

EVENT = {"type": "track", "n": 3, "x": 2.5, "big": 2**63, "user": {"id": "u1"}, "list": [{"a": 1}, {"a": 2}], "none": None}


def variables(**changes):
    usual = dict.fromkeys(VARIABLES, "")
    return {
        **usual,
        "event": EVENT,
        "outputs": [EVENT],
        "output": EVENT,
        "metadata": {},
        "version": 3,
        "logs": ["a"],
        **changes,
    }


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ('event.type == "track" && outcome == ""', True),
        ("event.n > 2 && event.x > 2 && event.big > 5", True),
        ('event.user.id.startsWith("u")', True),
        ("event.list.exists(one, one.a == 2) && !event.list.all(one, one.a == 2)", True),
        ('has(event.user.id) && !has(event.user.name) && event["none"] == null', True),
        ("size(outputs) == 1 && version == 3 && size(logs) == 1", True),
        ("event.nothing == 1", False),
        ("event.user.name.startsWith('x')", False),
        ("event.list[7].a == 1", False),
        ("metadata.sourceId == 's'", False),
        ("// nothing but true\ntrue", True),
    ],
)
def test_an_expression_is_true_or_not(expression, holds):
    assert Filter(expression).holds(variables()) is holds


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("event.a ==", (1, 11)),
        ("event.type == 'x' &&\n  foo bar", (2, 7)),
        ("nope == 1", (1, 1)),
        ("event.a == 'nope' &&\n  nope.x", (2, 3)),
        ("event.list.exists(one, one.a == other)", (1, 33)),
        ("(" * 500 + "true" + ")" * 500, (1, 97)),
    ],
)
def test_a_wrong_expression_is_refused_with_its_place(expression, place):
    with pytest.raises(FilterRefusedError) as raised:
        Filter(expression)
    assert (raised.value.line, raised.value.column) == place


@pytest.mark.parametrize(
    "expression", ["event.type + 1 == 2", "event.n", "1 / 0 == 1", "event.type.matches('(')", "unheard(1)"]
)
def test_an_expression_that_fails_says_so(expression):
    with pytest.raises(FilterError):
        Filter(expression).holds(variables())
