"""Regular expressions of others: linear, whatever they say, or refused."""

import pytest

from transformer.engines.python.natives import patterns

pytestmark = pytest.mark.need("rurex")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^[a-z]+$", "abc", True),
        ("b", "abc", True),
        ("^b", "abc", False),
        (r"^\S+$", "a b", False),
        (r"^\u0041\/$", "A/", True),
        (r"\p{Lu}", "aÉ", True),
        ("(?i)^ABC", "abcd", True),
        ("x", "\ud800x", True),
    ],
)
def test_a_pattern_is_found_or_not(pattern, text, expected):
    assert patterns.problem(pattern) == ""
    assert patterns.is_found(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*,){20}b", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_what_never_ends_elsewhere_ends_here(pattern):
    assert not patterns.is_found(pattern, "a" * 200_000 + "!")  # by `re` none of these ends while anybody lives


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "[", "(((a{100}){100}){100})", "\ud800"])
def test_what_cannot_be_linear_is_refused(pattern):
    assert patterns.problem(pattern) == (
        "is not a regular expression, or none of linear time: look-around and back-references are not supported"
    )


def test_a_pattern_has_its_bound():
    assert patterns.problem("a" * 1001) == "has more than 1000 characters"
