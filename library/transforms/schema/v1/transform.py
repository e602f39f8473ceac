"""Validates values against JSON Schema, compiled once into functions: for tracking plans and for code of your own.

Keywords: type enum const · properties patternProperties additionalProperties required dependentRequired propertyNames
minProperties maxProperties · items prefixItems contains minItems maxItems uniqueItems · minLength maxLength pattern format ·
minimum maximum exclusiveMinimum exclusiveMaximum multipleOf · allOf anyOf oneOf not if/then/else · $ref within the schema.
Others say nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from library.digest.v1 import text_of
from natives.patterns import is_found, problem

MOST = 100  # violations of one value that are told

Check = Callable[[Any, str, list[dict[str, Any]]], None]

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _number(value),
    "integer": lambda value: _number(value) and value == value // 1,
}
_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_FORMATS = {
    "date-time": rf"{_DATE}[Tt ]{_CLOCK}{_ZONE}",
    "date": _DATE,
    "time": rf"{_CLOCK}(?:{_ZONE})?",
    "email": r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+",
    "uri": r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]*",
    "uuid": r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "ipv4": r"((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)",
    "hostname": r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)*",
}
_SPOKEN_FOR = {"additionalProperties": "properties", "patternProperties": "properties", "prefixItems": "items"}
_DEEPEST = 64


def validator(schema: Any) -> Callable[[Any], list[dict[str, Any]]]:
    """A function that lists the violations of a value: {keyword, path, message, container, key}. Raises ValueError."""
    check = _Compiler(schema).compile(schema, "")

    def validate(value: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        check(value, "", found)
        return found[:MOST]

    return validate


def violations(value: Any, schema: Any) -> list[str]:
    """The violations of a value, each as a sentence with its path."""
    return [f"{each['path'] or '/'} {each['message']}" for each in validator(schema)(value)]


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A text that is equal for values that are equal in JSON: true is not 1, 1.0 is."""
    return text_of([value])


def _note(found: list[dict[str, Any]], keyword: str, path: str, message: str, container: Any = None, key: Any = None) -> None:
    if len(found) < MOST:
        found.append({"keyword": keyword, "path": path, "message": message, "container": container, "key": key})


class _Compiler:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.known: dict[str, list[Check]] = {}
        self.depth = 0

    def compile(self, schema: Any, at: str) -> Check:
        if schema is True:
            return lambda value, path, found: None
        if schema is False:
            return lambda value, path, found: _note(found, "false schema", path, "is not allowed")
        if not isinstance(schema, dict):
            raise ValueError(f"schema{at}: must be an object, true or false")
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ValueError(f"schema{at}: is nested too deep")
        keywords = {_SPOKEN_FOR.get(keyword, keyword) for keyword in schema}
        checks = [make(self, schema, at) for keyword, make in _MAKERS.items() if keyword in keywords]
        self.depth -= 1
        return checks[0] if len(checks) == 1 else _together(checks)

    def many(self, schema: dict[str, Any], keyword: str, at: str) -> list[Check]:
        if not isinstance(schema[keyword], list) or not schema[keyword]:
            raise ValueError(f"schema{at}/{keyword}: must be a list of schemas")
        return [self.compile(one, f"{at}/{keyword}/{index}") for index, one in enumerate(schema[keyword])]

    def named(self, schema: dict[str, Any], keyword: str, at: str) -> dict[str, Check]:
        inner = schema.get(keyword, {})
        if not isinstance(inner, dict):
            raise ValueError(f"schema{at}/{keyword}: must be an object of schemas")
        return {name: self.compile(one, f"{at}/{keyword}/{name}") for name, one in inner.items()}

    def reference(self, schema: dict[str, Any], at: str) -> Check:
        target = schema["$ref"]
        if not isinstance(target, str) or not target.startswith("#"):
            raise ValueError(f"schema{at}/$ref: must lead to a place within the schema, as #/$defs/name does")
        if target not in self.known:
            self.known[target] = holder = []
            here = self.root
            for step in target[1:].split("/")[1:]:
                step = step.replace("~1", "/").replace("~0", "~")
                if isinstance(here, dict) and step in here:
                    here = here[step]
                elif isinstance(here, list) and step.isdecimal() and int(step) < len(here):
                    here = here[int(step)]
                else:
                    raise ValueError(f"schema{at}/$ref: {target!r} leads nowhere")
            holder.append(self.compile(here, target[1:]))
        holder = self.known[target]
        return lambda value, path, found: holder[0](value, path, found)


def _holds(check: Check, value: Any) -> bool:
    found: list[dict[str, Any]] = []
    check(value, "", found)
    return not found


def _type(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    unknown = [name for name in names if not isinstance(name, str) or name not in _TYPES]
    if unknown or not names:
        raise ValueError(f"schema{at}/type: must be one or several of {', '.join(_TYPES)}")
    tests = [_TYPES[name] for name in names]
    message = f"must be {' or '.join(names)}"
    test = tests[0] if len(tests) == 1 else (lambda value: any(one(value) for one in tests))

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if not test(value):
            _note(found, "type", path, message)

    return check


def _object(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    properties = compiler.named(schema, "properties", at)
    patterns = [
        (_search(text, f"{at}/patternProperties"), check)
        for text, check in compiler.named(schema, "patternProperties", at).items()
    ]
    other = schema.get("additionalProperties", True)
    others = None if other is True else compiler.compile(other, f"{at}/additionalProperties")
    closed = other is False

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            planned = properties.get(key)
            known = planned is not None
            place = f"{path}/{key}"
            if planned is not None:
                planned(inner, place, found)
            for pattern, test in patterns:
                if pattern(key):
                    known = True
                    test(inner, place, found)
            if known or others is None:
                continue
            if closed:
                _note(found, "additionalProperties", place, "must not be there", value, key)
            else:
                others(inner, place, found)

    return check


def _search(text: Any, at: str) -> Callable[[str], bool]:
    """Whether a pattern of the schema is found in a text: in linear time, since the schema is not ours."""
    wrong = problem(text) if isinstance(text, str) else "is no text"
    if wrong:
        raise ValueError(f"schema{at}: {repr(text)[:100]} {wrong}")
    return lambda value: is_found(text, value)


def _required(keyword: str) -> Any:
    def make(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
        wanted = {None: schema[keyword]} if keyword == "required" else schema[keyword]
        for names in wanted.values() if isinstance(wanted, dict) else [None]:
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise ValueError(f"schema{at}/{keyword}: must be a list of names")

        def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
            if isinstance(value, dict):
                for trigger, names in wanted.items():
                    for name in names if trigger is None or trigger in value else ():
                        if name not in value:
                            _note(found, keyword, f"{path}/{name}", "must be there")

        return check

    return make


def _items(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    given = schema.get("items")
    first = compiler.many(schema, "prefixItems", at) if "prefixItems" in schema else []
    if isinstance(given, list):
        first, given = compiler.many(schema, "items", at), None
    rest = compiler.compile(given, f"{at}/items") if given is not None else None

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if isinstance(value, list):
            for index, item in enumerate(value):
                test = first[index] if index < len(first) else rest
                if test:
                    test(item, f"{path}/{index}", found)

    return check


def _contains(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    inner = compiler.compile(schema["contains"], f"{at}/contains")

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if isinstance(value, list) and not any(_holds(inner, item) for item in value):
            _note(found, "contains", path, "must contain an element of the planned kind")

    return check


def _unique(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if schema["uniqueItems"] and isinstance(value, list):
            texts = [_text(item) for item in value]
            if len(set(texts)) < len(texts):
                _note(found, "uniqueItems", path, "must not have equal elements")

    return check


def _property_names(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    inner = compiler.compile(schema["propertyNames"], f"{at}/propertyNames")

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if isinstance(value, dict):
            for key in value:
                if not _holds(inner, key):
                    _note(found, "propertyNames", f"{path}/{key}", "must have another name")

    return check


def _limit(keyword: str) -> Any:
    kind, fits, message = _LIMITS[keyword]

    def make(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
        limit = schema[keyword]
        if not _number(limit):
            raise ValueError(f"schema{at}/{keyword}: must be a number")
        said = message.replace("N", text_of(limit))

        def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
            if _TYPES[kind](value) and not fits(value if kind == "number" else len(value), limit):
                _note(found, keyword, path, said)

        return check

    return make


def _multiple(value: float, of: float) -> bool:
    return of != 0 and Decimal(str(value)) % Decimal(str(of)) == 0


def _text_test(keyword: str) -> Any:
    def make(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
        given = schema[keyword]
        if keyword == "format" and given not in _FORMATS:
            return lambda value, path, found: None
        test = re.compile(_FORMATS[given]).fullmatch if keyword == "format" else _search(given, f"{at}/{keyword}")
        message = f"must be of the format {given}" if keyword == "format" else "must match the pattern"

        def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
            if isinstance(value, str) and not test(value):
                _note(found, keyword, path, message)

        return check

    return make


def _enum(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    allowed = schema["enum"]
    if not isinstance(allowed, list):
        raise ValueError(f"schema{at}/enum: must be a list")
    texts = frozenset(value for value in allowed if isinstance(value, str))
    others = [_text(value) for value in allowed if not isinstance(value, str)]

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        fits = value in texts if isinstance(value, str) else any(_text(value) == one for one in others)
        if not fits:
            _note(found, "enum", path, "must be one of the planned values")

    return check


def _together(checks: list[Check]) -> Check:
    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        for each in checks:
            each(value, path, found)

    return check


def _some(keyword: str) -> Any:
    def make(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
        checks = compiler.many(schema, keyword, at)

        def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
            count = sum(_holds(each, value) for each in checks)
            if count == 0 or (keyword == "oneOf" and count > 1):
                _note(
                    found,
                    keyword,
                    path,
                    "must fit one of the alternatives" if not count else "must fit only one of the alternatives",
                )

        return check

    return make


def _not(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    inner = compiler.compile(schema["not"], f"{at}/not")

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        if _holds(inner, value):
            _note(found, "not", path, "must not be of this kind")

    return check


def _if(compiler: _Compiler, schema: dict[str, Any], at: str) -> Check:
    test = compiler.compile(schema["if"], f"{at}/if")
    then, other = (compiler.compile(schema[word], f"{at}/{word}") if word in schema else None for word in ("then", "else"))

    def check(value: Any, path: str, found: list[dict[str, Any]]) -> None:
        chosen = then if _holds(test, value) else other
        if chosen:
            chosen(value, path, found)

    return check


_LIMITS: dict[str, tuple[str, Callable[[Any, Any], bool], str]] = {
    "minProperties": ("object", operator.ge, "must have at least N properties"),
    "maxProperties": ("object", operator.le, "must have at most N properties"),
    "minItems": ("array", operator.ge, "must have at least N elements"),
    "maxItems": ("array", operator.le, "must have at most N elements"),
    "minLength": ("string", operator.ge, "must have at least N characters"),
    "maxLength": ("string", operator.le, "must have at most N characters"),
    "minimum": ("number", operator.ge, "must be at least N"),
    "maximum": ("number", operator.le, "must be at most N"),
    "exclusiveMinimum": ("number", operator.gt, "must be more than N"),
    "exclusiveMaximum": ("number", operator.lt, "must be less than N"),
    "multipleOf": ("number", _multiple, "must be a multiple of N"),
}
_MAKERS: dict[str, Any] = {
    "$ref": lambda compiler, schema, at: compiler.reference(schema, at),
    "type": _type,
    "enum": _enum,
    "const": lambda compiler, schema, at: _enum(compiler, {"enum": [schema["const"]]}, at),
    "required": _required("required"),
    "dependentRequired": _required("dependentRequired"),
    "properties": _object,
    "propertyNames": _property_names,
    "items": _items,
    "contains": _contains,
    **{keyword: _limit(keyword) for keyword in _LIMITS},
    "uniqueItems": _unique,
    "pattern": _text_test("pattern"),
    "format": _text_test("format"),
    "allOf": lambda compiler, schema, at: _together(compiler.many(schema, "allOf", at)),
    "anyOf": _some("anyOf"),
    "oneOf": _some("oneOf"),
    "not": _not,
    "if": _if,
}
