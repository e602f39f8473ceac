"""What is wrong with an event, as the data plane is told it: types, places and what the plan asks for, never a value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import jsonschema_rs as rs

__all__ = ["ADDITIONAL", "MOST", "UNKNOWN", "UNPLANNED", "kind_of", "violation", "violations_of"]

MOST: Final = 100
"""Violations of one event that are told."""

REQUIRED: Final = "Required-Missing"
DATATYPE: Final = "Datatype-Mismatch"
ADDITIONAL: Final = "Additional-Properties"
UNPLANNED: Final = "Unplanned-Event"
RULES: Final = "Advance-Rules-Violation"
UNKNOWN: Final = "Unknown-Violation"

_KINDS: Final = {
    "required": REQUIRED,
    "type": DATATYPE,
    "additionalProperties": ADDITIONAL,
    "unevaluatedProperties": ADDITIONAL,
    **dict.fromkeys(
        (
            "const",
            "contains",
            "enum",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "format",
            "maxItems",
            "maxLength",
            "maxProperties",
            "maximum",
            "minItems",
            "minLength",
            "minProperties",
            "minimum",
            "multipleOf",
            "pattern",
            "uniqueItems",
        ),
        RULES,
    ),
}
_SENTENCES: Final = {
    "additionalItems": "has more elements than the plan knows",
    "anyOf": "fits none of the alternatives",
    "const": "must be the one planned value",
    "contains": "must contain an element of the planned kind",
    "enum": "must be one of the planned values",
    "exclusiveMaximum": "must be less than {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "falseSchema": "is not allowed",
    "format": "must be of the format {format}",
    "maxItems": "must have at most {limit} elements",
    "maxLength": "must have at most {limit} characters",
    "maxProperties": "must have at most {limit} properties",
    "maximum": "must be at most {limit}",
    "minItems": "must have at least {limit} elements",
    "minLength": "must have at least {limit} characters",
    "minProperties": "must have at least {limit} properties",
    "minimum": "must be at least {limit}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "not": "must not be of this kind",
    "oneOf": "must fit exactly one of the alternatives",
    "pattern": "must match the pattern {pattern}",
    "propertyNames": "has a property of another name than the plan allows",
    "unevaluatedItems": "has more elements than the plan knows",
    "uniqueItems": "must not have equal elements",
}
_LONGEST: Final = 300


def kind_of(keyword: str) -> str:
    """The type of violation that a keyword of JSON Schema makes."""
    return _KINDS.get(keyword, UNKNOWN)


def violation(kind: str, message: str, *, at: Sequence[str | int] = (), rule: str = "", name: str = "") -> dict[str, Any]:
    """One violation. In its `meta` all values are texts: the data plane reads no others."""
    path = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in at)
    told: dict[str, Any] = {
        "type": kind,
        "message": message[:_LONGEST],
        "meta": {"instancePath": path[:_LONGEST], "schemaPath": rule[:_LONGEST]},
    }
    if name:
        told["property"] = name[:_LONGEST]
    return told


def violations_of(error: rs.ValidationError) -> Iterator[dict[str, Any]]:
    """What an error of the validator says: one violation, or one for each property that is too much."""
    keyword, at = error.kind.name, error.instance_path
    facts = error.kind.as_dict()
    rule = "#" + "".join(f"/{step}" for step in error.schema_path)
    where = "the event" if not at else ".".join(map(str, at))
    if keyword == "required":
        name = facts["property"]
        yield violation(REQUIRED, f"{where} must have the property {name}", at=at, rule=rule, name=name)
    elif keyword == "type":
        told = f"{where} must be of type {' or '.join(facts['types'])}"
        yield violation(DATATYPE, told, at=at, rule=rule, name=_last(at))
    elif (names := _too_much(error, facts)) is not None:
        for name in islice(names, MOST):
            yield violation(ADDITIONAL, f"{where} must not have the property {name}", at=at, rule=rule, name=name)
    else:
        told = _SENTENCES.get(keyword, f"breaks the rule {keyword}").format_map(facts)
        yield violation(kind_of(keyword), f"{where} {told}", at=at, rule=rule, name=_last(at))


def _too_much(error: rs.ValidationError, facts: dict[str, Any]) -> list[str] | None:
    """The properties that are there and not planned, if that is what the error is about."""
    if kind_of(error.kind.name) == ADDITIONAL:
        return list(facts["unexpected"])
    refused = error.kind.name == "falseSchema" and error.schema_path and kind_of(str(error.schema_path[-1])) == ADDITIONAL
    return list(error.instance) if refused and isinstance(error.instance, dict) else None


def _last(at: Sequence[str | int]) -> str:
    return str(at[-1]) if at else ""
