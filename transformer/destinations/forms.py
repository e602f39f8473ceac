"""What parts of a definition must look like beyond the kinds of their keywords: each slip as its line and a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs
import orjson

from transformer.destinations.lines import Block

__all__ = ["batching_faults", "entry_faults", "name_fault", "setting_faults"]

Faults = Iterator[tuple[int, str]]
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_WITH_INCLUDE: Final = frozenset({"include", "when", "note"})
_WITH_VALUE: Final = frozenset({"to", "value", "when", "note"})
_OPERATIONS: Final = ("product", "sum")
_OWN_WORDS: Final = frozenset({"secret", "description"})
"""What a setting may say that is no JSON Schema."""
_BODIES: Final = ("JSON", "JSON_ARRAY", "GZIP")
_TEXTS: Final = ("to", "only", "except")


def name_fault(name: str) -> str:
    """What is wrong with the name of a mapping or a request; "" if nothing is."""
    return "" if _NAME.fullmatch(name) else "a name has letters, digits and _, no digit first"


def entry_faults(words: Block) -> Faults:
    """What is wrong with an entry of a mapping whose keywords have values of their kinds."""
    if "include" in words:
        if not _WITH_INCLUDE.issuperset(words):
            yield words.line, "an include stands alone, or with `when`"
        return
    origins = [key for key in ("from", "value", "template") if key in words]
    if not origins:
        yield words.line, "wants one of `from`, `value` and `template`"
    for key in words if "value" in words else ():
        if key not in _WITH_VALUE:
            yield words.line_of(key), f"{key} does nothing beside `value`"
    if {"values", "allowed"}.issubset(words):
        yield words.line_of("allowed"), "wants `values` or `allowed`, not both"
    if {"each", "with"}.issubset(words):
        yield words.line_of("with"), "wants `each` or `with`, not both"
    if "otherwise" in words and not {"values", "allowed"} & set(words):
        yield words.line_of("otherwise"), "otherwise goes with `values` or `allowed`"
    if words.get("otherwise") == "keep" and "allowed" in words:
        yield words.line_of("otherwise"), "what stays what it is, whether allowed or not, needs no `allowed`"
    yield from _source_faults(words)
    yield from _conversion_faults(words)
    yield from _list_faults(words)


def _source_faults(words: Block) -> Faults:
    given = words.get("from", "")
    if given == []:
        yield words.line_of("from"), "from has no source"
    for source in given if isinstance(given, list) else [given]:
        operation = next(iter(source)) if isinstance(source, dict) and len(source) == 1 else ""
        paths = source.get(operation) if isinstance(source, dict) and operation in _OPERATIONS else None
        good = isinstance(paths, list) and paths and all(_is_term(one) for one in paths)
        if not isinstance(source, str) and not good:
            yield words.line_of("from"), "a source is a path, or {product: […]}, or {sum: […]} of paths and numbers"


def _is_term(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _conversion_faults(words: Block) -> Faults:
    given = words.get("as", "text")
    for one in given if isinstance(given, list) else [given]:
        if not isinstance(one, str) and not (isinstance(one, dict) and len(one) == 1 and isinstance(next(iter(one)), str)):
            yield words.line_of("as"), "a conversion is a name, or {name: its arguments}"


def _list_faults(words: Block) -> Faults:
    for key in _TEXTS:
        given = words.get(key)
        if isinstance(given, list) and not all(isinstance(one, str) for one in given):
            yield words.line_of(key), f"{key} must list texts"
    to = words.get("to")
    if isinstance(to, str) and to and not all(to.split(".")):
        yield words.line_of("to"), f"to: {to!r} is no path: names with points between them"
    tables = (("values", list(words.get("values", {}).values())), ("allowed", words.get("allowed", [])))
    for key, values in tables:
        if not all(isinstance(one, (str, int, float)) for one in values):
            yield words.line_of(key), f"{key} must hold texts, numbers, true or false; put others in quotes"


def setting_faults(settings: Block) -> Faults:
    """What is wrong with the settings that a definition declares."""
    for name, about in settings.items():
        line = settings.line_of(name)
        if not isinstance(name, str) or not isinstance(about, Block):
            yield line, f"settings.{name}: wants a type and a description, as {{type: string, description: …}}"
            continue
        try:
            schema = orjson.loads(orjson.dumps({key: value for key, value in about.items() if key not in _OWN_WORDS}))
            validator = jsonschema_rs.validator_for(schema)
        except (jsonschema_rs.ValidationError, ValueError, TypeError):
            yield (
                line,
                f"settings.{name}: is no JSON Schema: its type is one of string, number, integer, boolean, array, object",
            )
            continue
        if not isinstance(about.get("secret", False), bool):
            yield about.line_of("secret"), f"settings.{name}: secret must be true or false"
        if about.get("secret") and "default" in about:
            yield about.line_of("default"), f"settings.{name}: a secret has no default"
        elif "default" in about and not validator.is_valid(schema["default"]):
            yield about.line_of("default"), f"settings.{name}: its default is not what its own schema says"


def batching_faults(batching: Block) -> Faults:
    """What is wrong with the batching of a definition whose keywords have values of their kinds."""
    if batching.get("failures", "last") not in {"first", "last", "together"}:
        yield batching.line_of("failures"), "batching: failures must be first, last or together"
    if batching.get("body", "JSON") not in _BODIES:
        yield batching.line_of("body"), f"batching: body must be one of {', '.join(_BODIES)}"
    for key in ("use", "order"):
        if key in batching and not batching[key].startswith("mapper."):
            yield batching.line_of(key), f"batching: {key} names a function, as mapper.{key}"
    for key in ("events", "bytes"):
        if key in batching and (isinstance(batching[key], bool) or batching[key] < 1):
            yield batching.line_of(key), f"batching: {key} must be 1 or more"
    if not all(isinstance(one, str) for one in batching.get("by", [])):
        yield batching.line_of("by"), "batching: by must list texts"
    if batching and not {"use", "events", "order"} & set(batching):
        yield batching.line, "batching: wants `events`, or a function of mapper.py to `use`"
