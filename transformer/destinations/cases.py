"""Cases of destinations: events with what they have to become. `cases/*.json` hold lists of them.

    {"name": "…", "settings": {…}, "event": {…}, "metadata": {…}?, "connection": {…}?, "clock": "2026-01-01T00:00:00Z"?,
     "expect": {"requests": […]} | {"error": {"category": "…", "message": "…"}} | {"dropped": true}}
    {"name": "…", "settings": {…}, "jobs": [{…}, …], "expect": {"groups": [[0, 1], [2]]}}

The second form is for the router: which events leave together, by their places among the jobs.
"""

from __future__ import annotations

import copy
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from transformer.destinations.compile import CompiledDestination
from transformer.destinations.lines import DefinitionError
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.router import routed

__all__ = ["Case", "failure_of", "read_cases"]

_KEYS: Final = frozenset(
    {"name", "settings", "event", "jobs", "metadata", "clock", "destination", "connection", "expect", "note"}
)
_CLOCK: Final = "2026-01-01T00:00:00Z"
_SHOWN: Final = 300


@dataclass(frozen=True, slots=True)
class Case:
    """One case: events, one or for the router several, and what is expected of them."""

    name: str
    place: str
    events: list[dict[str, Any]]
    expect: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    destination: dict[str, Any] = field(default_factory=dict)
    connection: dict[str, Any] = field(default_factory=dict)
    clock: datetime = field(default_factory=lambda: datetime.fromisoformat(_CLOCK))
    routed: bool = False


def read_cases(folder: Path) -> list[Case]:
    """The cases of a destination. Raises DefinitionError with what is wrong, and where."""
    found: list[Case] = []
    for path in sorted(folder.joinpath("cases").glob("*.json")):
        try:
            given = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as wrong:
            raise DefinitionError([f"{path}: is not JSON: {wrong}"]) from None
        for number, one in enumerate(given if isinstance(given, list) else [given]):
            found.append(_case(one, f"{path}[{number}]"))
    return found


def _case(given: Any, place: str) -> Case:
    if not isinstance(given, dict) or (unknown := sorted(given.keys() - _KEYS)):
        told = f"unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}" if isinstance(given, dict) else "is no object"
        raise DefinitionError([f"{place}: {told}"])
    if "name" not in given or not isinstance(given.get("expect"), dict) or ("event" in given) == ("jobs" in given):
        raise DefinitionError([f"{place}: a case has a name, an event or jobs, and what to expect"])
    events = given["jobs"] if "jobs" in given else [given["event"]]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise DefinitionError([f"{place}: an event is an object, and jobs are a list of events"])
    for key in ("settings", "metadata", "destination"):
        if not isinstance(given.get(key) or {}, dict):
            raise DefinitionError([f"{place}: {key} must be an object"])
    try:
        clock = datetime.fromisoformat(given.get("clock", _CLOCK)).astimezone(UTC)
    except (TypeError, ValueError):
        raise DefinitionError([f"{place}: clock is no time as 2026-01-01T00:00:00Z"]) from None
    return Case(
        str(given["name"]),
        place,
        events,
        given["expect"],
        given.get("settings", {}),
        given.get("metadata", {}),
        given.get("destination", {}),
        given.get("connection", {}),
        clock,
        routed="jobs" in given,
    )


def failure_of(compiled: CompiledDestination, case: Case) -> str:
    """A sentence about what differs from what the case expects; "" where nothing does."""
    program = Program(compiled.name, compiled.code, compiled.mappers)
    mapper = Mapper(program, case.settings, case.destination, lambda: case.clock)
    before = copy.deepcopy(case.events)
    try:
        got = _groups(mapper, case) if case.routed else _requests(mapper, case)
        differs = orjson.loads(orjson.dumps(got)) != case.expect
    except Exception as wrong:  # noqa: BLE001 - a mapper that falls over is told as any other that is wrong
        place = traceback.extract_tb(wrong.__traceback__)[-1]
        return f"{case.place}: {case.name}: {place.filename}:{place.lineno}: {type(wrong).__name__}: {wrong}"
    if case.events != before:
        return f"{case.place}: {case.name}: the mapper changed the event itself"
    if differs:
        return f"{case.place}: {case.name}: expected {_short(case.expect)}, got {_short(got)}"
    return ""


def _requests(mapper: Mapper, case: Case) -> dict[str, Any]:
    try:
        made = mapper.requests(case.events[0], case.metadata, case.connection)
    except MappingError as wrong:
        return {"error": {"category": wrong.category, "message": wrong.message}}
    return {"requests": made} if made else {"dropped": True}


def _groups(mapper: Mapper, case: Case) -> dict[str, Any]:
    items = [
        {"message": event, "metadata": {**case.metadata, "jobId": number}, "connection": case.connection}
        for number, event in enumerate(case.events)
    ]
    replies = routed(mapper, items)
    return {"groups": [[job["jobId"] for job in reply["metadata"]] for reply in replies]}


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
