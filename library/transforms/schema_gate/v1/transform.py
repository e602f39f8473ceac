"""Holds events against a tracking plan: a JSON Schema for each event; drops, fails, annotates or strips what is not planned."""

from __future__ import annotations

from typing import Any

from library.names.v1 import name_of, type_of
from library.paths.v1 import get, put, remove
from library.schema.v1 import validator

KINDS = ("Unplanned-Event", "Additional-Properties", "Datatype-Mismatch", "Required-Missing", "Unknown-Violation")
"""The kinds of violations."""

_KIND_OF = {
    "additionalProperties": "Additional-Properties",
    "type": "Datatype-Mismatch",
    "required": "Required-Missing",
    "dependentRequired": "Required-Missing",
}
_TRAITS = frozenset({"identify", "group", "alias"})
_SEVERITY = ("keep", "annotate", "strip", "drop", "fail")


def kind_of(keyword: str) -> str:
    """The kind of a violation of this JSON Schema keyword."""
    return _KIND_OF.get(keyword, "Unknown-Violation")


def _validators(schemas: Any, where: str) -> dict[str, Any]:
    made = {}
    for name, schema in (schemas or {}).items():
        try:
            made[name] = validator(schema)
        except ValueError as wrong:
            raise ValueError(f"parameters.plan.{where}.{name}: {wrong}") from None
    return made


_plan = parameters.get("plan", {})
if parameters["version"] and parameters["version"] != _plan.get("version", ""):
    raise ValueError(f"parameters.plan is version {_plan.get('version', '')!r}, but {parameters['version']!r} is wanted")
_events, _types = _validators(_plan.get("events"), "events"), _validators(_plan.get("types"), "types")
_whole = parameters["target"] == "event"
_action = {kind: parameters["actions"].get(kind, parameters["action"]) for kind in KINDS}


def _found(event: dict[str, Any]) -> list[dict[str, Any]]:
    kind, name = type_of(event), name_of(event)
    validate = _events.get(name) if name else None
    if validate is None:
        validate = _types.get(kind)
    if validate is None:
        if kind != "track" and not parameters["all_types"]:
            return []
        return [{"type": "Unplanned-Event", "message": "no schema is planned for the event", "property": "", "place": None}]
    if _whole:
        target, base = event, ""
    else:
        part = "traits" if kind in _TRAITS else "properties"
        target, base = event.get(part), f"/{part}"
        if target is None and kind == "identify" and (known := get(event, "context.traits")) is not None:
            target, base = known, "/context/traits"
        if target is None:
            target = {}
    return [
        {
            "type": kind_of(each["keyword"]),
            "message": f"{base}{each['path']} {each['message']}",
            "property": base + each["path"],
            "place": (each["container"], each["key"]) if each["container"] is not None else None,
        }
        for each in validate(target)
    ]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Judge the event by its worst violation."""
    found = _found(event)
    if not found:
        return event
    actions = {_action[each["type"]] for each in found}
    worst = max(actions, key=_SEVERITY.index)
    if worst in ("drop", "fail"):
        kinds = sorted({each["type"] for each in found if _action[each["type"]] == worst})
        said = f"tracking plan: {', '.join(kinds)}"
        raise Drop(said) if worst == "drop" else Invalid(said)
    if "strip" in actions:
        remove([each["place"] for each in found if _action[each["type"]] == "strip" and each["place"]])
    told = [
        {key: each[key] for key in ("type", "message", "property")} for each in found if _action[each["type"]] == "annotate"
    ]
    if told:
        for key, value in (
            ("violationErrors", told),
            ("trackingPlanId", _plan.get("id")),
            ("trackingPlanVersion", _plan.get("version")),
        ):
            if value:
                put(event, f"context.{key}", value)
    return event
