"""Definitions made at random of the keywords that there are: each is refused with a line, or maps every event or says why not."""

import contextlib
import copy
import json
import tempfile
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transformer.destinations.compile import compile_definition
from transformer.destinations.conditions import FUNCTIONS
from transformer.destinations.conversions import CONVERSIONS
from transformer.destinations.definition import EVENT_TYPES, read_definition
from transformer.destinations.docs import readme
from transformer.destinations.lines import DefinitionError
from transformer.mappers.errors import MappingError
from transformer.mappers.fields import FIELDS
from transformer.mappers.mapper import Mapper, Program

good_path = st.one_of(
    st.lists(st.sampled_from(["a", "b", "traits", "0", "é", "a b", "m²", "'", "#"]), min_size=1, max_size=4).map(".".join),
    st.tuples(st.sampled_from(["settings", "options", "metadata", "external_id", "^"]), st.sampled_from(["a", "b"])).map(
        ".".join
    ),
    st.sampled_from([f"${name}" for name in FIELDS] + [".", "^", "mapper.one"]),
)
good_operand = st.sampled_from(
    ["a", "a.b", "^.a", "$email", "settings.a", "a['b c']", "1", "-1.5", "'x $a'", "[1, 'a']", "true", "null"]
)
good_condition = st.recursive(
    st.tuples(good_operand, st.sampled_from(["==", "!=", "<", ">=", "in", "not in"]), good_operand).map(" ".join)
    | st.tuples(st.sampled_from(list(FUNCTIONS)), good_operand).map(lambda it: f"{it[0]}({it[1]})"),
    lambda one: st.tuples(one, st.sampled_from(["and", "or", "and not"]), one).map(" ".join),
    max_leaves=3,
)
good_conversion = st.sampled_from(
    [name for name, one in CONVERSIONS.items() if not one.arguments or one.optional] + ["mapper.one"]
) | st.sampled_from(
    [{"cut": 3}, {"round": 2}, {"replace": ["a", "b"]}, {"split": ","}, {"join": ","}, {"flat": "_"}, {"date": "%Y"}]
)
scalar = st.sampled_from([True, False, 0, -1, 2.5, "", "x", "12"])
good_entry = st.fixed_dictionaries(
    {
        "to": st.sampled_from(["a", "a.b", "a.b.c", "b", "", ["x.y"], ["a", "b"]]),
        "from": good_path | st.lists(good_path, min_size=1, max_size=3),
    },
    optional={
        "as": good_conversion,
        "values": st.dictionaries(st.sampled_from(["x", "12", True, 1]), scalar, max_size=2),
        "otherwise": scalar | st.just("keep"),
        "except": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "only": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "prefix": st.sampled_from(["", "'", "p_"]),
        "flatten": st.sampled_from(["", ".", "'"]),
        "each": st.just("part"),
        "template": st.sampled_from(["x {}", "{{{}}} {a|upper}", "'{^.a}'"]),
        "default": scalar | st.sampled_from(["{a.b}", "{settings.a|text}", "{$email}"]),
        "required": st.booleans() | st.just("it's {missing}"),
        "when": good_condition,
    },
).map(lambda it: {key: one for key, one in it.items() if key != "otherwise" or "values" in it})
KEYS = ["a", "b", "traits", "email", "0", "userId", "context", "é", "a b", "class", "", "$x"]
ROOTS = ["settings", "options", "metadata", "destination", "external_id", "^"]
HOSTILE = ["'", '"', "{", "}", "\\", "\n", "#", "): import os #", "{{", "}}", "|", "\x00", "\u2028", "ﬁ", "²"]
plain = st.sampled_from(
    [None, True, False, 0, -1, 2.5, 10**30, float("inf"), "", "x", "12", "2026-01-01", [], ["a"], {}, {"a": 1}]
)
text = st.lists(st.sampled_from([*KEYS, *HOSTILE]), max_size=3).map("".join)
path = st.one_of(
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=4).map(".".join),
    st.tuples(st.sampled_from(ROOTS), st.sampled_from(KEYS)).map(".".join),
    st.sampled_from([f"${name}" for name in FIELDS] + ["$none", ".", "^", "mapper.one", "mapper.gone"]),
    text,
)
hole = st.tuples(path, st.lists(st.sampled_from([*CONVERSIONS, "none"]), max_size=2)).map(
    lambda it: "{" + "|".join([it[0], *it[1]]) + "}"
)
template = st.lists(hole | text, max_size=3).map("".join)
operand = path | st.sampled_from(["1", "-1.5", "'x'", "[1, 'a']", "true", "null", "1e999", "$email", "^.a"])
comparison = st.tuples(operand, st.sampled_from(["==", "!=", "<", ">=", "in", "not in", "+"]), operand).map(" ".join)
call = st.tuples(st.sampled_from([*FUNCTIONS, "none"]), operand).map(lambda it: f"{it[0]}({it[1]})")
condition = st.recursive(
    comparison | call | operand, lambda one: st.tuples(one, st.sampled_from(["and", "or"]), one).map(" ".join), max_leaves=3
)
conversion = st.sampled_from([*CONVERSIONS, "none", "mapper.one"]) | st.dictionaries(
    st.sampled_from(list(CONVERSIONS)), plain | st.integers(-2, 20) | st.sampled_from(["", ",", "%Y"]), max_size=2
)
source = path | st.fixed_dictionaries(
    {}, optional={"product": st.lists(path | plain, max_size=2), "sum": st.lists(path, max_size=2)}
)
mapping_name = st.sampled_from(["main", "part", "gone", "no-name"])
entry = st.fixed_dictionaries(
    {"to": path | st.lists(st.sampled_from(KEYS), max_size=2)},
    optional={
        "from": source | st.lists(source, max_size=3),
        "value": plain,
        "template": template,
        "as": conversion | st.lists(conversion, max_size=3),
        "values": st.dictionaries(st.sampled_from(["x", "12", True, 1]), plain, max_size=2),
        "allowed": st.lists(plain, max_size=2),
        "otherwise": plain | st.just("keep"),
        "except": st.lists(st.sampled_from(KEYS) | plain, max_size=2),
        "only": st.lists(st.sampled_from(KEYS), max_size=2),
        "prefix": text,
        "flatten": text,
        "each": mapping_name,
        "with": mapping_name,
        "default": plain | template,
        "required": st.booleans() | text,
        "when": condition,
    },
) | st.fixed_dictionaries({"include": mapping_name}, optional={"when": condition})  # fmt: skip
few_keywords = entry.map(lambda it: dict(list(it.items())[:4]))
entries = st.lists(entry | few_keywords, max_size=3)
demand = st.fixed_dictionaries({"that": condition, "message": template}, optional={"when": condition})
definition = st.fixed_dictionaries(
    {
        "settings": st.fixed_dictionaries({"a": st.fixed_dictionaries({"type": st.sampled_from(["string", "array", "object", "x"])})}),
        "events": st.dictionaries(st.sampled_from(EVENT_TYPES), st.sampled_from(["only", "mapper.one", "gone"]), min_size=1, max_size=2),
        "requests": st.fixed_dictionaries(
            {
                "only": st.fixed_dictionaries(
                    {"body": st.dictionaries(st.sampled_from(["JSON", "FORM", "XML"]), mapping_name, min_size=1, max_size=1)},
                    optional={
                        "endpoint": template,
                        "headers": st.dictionaries(text, template | plain, max_size=2),
                        "user_id": template,
                        "path": template,
                        "when": condition,
                    },
                )
            }
        ),
        "mappings": st.fixed_dictionaries({"main": entries, "part": entries}),
    },
    optional={"require": st.lists(demand, max_size=1), "unsupported": template, "batching": st.dictionaries(st.sampled_from(["events", "list", "body"]), plain, max_size=2)},
)  # fmt: skip
value = st.recursive(
    plain, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=3) | st.lists(inner, max_size=2), max_leaves=8
)
event = st.dictionaries(st.sampled_from([*KEYS, "properties", "integrations"]), value, max_size=4)
good_definition = st.fixed_dictionaries(
    {
        "settings": st.just({"a": {"description": "Anything."}}),
        "events": st.just({"any": "only"}),
        "requests": st.just({"only": {"endpoint": "{a}/{b|text}", "headers": {"a": "{a.b}"}, "body": {"JSON": "main"}}}),
        "mappings": st.fixed_dictionaries(
            {"main": st.lists(good_entry, min_size=1, max_size=3), "part": st.just([{"to": "a", "from": "a"}])}
        ),
    },
    optional={"require": good_condition.map(lambda that: [{"that": that, "message": "no {a|text}"}])},
)
MAPPER = 'def one(*given):\n    return {"a": 1}\n'


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=definition | good_definition,
    events=st.lists(event, min_size=1, max_size=3),
    kind=st.sampled_from([*EVENT_TYPES, "dance", "{", 5]),
)
def test_a_definition_is_refused_with_a_line_or_maps(words, events, kind):
    with tempfile.TemporaryDirectory() as folder:
        mapper = opened(words, Path(folder, "any_one"), events[0].get("a"))
    for one in events if mapper else ():
        given_event = {"type": kind} | one
        before = copy.deepcopy(given_event)
        with contextlib.suppress(MappingError):
            json.dumps(mapper.requests(given_event, {"a": 1}))
        assert given_event == before


def opened(words, place, setting):
    """A mapper of such a definition; None where it is refused, which is told with lines."""
    place.mkdir()
    whole = {"name": "any_one", "title": "Any", "summary": "Any."} | words
    place.joinpath("destination.yaml").write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
    place.joinpath("mapper.py").write_text(MAPPER, "utf-8")
    problems = []
    try:
        read = read_definition(place)
        compiled = compile_definition(read)
    except DefinitionError as wrong:
        problems = wrong.problems
    assert all(problem.startswith(f"{place}/destination.yaml:") for problem in problems)
    if problems:
        return None
    assert readme(read).startswith("# Any\n")
    return Mapper(Program(compiled.name, compiled.code, compiled.mappers), {"a": setting})
