"""Runs tracking plans behind the interface of every engine: the program of a plan judges one event at a time.

What comes out is a verdict: {"statusCode": 200 or 400, "validationErrors": […], "error": "…"}, the latter two only where
something is wrong; then the event itself, where options of the plan's source changed it. What is to be done with violations
is metadata of the event (`mergedTpConfig`, `sourceTpConfig`), and only asked for where there are some.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice
from typing import Any, Final

import jsonschema_rs as rs
import orjson

from transformer.engines.base import ALONE, EntryPoint, Explained, Host, LoadError, Report, Surroundings
from transformer.engines.tracking_plan.coercion import mended
from transformer.engines.tracking_plan.schemas import Schemas
from transformer.engines.tracking_plan.violations import ADDITIONAL, MOST, UNKNOWN, UNPLANNED, violation, violations_of
from transformer.errors import Code, Problem

__all__ = ["TrackingPlanEngine", "open_engine"]

_VALID: Final = {"statusCode": 200}
_NEVER: Final = "alias"
"""Events of this type are not validated."""
_ROUNDS: Final = 3
"""An event that was changed is held against the plan again, so often: what was mended may show what else is wrong."""
_DROPS: Final = {UNPLANNED: ("allowUnplannedEvents", "false"), ADDITIONAL: ("unplannedProperties", "drop")}
_OTHERS: Final = ("anyOtherViolation", "drop")


class _Program:
    """One tracking plan."""

    entry_point: EntryPoint = "transformEvent"
    text_only = True
    finite = False
    many = None
    raw = None

    def __init__(self, schemas: Schemas, name: str) -> None:
        self._schemas = schemas
        self._name = name

    def call(self, event: Any, metadata: Callable[[Any], Any]) -> Any:
        """The verdict on an event, and the event after it where it was changed. Raises nothing that is the event's fault."""
        kind, name = event.get("type"), event.get("event")
        if kind == _NEVER:
            return _VALID
        key = _key(kind, name)
        if key is None or key not in self._schemas:
            told = f"{self._name} has no {_said(kind, name)}"
            return _verdict([violation(UNPLANNED, told)], metadata(event))
        validator = self._schemas.validator(key)
        if isinstance(validator, str):
            told = f"not validated: the schema of {_said(kind, name)} in {self._name} cannot be used: {validator}"
            return {"statusCode": 200, "validationErrors": [violation(UNKNOWN, told)], "error": told}
        try:
            return _VALID if validator.is_valid(event) else _judged(event, validator, metadata(event))
        except (UnicodeEncodeError, ValueError) as wrong:
            told = f"the event cannot be held against {self._name}: {type(wrong).__name__}"
            return _verdict([violation(UNKNOWN, told)], metadata(event))

    @staticmethod
    def explain(raised: BaseException) -> Explained:
        """Ours, whatever it is; but for memory, which a plan or an event may want too much of."""
        if isinstance(raised, MemoryError):
            return Explained(Code.MEMORY_LIMIT, "validating the event does not fit the memory limit")
        return Explained(Code.MAPPER_FAULT, f"validating failed: {type(raised).__name__}")


def _judged(event: dict[str, Any], validator: Any, metadata: dict[str, Any]) -> Any:
    """The verdict on an event that is not as it should be, with the options of its source."""
    options = _options(metadata.get("sourceTpConfig"), event["type"])
    coerce, remove = bool(options.get("coerceTypes")), bool(options.get("removeAdditional"))
    changed = False
    errors: list[rs.ValidationError] = list(islice(validator.iter_errors(event), MOST))
    for _ in range(_ROUNDS if coerce or remove else 0):
        if not errors or not mended(event, errors, coerce=coerce, remove=remove):
            break
        changed = True
        errors = list(islice(validator.iter_errors(event), MOST))
    most = 1 if options.get("allErrors") is False else MOST
    found = list(islice(chain.from_iterable(map(violations_of, errors)), most))
    verdict = _verdict(found, metadata) if found else _VALID
    return [verdict, event] if changed else verdict


def _verdict(found: list[dict[str, Any]], metadata: dict[str, Any]) -> dict[str, Any]:
    """What violations come to, by the configuration of the event's source: the event goes on, or does not."""
    config = metadata.get("mergedTpConfig")
    config = config if isinstance(config, dict) else {}
    told: dict[str, list[str]] = {}
    for one in found:
        told.setdefault(one["type"], []).append(one["message"])
    dropped = any(_drops(config, *_DROPS.get(kind, _OTHERS)) for kind in told)
    return {"statusCode": 400 if dropped else 200, "validationErrors": found, "error": orjson.dumps(told).decode()}


def _drops(config: dict[str, Any], key: str, word: str) -> bool:
    return str(config.get(key)).strip().lower() == word


def _options(config: object, kind: str) -> dict[str, Any]:
    """The options of the validator that a source has: for all its events, and over them those for events of this type."""
    merged: dict[str, Any] = {}
    for part in ("global", kind) if isinstance(config, dict) else ():
        given = config.get(part)  # type: ignore[attr-defined]  # a dict, as the line above says
        options = given.get("ajvOptions") if isinstance(given, dict) else None
        if isinstance(options, dict):
            merged |= options
    return merged


def _key(kind: object, name: object) -> tuple[str, str] | None:
    """What schemas are known by. None: no plan can know such an event."""
    if not isinstance(kind, str):
        return None
    if kind != "track":
        return kind, ""
    return (kind, name) if isinstance(name, str) else None


def _said(kind: object, name: object) -> str:
    """The kind of an event, for people."""
    if kind == "track":
        return f"event {name[:100]!r}" if isinstance(name, str) else "event without a name"
    return f"{kind[:32]} events" if isinstance(kind, str) and kind else "events without a type"


class TrackingPlanEngine:
    """Opens tracking plans."""

    @staticmethod
    def check(
        source: str,
        name: str,  # noqa: ARG004 - as every engine
        around: Surroundings = ALONE,  # noqa: ARG004 - as every engine
    ) -> Report:
        """Whether a source is a tracking plan. Schemas that cannot be used are warnings: they concern their events only."""
        try:
            schemas = _read(source, Host())
        except LoadError as wrong:
            return Report(problems=wrong.problems)
        broken = islice(schemas.broken(), MOST)
        told = [f"the schema of {_said(kind, event)} cannot be used: {why}" for kind, event, why in broken]
        return Report(warnings=list(map(Problem, told)), entry_point="transformEvent")

    @staticmethod
    def load(source: str, name: str, host: Host) -> _Program:
        """Open a plan. Raises LoadError: it is none."""
        return _Program(_read(source, host), name)


def _read(source: str, host: Host) -> Schemas:
    try:
        plan = orjson.loads(source)
    except orjson.JSONDecodeError:
        raise LoadError([Problem("the tracking plan is not JSON")]) from None
    if not isinstance(plan, dict) or not isinstance(plan.get("rules", plan.get("events")), (dict, list)):
        raise LoadError([Problem("the tracking plan has no rules")])
    return Schemas(plan, host)


def open_engine() -> TrackingPlanEngine:
    """Compile once what the validator brings along of its own, while nothing is at stake."""
    rs.Draft7Validator({"type": "object"}, validate_formats=True, offline=True).is_valid({})
    return TrackingPlanEngine()
