"""Mappings that settings spell with JSON paths, and objects as XML."""

import copy

import pytest

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.json_paths import map_paths, value_at
from transformer.mappers.xml_text import xml_text

EVENT = {"userId": "u7", "tags": ["a", "b"], "items": [{"id": 1, "n": "pen"}, {"id": 2}], "a-b": {"c d": 5}}


@pytest.mark.parametrize(
    ("source", "target", "made"),
    [
        ("$.userId", "$.user.id", {"user": {"id": "u7"}}),
        ("$.'a-b'['c d']", "$['x y']", {"x y": 5}),
        ("$.items[*].id", "$.lines[*].sku", {"lines": [{"sku": 1}, {"sku": 2}]}),
        ("$.items[*].n", "$.lines[*].name", {"lines": [{"name": "pen"}, {}]}),
        ("$.items[*].id", "$.ids", {"ids": [1, 2]}),
        ("$.missing[*].id", "$.ids[*].id", {"ids": []}),
        ("$.tags[1]", "$.second[0]", {"second": ["b"]}),
        ("$.missing", "$.a", {}),
        ("'a word'", "$.a", {"a": "a word"}),
        ("2.5", "a", {"a": 2.5}),
        ("true", "$.a", {"a": True}),
    ],
)
def test_a_rule_maps(source, target, made):
    assert map_paths([{"from": source, "to": target}], EVENT) == made


def test_a_rule_never_writes_into_the_event():
    event = copy.deepcopy(EVENT)
    rules = [{"from": "$.a-b", "to": "$.x"}, {"from": "'new'", "to": "$.x.y"}]
    assert map_paths(rules, event) == {"x": {"c d": 5, "y": "new"}}
    assert event == EVENT


def test_a_path_that_cannot_be_read_is_a_wrong_setting():
    with pytest.raises(ConfigurationError):
        value_at("$.a[b", EVENT)


def test_an_object_as_xml():
    made = xml_text("a b", {"x": [1, {"y": "<&\x00"}], "z": None, "1": True, "e": ""})
    assert made == '<?xml version="1.0" encoding="UTF-8"?><a_b><x>1</x><x><y>&lt;&amp;</y></x><z/><_1>true</_1><e></e></a_b>'
