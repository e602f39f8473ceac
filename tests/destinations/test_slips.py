"""Slips that would be silent, or fall over in a worker: each is told when a definition is compiled, with its line."""

import pytest

from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import read_definition
from transformer.destinations.lines import DefinitionError

TEXT = """\
name: example
title: Example
summary: Shows one thing.
settings:
  key: {type: string, secret: true}
  tags: {type: array}
  about: {type: object}
unsupported: "no {lower} here"
require:
  - {that: present(settings.key), message: The key is missing}
events:
  track: only
requests:
  only:
    endpoint: "https://a.example/{userId|url_encode}"
    headers: {Key: "{settings.key}"}
    body: {JSON: main}
mappings:
  main:
    - {to: id, from: userId}
"""
ENTRY = "{to: id, from: userId}"
SLIPS = [
    ("a.example/{userId|url_encode}", "a.example/{userId|urlencode}", "14: requests.only: {userId|urlencode}: unknown conversion 'urlencode'"),
    ("a.example/{userId|url_encode}", "a.example/{userId|cut}", "14: requests.only: {userId|cut}: cut takes arguments"),
    ("a.example/{userId|url_encode}", "a.example/{$mail}", "14: requests.only: unknown field $mail"),
    ("a.example/{userId|url_encode}", "a.example/{}", "14: requests.only: {} stands for the value of `from`"),
    ("a.example/{userId|url_encode}", "a.example/{userId", "has a brace without its other"),
    ("a.example/{userId|url_encode}", "a.example/{a..b}", "'a..b' is no path"),
    ("a.example/{userId|url_encode}", "a.example/{mapper.x}", "a hole takes a path, and no function of mapper.py"),
    ('Key: "{settings.key}"', 'Key: "{$mail}"', "16: requests.only: Key: unknown field $mail"),
    ('Key: "{settings.key}"', "Key: 2026-01-01", "16: requests.only: Key: date is nothing that JSON can say"),
    ("The key is missing}", '"not {settings.key}"}', "10: destination: require: message: {settings.key} is a secret"),
    ("The key is missing}", '"not {typ|lover}"}', "10: destination: require: message: {typ|lover}: unknown conversion 'lover'"),
    ("no {lower} here", "no {type} here", "8: unsupported: '{type}': only {} and {lower} have a meaning"),
    ("no {lower} here", "no {} here}", "8: unsupported: '}': only {} and {lower} have a meaning"),
    (ENTRY, "{to: id, from: userId, default: '{$mail}'}", "20: mappings.main[0]: default: unknown field $mail"),
    (ENTRY, "{to: id, value: 2026-01-01}", "20: mappings.main[0]: value: date is nothing that JSON can say"),
    (ENTRY, "{to: id, value: .inf}", "20: mappings.main[0]: value: float is nothing that JSON can say"),
    (ENTRY, "{to: id, value: {1: a}}", "value: a mapping with keys that are no texts"),
    (ENTRY, "{to: id, value: 1, as: text}", "as does nothing beside `value`"),
    (ENTRY, "{to: id, from: []}", "from has no source"),
    (ENTRY, "{to: id, from: ''}", "'' is no path"),
    (ENTRY, "{to: a..b, from: userId}", "to: 'a..b' is no path"),
    (ENTRY, "{to: [1], from: userId}", "to must list texts"),
    (ENTRY, "{to: id, from: {product: 5}}", "a source is a path, or {product: […]}"),
    (ENTRY, "{to: id, from: {product: [$mail]}}", "unknown field $mail"),
    (ENTRY, "{to: id, from: userId, as: [{}]}", "a conversion is a name"),
    (ENTRY, "{to: id, from: userId, as: {cut: 5, lower: 1}}", "a conversion is a name"),
    (ENTRY, "{to: id, from: userId, as: [[lower]]}", "a conversion is a name"),
    (ENTRY, "{to: id, from: userId, as: {cut: five}}", "cut takes a number, not 'five'"),
    (ENTRY, "{to: id, from: userId, as: {round: 400}}", "round takes a number from 0 to 15, not 400"),
    (ENTRY, "{to: id, from: userId, as: {split: ''}}", "split takes a text that is not empty"),
    (ENTRY, "{to: id, from: a, values: {b: c}, allowed: [b]}", "wants `values` or `allowed`, not both"),
    (ENTRY, "{to: id, from: a, values: {b: {c: d}}}", "values must hold texts, numbers, true or false"),
    (ENTRY, "{to: id, from: a, except: [[b]]}", "except must list texts"),
    (ENTRY, "{to: id, from: settings.tags, as: lower}", "lower cannot work on what comes before it: list"),
    (ENTRY, "{to: id, from: settings.key, each: main}", "each cannot work on what comes before it: text"),
    (ENTRY, "{to: id, from: a, as: lower, only: [b]}", "only cannot work on what comes before it: text"),
    (ENTRY, "{to: id, from: settings.about, values: {a: b}}", "values cannot work on what comes before it: object"),
    (ENTRY, "{to: id, from: a, when: properties.class == 1}", "is no condition; write ['class'] instead of .class"),
    (ENTRY, "{to: id, from: a, when: b > 1e999}", "float is nothing that JSON can say"),
    (ENTRY, f"{{to: id, from: a, when: '{'not ' * 3000}b'}}", "has too many parts within parts"),
    (ENTRY, "{include: main}", "20: mappings.main: goes in a circle: main → main"),
    (ENTRY, "{to: a, from: ., with: main}", "20: mappings.main: goes in a circle: main → main"),
    ("  main:\n", "  main:\n    - {include: b}\n  b:\n    - {include: main}\n  c:\n", "goes in a circle: main → b → main"),
    ("  main:\n", "  a-b: []\n  main:\n", "19: mappings.a-b: a name has letters, digits and _"),
    ("  only:\n", '  "x(): 1 #": {}\n  only:\n', "14: requests.x(): 1 #: a name has letters, digits and _"),
    ("  tags: {type: array}", "  tags: array", "6: settings.tags: wants a type and a description"),
    ("  tags: {type: array}", "  tags: {type: arry}", "6: settings.tags: is no JSON Schema"),
    ("  tags: {type: array}", "  tags: {type: array, default: 5}", "settings.tags: its default is not what its own schema says"),
    ("secret: true", "secret: true, default: k", "5: settings.key: a secret has no default"),
    ("summary: Shows one thing.", "summary: x\nbatching: {events: 0}", "4: batching: events must be 1 or more"),
    ("summary: Shows one thing.", "summary: x\nbatching: {use: mapper.gone}", "4: batching: use: mapper.py has no function 'gone'"),
    ("summary: Shows one thing.", "summary: x\nbatching: {events: 5, body: TEXT}", "4: batching: body must be one of"),
    ("summary: Shows one thing.", "summary: x\nintegrations: 5", "4: destination: integrations must be a list"),
    ("summary: Shows one thing.", "summary: x\nextends: ../example", "4: extends: there is no destination '../example' beside it"),
    ("track: only", "track: gone", "12: events.track: there is no request 'gone'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), SLIPS, ids=[f"{new[:40]!r}" for _, new, _ in SLIPS])
def test_a_slip_is_told_with_its_line(write, old, new, told):
    assert TEXT.count(old) == 1
    folder = write(TEXT.replace(old, new))
    with pytest.raises(DefinitionError) as wrong:
        compile_definition(read_definition(folder))
    assert any(told in problem.removeprefix(f"{folder}/destination.yaml:") for problem in wrong.value.problems), wrong.value
    assert all(problem.startswith(f"{folder}/destination.yaml:") for problem in wrong.value.problems)


def test_without_a_slip_there_is_nothing_to_tell(write):
    assert compile_definition(read_definition(write(TEXT))).name == "example"


def test_a_mapping_may_call_itself_for_a_part(opened):
    node = [{"to": "id", "from": "id"}, {"to": "children", "from": "children", "each": "main"}]
    (made,) = opened({"mappings": {"main": node}}).requests({"type": "track", "id": 1, "children": [{"id": 2}]})
    assert made["body"]["JSON"] == {"id": 1, "children": [{"id": 2}]}


def test_the_folder_has_a_name_that_code_can_have(write):
    with pytest.raises(DefinitionError, match="cannot be the name of its folder"):
        read_definition(write({}, name="two-words"))
