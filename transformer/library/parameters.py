"""The parameters of a step: checked against the transform's schema before any code runs, defaults filled in.

A message tells where and what, never the value: it may be a key.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from transformer.cases.differences import step_into
from transformer.library.shelf import Transform

__all__ = ["ParametersError", "defaults", "filled"]

_SHOWN: Final = 5


class ParametersError(ValueError):
    """Parameters that a transform does not take: `sentences`, each with its path."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences[:_SHOWN]))
        self.sentences = tuple(sentences)


def filled(transform: Transform, given: object, where: str = "parameters") -> dict[str, Any]:
    """The parameters, with the defaults. `where` is what the messages call them.

    Raises:
        ParametersError: they do not fit the schema.
    """
    schema = transform.manifest.parameters
    if not isinstance(given, Mapping):
        raise ParametersError([f"{where}: must be an object"])
    problems = [_told(error, schema, where) for error in _validator(transform).iter_errors(given)]
    if problems:
        raise ParametersError(list(dict.fromkeys(each for one in problems for each in one)))
    return _with_defaults(dict(given), schema)


def defaults(transform: Transform) -> dict[str, Any]:
    """What the code reads where nothing was given: required parameters are missing."""
    return _with_defaults({}, transform.manifest.parameters)


_validators: Final[dict[Path, jsonschema_rs.Draft202012Validator]] = {}


def _validator(transform: Transform) -> jsonschema_rs.Draft202012Validator:
    found = _validators.get(transform.folder)
    if found is None:
        schema = dict(transform.manifest.parameters)
        found = _validators[transform.folder] = jsonschema_rs.Draft202012Validator(schema, mask="this", validate_formats=True)
    return found


def _told(error: jsonschema_rs.ValidationError, schema: Mapping[str, Any], where: str) -> list[str]:
    """What an error says, as sentences, each with the path of what is wrong."""
    path = where
    for key in error.instance_path:
        path = step_into(path, key)
    kind: Any = error.kind
    if kind.name == "required":
        return [f"{step_into(path, kind.property)}: is missing"]
    if kind.name == "additionalProperties":
        known = list(schema["properties"]) if path == where and schema else []
        return [f"{step_into(path, key)}: is no parameter{_hint(key, known)}" for key in kind.unexpected]
    if kind.name in {"anyOf", "oneOf"} and any(kind.context):
        if lacking := _lacking(kind.context):
            return [f"{path}: must have {' or '.join(lacking)}"]
        return [f"{path}: {', or '.join(dict.fromkeys(_way(way, where, path) for way in kind.context if way))}"]
    return [f"{path}: {_must(kind) or error.message}"]


def _must(kind: Any) -> str:
    """What the commonest keywords ask for, all of it."""
    if kind.name == "enum":
        return f"must be one of {', '.join(map(_json, kind.options))}"
    if kind.name == "const":
        return f"must be {_json(kind.expected_value)}"
    if kind.name == "type":
        return f"must be of type {' or '.join(kind.types)}"
    return ""


def _lacking(ways: Sequence[Sequence[jsonschema_rs.ValidationError]]) -> list[str]:
    """The properties of which one must be there, if that is all that the ways are about."""
    kinds: list[Any] = [error.kind for way in ways for error in way]
    names = [kind.property for kind in kinds if kind.name == "required"]
    return names if len(names) == len(ways) == len(kinds) else []


def _way(way: Sequence[jsonschema_rs.ValidationError], where: str, path: str) -> str:
    """One of several ways to write something, as what it is not yet."""
    return " and ".join(each.removeprefix(f"{path}: ") for error in way for each in _told(error, {}, where))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _hint(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=2)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are {', '.join(known)}" if known else ""


def _with_defaults(given: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    for name, each in schema.get("properties", {}).items():
        if name not in given and "default" in each:
            given[name] = copy.deepcopy(each["default"])
        elif isinstance(given.get(name), dict) and "properties" in each:
            given[name] = _with_defaults(dict(given[name]), each)
    return given
