"""A compiled destination, open with somebody's settings: it turns events into what the destination expects.

The code comes from the host as text, because a worker can open no files: straight-line functions made from `destination.yaml`,
and the small functions of `mapper.py`, which import only what is in memory. Both are content that we ship and review, not user
code; they run behind wall 2 as everything in a worker does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from types import CodeType, ModuleType
from typing import Any, Final

from transformer.mappers import errors, fields, operators, overrides, paths, timestamps, values
from transformer.mappers.dynamic import has_templates, resolved
from transformer.mappers.errors import ConfigurationError, InstrumentationError, MappingError, UnsupportedError, shown_type
from transformer.mappers.settings import typed
from transformer.mappers.values import EMPTY

__all__ = ["Call", "Mapper", "Program"]

Request = dict[str, Any]
_FIRST_STEP: Final = "validateInput"
"""The step that existing data planes are told of where an event is refused before it is mapped."""
_OPEN: Final = 64
"""Programs that are kept loaded: versions of destinations, each some hundred kilobytes. Mappers that are open keep theirs."""
PACKAGE: Final = "destinations"
"""What a mapper's functions are imported from by another mapper: `from destinations.NAME import …`."""

_PARTS: Final = (errors, fields, operators, paths, timestamps, values)
_NAMES: Final[dict[str, Any]] = {
    **{name: getattr(module, name) for module in _PARTS for name in module.__all__},
    "external_id": overrides.external_id,
    "options_of": overrides.options,
}


@dataclass(frozen=True, slots=True)
class Program:
    """A destination as the host compiled it. `mappers` are sources of mapper.py, by destination, in order of import."""

    name: str
    code: str
    mappers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Call:
    """What a function of a mapper is told beside the event."""

    name: str
    settings: dict[str, Any]
    destination: Mapping[str, Any]
    clock: Callable[[], datetime]
    functions: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    features: frozenset[str] = frozenset()
    """What the data plane can do with requests, by the names it says: "gzip-support"."""
    connection: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """The connection of source and destination that the event came through, as data planes send it beside the event."""

    def map(self, mapping: str, this: Mapping[str, Any], event: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a mapping of destination.yaml makes of an object: the event, or a part of it."""
        made: dict[str, Any] = self.functions["MAPPINGS"][mapping](this, self, this if event is None else event)
        return made

    def request(self, name: str, event: Mapping[str, Any], body: Any = None) -> Request:
        """A request of destination.yaml, with this body instead of its own where one is given. None where its `when` fails."""
        made: Request = self.functions["REQUESTS"][name](event, self, body)
        return made

    def options(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What the event says of this destination under `integrations`."""
        return overrides.options(event, self.functions["INTEGRATIONS"])

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.clock()

    def seconds(self) -> float:
        """The time, as seconds since 1970."""
        return time() if self.clock is _clock else self.clock().timestamp()


def _clock() -> datetime:
    return datetime.now(UTC)


class Mapper:
    """One destination with its settings."""

    def __init__(
        self,
        program: Program,
        settings: Mapping[str, Any] | None,
        destination: Mapping[str, Any] = EMPTY,
        clock: Callable[[], datetime] = _clock,
        features: frozenset[str] = frozenset(),
    ) -> None:
        """Open a program. `settings` are the destination's Config; `destination` is all that is known of it."""
        self.name = program.name
        self.functions = _load(program)
        self.call = Call(program.name, {}, destination, clock, self.functions, features=features)
        self._settings: dict[str, Any] | None = None
        self._wrong = ""
        self._demand: Callable[..., Any] = self.functions["demand"]
        self.settle(settings, destination)
        self.implementation: str = self.functions["IMPLEMENTATION"]
        self.workflow: str = self.functions["WORKFLOW"]
        self.batching: Mapping[str, Any] = self.functions["BATCHING"]

    def settle(self, settings: Mapping[str, Any] | None, destination: Mapping[str, Any]) -> None:
        """Go on with these settings: those of another version of the destination."""
        self.call.destination = destination
        self._settings, self._wrong, self._demand = None, "", self.functions["demand"]
        if has_templates(settings) and destination.get("hasDynamicConfig") is not False:
            self._settings = dict(settings or {})
            return
        try:
            self.call.settings = self._typed(settings)
        except ConfigurationError as wrong:
            self._wrong = wrong.message
            return
        if self.functions["settings_hold"](self.call):
            self._demand = self.functions["demand_of_event"]

    def _typed(self, settings: Mapping[str, Any] | None) -> dict[str, Any]:
        return typed(settings, self.functions["SETTINGS"], self.functions["DEFAULTS"])

    def requests(
        self, event: dict[str, Any], metadata: Mapping[str, Any] = EMPTY, connection: Mapping[str, Any] = EMPTY
    ) -> list[Request]:
        """What the destination is to be sent for an event; an empty list where nothing is.

        Raises:
            MappingError: the event cannot be mapped, and whose fault that is.
        """
        call, functions = self.call, self.functions
        call.metadata, call.connection = metadata, connection
        if self._settings is not None:
            found, event = resolved(self._settings, event)
            call.settings = self._typed(found)
        elif self._wrong:
            raise ConfigurationError(self._wrong, step=_FIRST_STEP)
        try:
            self._demand(event, call)
            kind = event.get("type")
            uses = (type(kind) is str and functions["EVENTS"].get(kind)) or self._uses(kind)
        except MappingError as wrong:
            wrong.step = wrong.step or _FIRST_STEP
            raise
        made: list[Request] = []
        for use in uses:
            found = use(event, call)
            if type(found) is dict:
                made.append(found)
            elif found:
                made.extend(found)
        return made

    def _uses(self, kind: Any) -> Sequence[Callable[..., Any]]:
        """What is done with events of this type."""
        events = self.functions["EVENTS"]
        known = type(kind) is str and kind != ""
        uses: Sequence[Callable[..., Any]] | None = (known and (events.get(kind) or events.get(kind.lower()))) or events.get(
            "any"
        )
        if uses is not None:
            return uses
        if not known:
            raise InstrumentationError(self.functions["MISSING_TYPE"])
        pattern, shown = self.functions["UNSUPPORTED"], shown_type(kind)
        raise UnsupportedError(pattern.format(kind, lower=kind.lower()), told=pattern.format(shown, lower=shown.lower()))


@lru_cache(_OPEN)
def _load(program: Program) -> dict[str, Any]:
    """The functions of a program. What does not depend on settings is loaded once, and kept while it is among the latest.

    Modules of mapper.py are made anew for each program: another version may have been bound to others of the same names. They
    are importable only while this program's are loaded, so that no version ever meets the functions of another.
    """
    known = dict(_NAMES)
    package = ModuleType(PACKAGE)
    package.__path__ = []
    modules = {PACKAGE: package}
    try:
        sys.modules[PACKAGE] = package
        for name, source in program.mappers:
            full = f"{PACKAGE}.{name}"
            modules[full] = sys.modules[full] = ModuleType(full)
            exec(_compiled(source, f"{name}/mapper.py"), modules[full].__dict__)  # noqa: S102 - content that we ship
        if f"{PACKAGE}.{program.name}" in modules:
            known["mapper"] = modules[f"{PACKAGE}.{program.name}"]
        exec(_compiled(program.code, f"{program.name}/destination.yaml"), known)  # noqa: S102 - what we compiled ourselves
    finally:
        for full in modules:
            sys.modules.pop(full, None)
    return known


def _compiled(source: str, name: str) -> CodeType:
    return compile(source, name, "exec", dont_inherit=True)
