"""What entries mean in the places where one could think otherwise."""

import copy
import subprocess
import sys

import pytest

from transformer.mappers.errors import InstrumentationError

TRACK = {"type": "track", "userId": "u1"}


@pytest.fixture
def mapped(opened):
    """mapped([entries], event): the body that they make."""

    def make(entries, event, **words):
        mapper = opened({"settings": {"region": {"type": "string"}}, "mappings": {"main": entries}} | words)
        (made,) = mapper.requests(TRACK | event)
        return made["body"]["JSON"]

    return make


@pytest.mark.parametrize(
    "entries",
    [
        [{"to": "user", "from": "traits"}, {"to": "user.email", "value": "x"}],
        [{"from": "properties"}, {"to": "user.address.city", "value": "x"}],
    ],
)
def test_what_is_written_into_an_object_of_the_event_stays_out_of_the_event(mapped, entries):
    event = {"traits": {"email": "ann"}, "properties": {"user": {"name": "Ann", "address": {"city": "Bonn"}}}}
    before = copy.deepcopy(event)
    made = mapped(entries, event)
    assert event == before
    assert "x" in str(made)
    assert "Ann" in str(made) or "email" in str(made)


@pytest.mark.parametrize(
    ("entry", "event"),
    [
        ({"as": "number", "required": True}, {"x": "high"}),
        ({"as": "trim", "required": True}, {"x": "  "}),
        ({"allowed": ["a"], "required": True}, {"x": "b"}),
        ({"values": {"a": "b"}, "required": True}, {"x": "b"}),
        ({"as": "compact", "required": True}, {"x": "text"}),
    ],
)
def test_required_means_after_conversion_too(mapped, entry, event):
    with pytest.raises(InstrumentationError, match=r'^Missing required value from "x"$'):
        mapped([{"to": "y", "from": "x"} | entry], event)


def test_a_required_template_names_what_it_is_made_of(mapped):
    with pytest.raises(InstrumentationError, match=r'^Missing required value from "traits\.a"$'):
        mapped([{"to": "y", "template": "{traits.a}", "required": True}], {})


@pytest.mark.parametrize(("key", "made"), [("x", {}), ("7", {"auth": "Key 7"})])
def test_a_template_is_not_filled_with_what_could_not_be_converted(mapped, key, made):
    assert mapped([{"to": "auth", "from": "key", "as": "number", "template": "Key {}"}], {"key": key}) == made


def test_holes_may_have_spaces_and_braces_around_them(mapped):
    assert mapped([{"to": "y", "template": "{{{ userId | upper }}}"}], {}) == {"y": "{U1}"}


@pytest.mark.parametrize(
    ("entry", "event", "made"),
    [
        ({"from": "x", "values": {True: "yes", False: "no"}}, {"x": True}, "yes"),
        ({"from": "x", "values": {True: "yes", False: "no"}}, {"x": "false"}, "no"),
        ({"from": "x", "values": {1: "one"}}, {"x": 1.0}, "one"),
        ({"from": "x", "values": {"a": 1}, "otherwise": False}, {"x": {"deep": 1}}, False),
        ({"from": "x", "default": "{settings.region}"}, {}, "eu"),
        ({"from": "x", "default": "{settings.region|upper}"}, {}, "EU"),
        ({"from": "x", "default": "{$user_id}"}, {}, "u1"),
        ({"from": "x", "as": "unique"}, {"x": "text"}, None),
        ({"from": "x", "as": "without_blanks"}, {"x": [1]}, None),
        ({"from": "x", "as": {"flat": "_"}}, {"x": "text"}, None),
        ({"from": "x.m²", "as": "text"}, {"x": {"m²": 4}}, "4"),
        ({"from": "ﬁ.a", "default": "{fi.a}"}, {"ﬁ": {}, "fi": {"a": 1}}, 1),
        ({"from": {"product": ["$user_id", 2]}}, {"userId": "3"}, 6),
    ],
)
def test_one_entry(opened, entry, event, made):
    words = {"settings": {"region": {"type": "string"}}, "mappings": {"main": [{"to": "y"} | entry]}}
    (request,) = opened(words, settings={"region": "eu"}).requests(TRACK | event)
    assert request["body"]["JSON"].get("y") == made


def test_each_takes_one_object_for_a_list_of_one(mapped):
    entries = [{"to": "y", "from": "x", "each": "part"}]
    parts = {"mappings": {"main": entries, "part": [{"to": "id", "from": "id"}]}}
    assert mapped([], {"x": {"id": 1}}, **parts) == {"y": [{"id": 1}]}


@pytest.mark.parametrize(
    ("condition", "event", "holds"),
    [
        ("event == 'Paid $5 off'", {"event": "Paid $5 off"}, True),
        ('event == "a ^. b $email"', {"event": "a ^. b $email"}, True),
        ("x == []", {"x": []}, True),
        ("x != ['a', 1]", {"x": ["a", 1]}, False),
        ("properties['a.b'] == 1", {"properties": {"a.b": 1, "a": {"b": 2}}}, True),
        ("^.userId == 'u1'", {}, True),
        ("x > 'a' or x < 1", {"x": None}, False),
        ("1 in x", {"x": 5}, False),
    ],
)  # fmt: skip
def test_conditions(mapped, condition, event, holds):
    assert mapped([{"to": "y", "value": 1, "when": condition}], event) == ({"y": 1} if holds else {})


def test_a_header_that_is_one_hole_is_left_out_where_it_has_no_value(opened):
    form = {"headers": {"A": "{traits.a|lower}", "B": "x {traits.a}", "C": "{traits.c}", "D": 1}}
    (made,) = opened({"requests": {"only": form}}).requests(TRACK | {"traits": {"c": "C"}})
    assert made["headers"] == {"B": "x ", "C": "C", "D": 1}


def test_the_same_definition_is_the_same_code_in_every_process(write):
    """A step is known by its code: it must not depend on the seed of hashes."""
    folder = write({"mappings": {"main": [{"from": "properties", "except": list("abcdefgh")}]}})
    script = (
        "import pathlib, sys; from transformer.destinations.compile import compile_definition; "
        "from transformer.destinations.definition import read_definition; "
        "print(compile_definition(read_definition(pathlib.Path(sys.argv[1]))).code)"
    )
    codes = {
        subprocess.run(
            [sys.executable, "-c", script, folder], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(codes) == 1


def test_a_default_is_there_where_nothing_else_is(opened):
    words = {
        "settings": {"key": {"type": "string", "default": "eu"}, "many": {"type": "boolean", "default": True}},
        "mappings": {"main": [{"to": "key", "from": "settings.key"}, {"to": "many", "from": "settings.many"}]},
    }
    found = []
    mapper = opened(words)
    for settings in ({}, {"key": "", "many": None}, {"key": "us", "many": False}, {"key": "{{ properties.key || x }}"}):
        mapper.settle(settings, {})
        found += [one["body"]["JSON"] for one in mapper.requests({"type": "track"})]
    assert found == [
        {"key": "eu", "many": True},
        {"key": "eu", "many": True},
        {"key": "us", "many": False},
        {"key": "x", "many": True},
    ]
