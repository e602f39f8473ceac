"""Tracking plans in pipelines: whether `library/schema_gate/v1` will be able to use one, told with the line of what is wrong.

A plan that cannot be used would fail every event. What holds here is what the code of `library/schema/v1` refuses when it
compiles a schema; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from transformer.destinations.lines import Block

__all__ = ["GATE", "plan_faults"]

GATE: Final = "library/schema_gate/v1"

_TYPES: Final = ("object", "array", "string", "boolean", "null", "number", "integer")
_LIMITS: Final = (
    *(f"{end}{what}" for end in ("min", "max") for what in ("Properties", "Items", "Length", "imum")),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
)
_DEEPEST: Final = 64
_LONGEST: Final = 1000
_SHOWN: Final = 100


def plan_faults(given: Mapping[str, Any], where: str, line: int) -> Iterator[tuple[int, str]]:
    """What is wrong with the plan among the parameters of the step, each with its line. `where` is how they are called."""
    plan = given.get("plan")
    if not isinstance(plan, Mapping):
        return
    wanted, version = given.get("version"), plan.get("version", "")
    if wanted and wanted != version:
        told = f"{where}.version: the plan is version {str(version)[:_SHOWN]!r}, but another one is wanted"
        yield _line(given, "version", line), told
    for kind in ("events", "types"):
        schemas = plan.get(kind)
        for name, schema in schemas.items() if isinstance(schemas, Mapping) else ():
            at = _line(schemas, name, line)
            yield from _Schema(schema, f"{where}.plan.{kind}.{name}: schema").faults(at)


class _Schema:
    """One schema, with what it refers to in itself."""

    def __init__(self, root: Any, where: str) -> None:
        self._root = root
        self._where = where
        self._seen: set[str] = set()

    def faults(self, line: int) -> Iterator[tuple[int, str]]:
        """What is wrong with it."""
        return self._walk(self._root, "", line, 1)

    def _walk(self, schema: Any, at: str, line: int, depth: int) -> Iterator[tuple[int, str]]:
        line = getattr(schema, "line", 0) or line
        if isinstance(schema, bool):
            return
        if not isinstance(schema, Mapping):
            yield self._fault(at, "must be an object, true or false", line)
            return
        if depth > _DEEPEST:
            yield self._fault(at, "is nested too deep", line)
            return
        for keyword, value in schema.items():
            here = _line(schema, keyword, line)
            if told := _wrong(keyword, value):
                yield self._fault(f"{at}/{keyword}", told, here)
            elif keyword == "$ref":
                yield from self._follow(value, at, here, depth)
            else:
                for path, inner in _inside(keyword, value, schema):
                    yield from self._walk(inner, f"{at}/{path}", _inner_line(value, path, here), depth + 1)

    def _follow(self, target: str, at: str, line: int, depth: int) -> Iterator[tuple[int, str]]:
        if target in self._seen:
            return
        self._seen.add(target)
        found = self._root
        for step in (one.replace("~1", "/").replace("~0", "~") for one in target[1:].split("/")[1:]):
            if isinstance(found, Mapping) and step in found:
                found = found[step]
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                yield self._fault(f"{at}/$ref", f"{target[:_SHOWN]!r} leads nowhere", line)
                return
        yield from self._walk(found, target[1:], line, depth + 1)

    def _fault(self, at: str, told: str, line: int) -> tuple[int, str]:
        return line, f"{self._where}{at[:_LONGEST]}: {told}"


def _inside(keyword: str, value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The schemas that a keyword holds, each with where it stands."""
    if keyword in {"properties", "patternProperties"}:
        yield from ((f"{keyword}/{name}", one) for name, one in value.items())
    elif keyword in {"allOf", "anyOf", "oneOf", "prefixItems"} or (keyword == "items" and isinstance(value, list)):
        yield from ((f"{keyword}/{index}", one) for index, one in enumerate(value))
    elif keyword in {"additionalProperties", "contains", "propertyNames", "not", "if", "items"} or (
        keyword in {"then", "else"} and "if" in schema
    ):
        yield keyword, value


def _wrong(keyword: str, value: Any) -> str:
    """What is wrong with the value of a keyword, apart from the schemas in it; "" for nothing."""
    test = _TESTS.get(keyword)
    return test(value) if test is not None else ""


def _type(value: Any) -> str:
    names = value if isinstance(value, list) else [value]
    known = bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)
    return "" if known else f"must be one or several of {', '.join(_TYPES)}"


def _schemas(value: Any) -> str:
    return "" if isinstance(value, list) and value else "must be a list of schemas"


def _items(value: Any) -> str:
    return _schemas(value) if isinstance(value, list) else ""


def _named(value: Any) -> str:
    return "" if isinstance(value, Mapping) else "must be an object of schemas"


def _patterned(value: Any) -> str:
    return _named(value) or next(filter(None, map(_pattern, value)), "")


def _names(value: Any) -> str:
    return "" if isinstance(value, list) and all(isinstance(name, str) for name in value) else "must be a list of names"


def _dependent(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "must be an object of lists of names"
    return next(filter(None, map(_names, value.values())), "")


def _number(value: Any) -> str:
    return "" if isinstance(value, (int, float)) and not isinstance(value, bool) else "must be a number"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "must be a text"


def _list(value: Any) -> str:
    return "" if isinstance(value, list) else "must be a list"


def _reference(value: Any) -> str:
    fits = isinstance(value, str) and value.startswith("#")
    return "" if fits else "must lead to a place within the schema, as #/$defs/name does"


def _pattern(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a text"
    if len(value) > _LONGEST:
        return f"{value[:_SHOWN]!r} has more than {_LONGEST} characters"
    if _RUREX is not None:
        try:
            _RUREX.compile(value)
        except (_RUREX.PatternError, TypeError, UnicodeEncodeError):
            told = "is not a regular expression, or none of linear time: look-around and back-references are not supported"
            return f"{value[:_SHOWN]!r} {told}"
    return ""


def _optional() -> Any:
    try:
        return import_module("rurex")
    except ImportError:  # then the worker is who tells
        return None


_RUREX: Final = _optional()
_TESTS: Final[Mapping[str, Callable[[Any], str]]] = {
    "$ref": _reference,
    "type": _type,
    "enum": _list,
    "required": _names,
    "dependentRequired": _dependent,
    "properties": _named,
    "patternProperties": _patterned,
    "items": _items,
    "prefixItems": _schemas,
    "pattern": _pattern,
    "format": _text,
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
    **dict.fromkeys(_LIMITS, _number),
}


def _line(block: Any, key: Any, line: int) -> int:
    """The line of a key, where that is known."""
    return (block.lines.get(key, 0) if isinstance(block, Block) else 0) or line


def _inner_line(value: Any, path: str, line: int) -> int:
    return _line(value, path.partition("/")[2], line)
