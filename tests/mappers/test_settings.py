"""Settings of the wrong kind are whose fault they are: the destination's owner's."""

import pytest

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.settings import typed

TYPES = {"key": "string", "rules": "array", "more": "object", "loud": "boolean"}


def test_numbers_and_truths_are_texts_where_texts_are_expected():
    assert typed({"key": 7, "rules": []}, TYPES) == {"key": "7", "rules": []}
    assert typed({"key": True}, TYPES) == {"key": "true"}


@pytest.mark.parametrize("given", [None, {}, {"key": None, "rules": "", "more": None}, {"loud": "yes", "other": [1]}])
def test_what_is_not_there_or_has_no_such_type_stays_as_it_is(given):
    assert typed(given, TYPES) == (given or {})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key": ["a"]}, "the setting key must be a text"),
        ({"rules": {"a": 1}}, "the setting rules must be a list"),
        ({"more": "a"}, "the setting more must be an object"),
    ],
)
def test_another_kind_is_a_fault(given, told):
    with pytest.raises(ConfigurationError, match=told):
        typed(given, TYPES)
