"""The policy: every place where the grammar lets a name stand, what each refusal says, and that nothing needless is guarded."""

import ast
import dis

import pytest

from transformer.engines.python.guards import GUARD
from transformer.engines.python.names import ABSENT_BUILTINS, DEFINABLE, FORBIDDEN, FORBIDDEN_PREFIXES, GUARDED
from transformer.engines.python.policy import Policy

ENTRY = "\ndef transformEvent(event, metadata):\n    return event\n"
BINDINGS = {
    "assignment": "{name} = 1",
    "annotated assignment": "{name}: int = 1",
    "bare annotation": "{name}: int",
    "augmented assignment": "{name} += 1",
    "unpacking": "a, (*{name}, b) = 1, (2, 3)",
    "walrus": "({name} := 1)",
    "walrus in a comprehension": "[({name} := 5) for x in [1]]",
    "for": "for {name} in (): pass",
    "comprehension": "[1 for {name} in ()]",
    "with": "with open_it() as {name}: pass",
    "except": "try:\n    pass\nexcept Exception as {name}:\n    pass",
    "import": "import {name}",
    "import as": "import json as {name}",
    "from import": "from json import {name}",
    "from import as": "from json import loads as {name}",
    "function": "def {name}(): pass",
    "class": "class {name}: pass",
    "argument": "def f({name}): pass",
    "positional-only argument": "def f({name}, /): pass",
    "keyword-only argument": "def f(*, {name}): pass",
    "star argument": "def f(*{name}): pass",
    "double star argument": "def f(**{name}): pass",
    "lambda argument": "lambda {name}: 1",
    "positional-only lambda argument": "lambda {name}, /: 1",
    "keyword of a call": "f({name}=1)",
    "global": "def f():\n    global {name}",
    "nonlocal": "def g():\n    {name} = 1\n    def f():\n        nonlocal {name}",
    "delete": "del {name}",
    "match capture": "match 1:\n    case {name}: pass",
    "match as": "match 1:\n    case int() as {name}: pass",
    "match star": "match 1:\n    case [*{name}]: pass",
    "match rest": "match 1:\n    case {{**{name}}}: pass",
    "read": "f({name})",
    "decorator": "@{name}\ndef f(): pass",
    "base class": "class A({name}): pass",
    "annotation": "def f(x: {name}): pass",
    "attribute": "x.{name}",
    "stored attribute": "x.{name} = 1",
    "deleted attribute": "del x.{name}",
    "augmented attribute": "x.{name} += 1",
    "attribute in an f-string": "f'{{x.{name}}}'",
    "attribute in a format of an f-string": "f'{{x:{{x.{name}}}}}'",
    "attribute in a subscript": "y[x.{name}]",
    "attribute in a default": "def f(a=x.{name}): pass",
    "attribute as loop target": "for x.{name} in (): pass",
    "attribute in a pattern": "match 1:\n    case x.{name}: pass",
    "attribute of a class pattern": "match 1:\n    case object({name}=found): pass",
    "class of a class pattern": "match 1:\n    case x.{name}(): pass",
    "attribute in a guard of a case": "match 1:\n    case _ if x.{name}: pass",
}
ATTRIBUTES = [place for place in BINDINGS if "attribute" in place or "class pattern" in place]


@pytest.mark.parametrize("name", ["__builtins__", "__import__", "__build_class__", "__closure__", "__dict__", "__globals__"])
@pytest.mark.parametrize("place", BINDINGS)
def test_dunder_name_is_refused_at_every_place(problems, place, name):
    told = problems(BINDINGS[place].format(name=name) + ENTRY)
    assert any(name in message for _, _, message in told), told


@pytest.mark.parametrize("name", [*FORBIDDEN, *(prefix + "frame" for prefix in FORBIDDEN_PREFIXES), "gi_running", "tb_lineno"])
@pytest.mark.parametrize("place", ATTRIBUTES)
def test_forbidden_attribute_is_refused_at_every_place(problems, place, name):
    told = problems(BINDINGS[place].format(name=name) + ENTRY)
    assert any(f'"{name}"' in message for _, _, message in told), told


@pytest.mark.parametrize("name", GUARDED)
def test_guarded_attribute_is_refused_where_no_guard_can_stand(problems, name):
    for place in ("attribute in a pattern", "attribute of a class pattern", "class of a class pattern", "augmented attribute"):
        assert problems(BINDINGS[place].format(name=name) + ENTRY), place


@pytest.mark.parametrize("place", [place for place in BINDINGS if place not in ATTRIBUTES and "import" not in place])
def test_name_with_one_underscore_is_a_name(problems, place):
    assert problems(BINDINGS[place].format(name="_value") + ENTRY) == []


def test_guards_cannot_be_spelled():
    names = [value for key, value in vars(GUARD).items() if not key.startswith("_")]
    assert names
    assert not any(name.isidentifier() for name in names)


def test_harmless_code_has_no_guard_at_all(load):
    source = """
def transformEvent(event, metadata):
    properties = event["properties"]
    first, *rest = properties["names"]
    for index, name in enumerate(rest):
        properties[name.lower()] = index
    properties["total"] += sum(x * 2 for x in properties["prices"] if x > 1)
    del properties["names"]
    return {**event, "first": first.strip().title()}
"""
    code = load(source).call.__code__
    names = [each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"]
    assert names == ["enumerate", "sum"]


def test_every_node_of_the_grammar_is_decided():
    """A node that the policy does not know is refused; this lists those that it decides to refuse."""
    nodes = {
        name
        for name, node in vars(ast).items()
        if isinstance(node, type) and issubclass(node, (ast.stmt, ast.expr, ast.pattern))
    }
    known = {name for name in nodes if hasattr(Policy, f"visit_{name}")}
    abstract = {"stmt", "expr", "pattern", "Num", "Str", "Bytes", "NameConstant", "Ellipsis"}
    assert nodes - known - abstract == set()


def test_unknown_node_is_refused():
    class Surprise(ast.stmt):
        _attributes = ("lineno", "col_offset")

    policy = Policy((), {})
    policy.visit(Surprise(lineno=3, col_offset=4))
    assert [(each.line, each.column, each.message) for each in policy.problems] == [
        (3, 5, "Surprise statements are not allowed.")
    ]


def test_problems_come_in_the_order_of_the_source(problems):
    source = "import os\nclass A(metaclass=type):\n    x = ().__class__.__base__\nopen('x')\nf = (x.gi_frame, y.tb_next)\n"
    lines = [line for line, _, _ in problems(source + ENTRY)]
    assert lines == sorted(lines) == [1, 2, 3, 4, 5, 5]


@pytest.mark.parametrize("name", sorted(ABSENT_BUILTINS))
def test_absent_builtin_says_what_to_do(problems, name):
    ((line, column, message),) = problems(f"x = {name}(1)" + ENTRY)
    assert (line, column) == (1, 5)
    assert message == f"{name}() is not available: {ABSENT_BUILTINS[name]}."
    assert problems(f"def {name}(x): return x\nx = {name}(1)" + ENTRY) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import os", "Import of 'os' is not allowed."),
        ("import urllib.request", "Import of 'urllib.request' is not allowed."),
        ("import os.path as p", "Import of 'os.path' is not allowed."),
        ("from os import environ", "Import of 'os' is not allowed."),
        ("from . import x", "Relative imports are not allowed."),
        ("from .x import y", "Relative imports are not allowed."),
        ("from json import *", '"*" imports are not allowed: name what you need.'),
        ("from json import codecs", "Import of 'codecs' from 'json' is not allowed: the name is non-importable here."),
        ("async def f(): pass", "async code is not supported"),
        ("x = [y async for y in z]", "async code is not supported"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", "except* is not supported: use except."),
        ("class A(metaclass=type): pass", 'class A: the keyword "metaclass" is not allowed; leave it out.'),
        ("class A(x=1): pass", 'class A: the keyword "x" is not allowed; leave it out.'),
        ("g = (x for x in ())\ng.gi_frame", '"gi_frame" is a restricted name'),
        ("class A:\n    gi_frame = 1", '"gi_frame" is a restricted name'),
        ("x.obj += 1", '"obj" cannot be changed in place: write out the assignment.'),
        ("x._fields = 1", '"_fields" cannot be set: it belongs to named tuples; choose another name.'),
    ],
)
def test_refusal_says_what_and_what_to_do(problems, source, message):
    told = [each for _, _, each in problems(source + ENTRY)]
    assert any(each.startswith(message) for each in told), told


@pytest.mark.parametrize("name", sorted(DEFINABLE))
def test_definable_methods_can_be_defined_in_classes_only(problems, name):
    assert problems(f"class A:\n    def {name}(self): pass" + ENTRY) == []
    assert problems(f"class A:\n    {name} = None" + ENTRY) == []
    assert problems(f"def {name}(self): pass" + ENTRY)
    assert problems(f"{name} = None" + ENTRY)


@pytest.mark.parametrize(
    "name",
    [
        "getattr",
        "getattribute",
        "setattr",
        "delattr",
        "get",
        "set",
        "delete",
        "set_name",
        "new",
        "init_subclass",
        "class_getitem",
        "prepare",
        "mro_entries",
        "slots",
        "class",
        "dict",
        "instancecheck",
        "subclasscheck",
        "subclasshook",
        "match_args",
        "format",
        "del",
        "reduce",
        "reduce_ex",
        "getstate",
        "setstate",
        "copy",
        "deepcopy",
        "await",
        "aiter",
        "anext",
        "aenter",
        "aexit",
        "builtins",
        "import",
        "loader",
        "spec",
        "module",
        "qualname",
        "annotations",
        "bases",
        "mro",
        "name",
        "doc",
        "weakref",
    ],
)
def test_other_dunder_names_cannot_be_defined(problems, name):
    for source in (
        "class A:\n    def __{}__(self): pass",
        "class A:\n    __{}__ = 1",
        "class A:\n    __{}__: int = 1",
        "class __{}__: pass",
    ):
        assert problems(source.format(name) + ENTRY), source


def test_code_that_the_compiler_cannot_take_is_a_problem(problems):
    deep = "The code is nested too deeply for the compiler: split the expression or the blocks."
    assert problems("x = " + "-" * 100_000 + "1" + ENTRY) == [(0, 0, deep)]
    assert problems("x = " + "+".join(["1"] * 100_000) + ENTRY) == [(0, 0, deep)]
    assert problems("x = '\0'" + ENTRY)[0][2].startswith(("The code cannot be compiled: ", "SyntaxError: "))
    assert problems("x = '\ud800'\n" + ENTRY)[0][2].startswith("The code cannot be compiled: ")
    assert "integer" in problems("x = " + "9" * 5000 + ENTRY)[0][2]
    assert problems("x = " + "(" * 500 + ")" * 500 + ENTRY)[0][2].startswith("SyntaxError: too many nested parentheses")


def test_warnings_name_what_will_fail_if_it_is_reached(engine):
    source = "import re\ndef transformEvent(event, metadata):\n    x = re.compile('\\d')\n    return getattr(event, unknown)\n"
    told = [(each.line, each.column, each.message) for each in engine.check(source, "x").warnings]
    assert (4, 12, "getattr() is not supported and will fail: write x.name.") in told
    assert (4, 27, "The name 'unknown' is not defined anywhere: reading it will fail.") in told
    assert (3, 0, "invalid escape sequence '\\d'.") in told
    assert len(told) == 3


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("def transformEvent(event, metadata):\n    return event", False),
        ("def transformEvent(event):\n    return event", False),
        ("def transformEvent(event, metadata):\n    return metadata(event)", True),
        ("def transformEvent(event, metadata):\n    return (lambda: metadata(event))()", True),
        ("def transformEvent(event, *rest):\n    return event", True),
        ("def transformEvent(event, metadata):\n    return f(event)\ndef f(metadata):\n    return metadata", False),
        ("def f(event, metadata):\n    return event\ntransformEvent = f", True),
        ("@f\ndef transformEvent(event, metadata):\n    return event", True),
        ("def transformBatch(events, m):\n    return [m(e) for e in events]", True),
        ("if True:\n    def transformEvent(event, metadata):\n        return event", True),
        ("def transformEvent(e, m):\n    return e\ndef transformEvent(e, m):\n    return m(e)", True),
    ],
)
def test_metadata_counts_as_read_unless_it_certainly_is_not(engine, source, reads):
    assert engine.check(source, "x").uses_metadata is reads
