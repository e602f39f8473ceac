"""The schemas of a tracking plan: which one is for an event, and the validator that it becomes.

Patterns run in linear time. One that looks around, which no such engine can, runs with a bounded number of steps instead.
Nothing is fetched: a reference leads to a place within the schema.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs as rs
import orjson

from transformer.engines.base import Host

__all__ = ["Schemas", "Validator"]

Validator = rs.Draft7Validator | rs.Draft4Validator | rs.Draft6Validator | rs.Draft201909Validator | rs.Draft202012Validator

_DRAFTS: Final[tuple[tuple[str, type[Any]], ...]] = (
    ("draft-04", rs.Draft4Validator),
    ("draft-06", rs.Draft6Validator),
    ("draft-07", rs.Draft7Validator),
    ("2019-09", rs.Draft201909Validator),
    ("2020-12", rs.Draft202012Validator),
)
_USUAL: Final = rs.Draft7Validator
_LINEAR: Final = rs.RegexOptions(size_limit=4 << 20, dfa_size_limit=2 << 20)
_BOUNDED: Final = rs.FancyRegexOptions(backtrack_limit=50_000, size_limit=4 << 20, dfa_size_limit=2 << 20)
_TOLD: Final = 300


class Schemas:
    """Those of one plan, kept as text; each is compiled when the first event of its kind comes."""

    def __init__(self, plan: dict[str, Any], host: Host) -> None:
        self._host = host
        self._texts = dict(_named(plan))
        self._compiled: dict[tuple[str, str], Validator | str] = {}

    def __contains__(self, key: tuple[str, str]) -> bool:
        """Whether the plan knows events of this kind: their type, and their name, which is "" for all but track."""
        return key in self._texts

    def broken(self) -> Iterator[tuple[str, str, str]]:
        """Type and name of events whose schema cannot be used, and why; nothing is kept of the others."""
        for (kind, name), text in self._texts.items():
            if isinstance(found := _compile(text), str):
                yield kind, name, found

    def validator(self, key: tuple[str, str]) -> Validator | str:
        """The validator for a kind of events that the plan knows; or a sentence, where its schema cannot be used."""
        found = self._compiled.get(key)
        if found is None:
            with self._host.preparing():
                found = self._compiled[key] = _compile(self._texts[key])
        return found


def _named(plan: dict[str, Any]) -> Iterator[tuple[tuple[str, str], bytes]]:
    """Each schema as text, by type and name of its events. Of two for the same kind, the one that is read last counts."""
    rules = plan.get("rules")
    rules = rules if isinstance(rules, dict) else {}
    for kind, schema in rules.items():
        if kind not in {"events", "global"} and isinstance(schema, dict):
            yield (kind, ""), _text(schema)
    for events in (plan.get("events"), rules.get("events")):
        for one in events if isinstance(events, list) else ():
            if not isinstance(one, dict):
                continue
            kind, name = one.get("eventType"), one.get("name")
            schema = one.get("rules", one.get("schema"))
            kind = kind if isinstance(kind, str) and kind else "track"
            if kind != "track":
                yield (kind, ""), _text(schema)
            elif isinstance(name, str):
                yield (kind, name), _text(schema)


def _text(schema: Any) -> bytes:
    return b"{}" if schema is None else orjson.dumps(schema)


def _compile(text: bytes) -> Validator | str:
    schema = orjson.loads(text)
    named = schema.get("$schema") if isinstance(schema, dict) else None
    kind: type[Any] = _USUAL
    if isinstance(named, str):
        kind = next((draft for word, draft in _DRAFTS if word in named), _USUAL)
        schema.pop("$schema")  # an unknown one means the usual draft, and is not looked for
    if isinstance(schema, dict) and schema.get("$async"):
        del schema["$async"]
    wrong = ""
    for patterns in (_LINEAR, _BOUNDED):
        try:
            made: Validator = kind(schema, pattern_options=patterns, validate_formats=True, offline=True)
        except (rs.ValidationError, rs.ReferencingError, ValueError, TypeError) as problem:
            wrong = wrong or _told(problem)
        else:
            return made
    return wrong


def _told(problem: Exception) -> str:
    """Where a schema is wrong, and how. All of it is the plan's own."""
    said = problem.message if isinstance(problem, (rs.ValidationError, rs.ReferencingError)) else str(problem)
    place: list[str | int] = []
    with contextlib.suppress(AttributeError):
        place = problem.instance_path  # type: ignore[attr-defined]  # of errors about a schema
    where = "".join(f"/{step}" for step in place)
    said = said.partition("\n")[0]
    return (f"at {where}: {said}" if where else said)[:_TOLD]
