"""Conversions: what they give of what events really hold, in the way that destinations know from JavaScript."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.destinations.conversions import CONVERSIONS
from transformer.mappers import operators, paths, timestamps, values
from transformer.mappers.dynamic import has_templates, resolved
from transformer.mappers.fields import FIELDS, field

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", "x"), (True, "true"), (False, "false"), (1.0, "1"), (1.5, "1.5"), (1e21, "1e+21"), (1e-7, "1e-7"), (None, "null"),
        ([1.0, "a"], '[1,"a"]'), ({"a": 2.0}, '{"a":2}'), (-0.5, "-0.5"), (12345678901234567890, "12345678901234567890"),
    ],
)  # fmt: skip
def test_text_is_what_javascript_writes(value, expected):
    assert values.text(value) == expected


@pytest.mark.parametrize(
    ("conversion", "value", "expected"),
    [
        (values.number, " 12 ", 12), (values.number, "12.50", 12.5), (values.number, "12 EUR", None), (values.number, True, 1),
        (values.number, "1e400", None), (values.number, [1], None), (values.floating, "12.5 EUR", 12.5), (values.floating, "EUR", None),
        (values.integer, "12.9 EUR", 12), (values.integer, 12.9, 12), (values.integer, float("inf"), None),
        (values.revenue, "$ 1,299.90", 1299.9), (values.revenue, 7, 7), (values.boolean, "Yes", True), (values.boolean, 0, False),
        (values.boolean, "maybe", None), (values.digits, "+49 (30) 12-3", "4930123"), (values.host, "https://www.a.example:8/x", "www.a.example"),
        (values.domain, "https://www.a.example/x", "a.example"), (values.domain, "no url", None), (values.host, "http://[", None),
        (values.url_encode, "a b/ü", "a%20b%2F%C3%BC"), (values.trim, 5, 5), (values.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)  # fmt: skip
def test_a_conversion_gives_this(conversion, value, expected):
    assert conversion(value) == expected


@pytest.mark.parametrize(
    ("value", "iso", "milliseconds"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", 1767323045000),
        ("2026-01-02T05:04:05.678+02:00", "2026-01-02T03:04:05.678Z", 1767323045678),
        ("2026-01-02", "2026-01-02T00:00:00.000Z", 1767312000000),
        (1767323045, "2026-01-02T03:04:05.000Z", 1767323045000),
        (1767323045678, "2026-01-02T03:04:05.678Z", 1767323045678),
        ("1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59.500Z", -500),
        ("never", None, None),
        ("2026-13-45", None, None),
        (True, None, None),
        (1e300, None, None),
        ([], None, None),
    ],
)
def test_a_time_is_read(value, iso, milliseconds):
    assert (timestamps.iso(value), timestamps.unix_milliseconds(value)) == (iso, milliseconds)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_no_conversion_raises_whatever_it_is_given(name):
    known = CONVERSIONS[name]
    function = (
        getattr(values, known.function, None) or getattr(timestamps, known.function, None) or getattr(paths, known.function)
    )
    arguments = {"cut": [3], "replace": ["a", "b"], "split": [","], "join": [","]}.get(name, [])

    @given(ANY)
    def holds(value):
        if value is None or value == "" or (known.takes in {"object", "list"} and not isinstance(value, (dict, list))):
            return
        if known.takes == "object" and not isinstance(value, dict):
            return
        found = function(value, *arguments)
        assert not (isinstance(found, float) and math.isnan(found) and not isinstance(value, float))

    holds()


@given(ANY, ANY)
def test_comparisons_never_raise(one, other):
    for compare in (operators.less, operators.at_most, operators.more, operators.at_least):
        assert compare(one, other) in {True, False}
    assert operators.among(one, other) in {True, False}
    assert operators.less(one, other) is (operators.more(other, one))


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), ANY, max_size=4))
def test_flattening_loses_nothing_but_shape(value):
    flat = values.flatten(value, "/")
    assert all(not isinstance(one, (dict, list)) or not one for one in flat.values())


def test_paths_read_write_and_remove():
    made = {"a": {"b": [{"c": 1}]}}
    assert paths.at(made, "a.b.0.c") == 1
    assert paths.at(made, "a.b.1.c") is None
    assert paths.at(made, "a.b.c.d") is None
    assert paths.first(made, "x", "a.b.0.c") == 1
    paths.put(made, "a.x.y", 2)
    paths.put(made, ["k.ey"], 3)
    paths.remove(made, "a.b")
    paths.remove(made, "nothing.here")
    assert made == {"a": {"x": {"y": 2}}, "k.ey": 3}


@pytest.mark.parametrize("name", FIELDS)
def test_a_standard_field_is_found_in_each_of_its_places_in_order(name):
    event = {}
    for place in reversed(FIELDS[name]):
        if paths.at(event, place.rpartition(".")[0] or "nothing") in (None, {}) or isinstance(
            paths.at(event, place.rpartition(".")[0]), dict
        ):
            paths.put(event, place, place)
            assert field(event, name) == place or isinstance(field(event, name), dict)
    assert field({}, name) is None


def test_settings_may_depend_on_the_event():
    settings = {
        "key": "{{ event.properties.key || fallback }}",
        "list": ["{{ traits.x || 'a b' }}"],
        "plain": "{{ no default }}",
    }
    assert has_templates(settings)
    event = {"properties": {"key": "k1", "kept": 1}}
    found, rest = resolved(settings, event)
    assert (found["key"], found["list"], rest) == ("k1", ["a b"], {"properties": {"kept": 1}})
    assert event == {"properties": {"key": "k1", "kept": 1}}
    assert resolved(settings, {})[0]["key"] == "fallback"
    assert not has_templates({"a": "text with {{ x || y }} inside", "b": 5})


def whole(digits):
    """What JavaScript makes of a whole number: beyond 64 bits we say it as a double, too."""
    return int(digits) if abs(int(digits)) < 1 << 63 else float(digits)


@given(ANY)
def test_json_text_is_json(value):
    expected = json.dumps(value)
    if "NaN" not in expected and "Infinity" not in expected:
        assert json.loads(values.json_text(value), parse_int=whole) == json.loads(expected, parse_int=whole)
