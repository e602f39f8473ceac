"""natives.scan: it points at every value that a pattern is found in, whichever scanner does it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.engines.python.natives import scan

WORDS = st.lists(
    st.sampled_from(["@", "a", '"', "\\", "\n", "é", "😀", ":", ",", "{", "}", "[", "]", " ", "123456789", "n", "\u0001"]),
    max_size=6,
)
TEXTS = WORDS.map("".join)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def leaves(value):
    if isinstance(value, dict):
        return [*value, *(leaf for inner in value.values() for leaf in leaves(inner))]
    return [leaf for inner in value for leaf in leaves(inner)] if isinstance(value, list) else [value]


@pytest.fixture(params=list(scan.SCANNERS))
def scanner(request):
    scan.use(request.param)
    yield request.param
    scan.use("")


def test_the_fast_ones_are_here():
    assert list(scan.SCANNERS) == ["rurex", "re2", "re"]


@given(VALUES)
def test_finds_every_string_and_key(value):
    found = scan.hits("@", value)
    assert {leaf for leaf in leaves(value) if isinstance(leaf, str) and "@" in leaf} <= found


@given(VALUES)
def test_finds_every_whole_number(value):
    found = scan.hits("[0-9]{9}", value)
    numbers = {leaf for leaf in leaves(value) if type(leaf) is int and abs(leaf) >= 10**8}
    assert numbers <= found


@given(VALUES)
def test_is_not_misled_by_what_strings_hold(value):
    found = scan.hits(r"(?:^|[^0-9A-Za-z]|\\[bfnrt]|\\u00[01][0-9a-f])[0-9]{9}|@", value)
    plain = re.compile("(?:^|[^0-9A-Za-z])[0-9]{9}|@")
    assert {leaf for leaf in leaves(value) if isinstance(leaf, str) and plain.search(leaf)} <= found
    assert {leaf for leaf in leaves(value) if type(leaf) is int and abs(leaf) >= 10**8} <= found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@b", {"a@b"}),
        ({"a": "x", "b": ["y@z", {"k@": 1}]}, {"y@z", "k@"}),
        ({"a": 'he said "@" twice'}, {'he said "@" twice'}),
        ({"a": "back\\", "b": "@"}, {"@"}),
        ([["@@@", "@"]], {"@@@", "@"}),
        ({"a": ['\\"@\\', '"', "\\\\", "\\n@"], '@"': "\n@\0"}, {'\\"@\\', "\\n@", '@"', "\n@\0"}),
        ({"a": [":@", ",", "]}"], "b": "@é", "": "\ud7ff@"}, {":@", "@é", "\ud7ff@"}),
        ({"a": [1, None]}, set()),
    ],
)
def test_every_scanner_finds_the_same(scanner, value, found):
    assert scan.hits("@", value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 123456789, "b": 12345678, "c": -1234567890}, {123456789, -1234567890}),
        ({"a": 123456789, "1234567890": [1234567891]}, {123456789, "1234567890", 1234567891}),
        ({"a": [123456789, "123456789x"], "b": 1234567890.5}, {123456789, "123456789x"}),
        ([[], 123456789], {123456789}),
        ([1234567890123456789], {1234567890123456789}),
        (123456789, {123456789}),
        ({"a": ":1234567890,", "b": "]9999999999999999999999999999"}, {":1234567890,", "]9999999999999999999999999999"}),
    ],
)
def test_whole_numbers_are_told_from_digits_in_strings(scanner, value, found):
    assert scan.hits("(?:^|[^0-9])[0-9]{9}", value).intersection(leaves(value)) == found


UUID = "01234567-89ab-4def-8123-456789abcdef"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": UUID, "b": [UUID.upper()], UUID: 1, "c": 12345678}, {12345678}),
        ({"a": f"{UUID}x", "b": f" {UUID}"}, {f"{UUID}x", f" {UUID}"}),
        ("a" + UUID[1:], {"a" + UUID[1:]}),
        (UUID[:-1] + "g", {UUID[:-1] + "g"}),
        (UUID.replace("-", "_"), {UUID.replace("-", "_")}),
        ([UUID, 12345678, "12345678"], {12345678, "12345678"}),
        ([f"{UUID}\n", f'"{UUID}', UUID], {f"{UUID}\n", f'"{UUID}'}),
    ],
)
def test_a_uuid_alone_that_begins_with_a_digit_is_none(scanner, value, found):
    assert scan.hits("[0-9]{8}|[0-9]{3}", value).intersection(leaves(value)) == found


def test_what_json_cannot_say_is_none(scanner):
    assert scan.hits("@", {"a": 2**64}) is None
    assert scan.hits("@", "\ud800@") is None


def test_non_ascii_patterns_match_as_text(scanner):
    assert scan.hits("1(?:\u00a0|\u2013)2", ["1\u00a02", "1\u20132", "1-2"]) == {"1\u00a02", "1\u20132"}
