"""Runs mappers behind the interface of every engine, so that a destination is a step like others.

A source is JSON: the `name` of a destination, its `code` as the host compiled it, the `mappers` that the code calls; or a
`warehouse`, by its provider. `parameters` of the step are JSON, too: the destination's `settings`, and what is known of it; or
the `door` by which an existing data plane comes, and what that sent: `destination`, `connection`, `features`, `query`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from transformer.engines.base import ALONE, Drop, EntryPoint, Explained, Host, LoadError, Program, Report, Surroundings
from transformer.engines.mapper.doors import OpenedMapper, OpenedWarehouse, Processor, Router, Unopened
from transformer.errors import Code, Problem
from transformer.mappers.asking import asks_metadata
from transformer.mappers.errors import MappingError
from transformer.mappers.imports import import_all
from transformer.mappers.mapper import Mapper
from transformer.mappers.mapper import Program as Destination
from transformer.mappers.values import EMPTY
from transformer.mappers.warehouse.warehouse import open_warehouse

__all__ = ["MapperEngine", "open_engine"]

_CODES: Final = {
    "instrumentation": Code.UNMAPPABLE_EVENT,
    "configuration": Code.DESTINATION_SETTINGS,
    "transformation": Code.UNMAPPABLE_VALUE,
}


class _Program:
    """One destination, open with its settings."""

    entry_point: EntryPoint = "transformEvent"
    text_only = True  # code before may hand on objects that do as they like, as a dict of its own class
    finite = False
    many = None
    raw = None

    def __init__(self, name: str, requests: Callable[[dict[str, Any], Any], list[dict[str, Any]]], asks: bool) -> None:
        self._name = name
        self._requests = requests
        self._asks = asks

    def call(self, event: Any, metadata: Callable[[Any], Any]) -> Any:
        """What the destination is to be sent. Raises Drop where that is nothing, MappingError where it cannot be said."""
        known = metadata(event) if self._asks else EMPTY
        made = self._requests(event, known)
        if not made:
            raise Drop(f"{self._name} takes nothing of this event")
        return made[0] if len(made) == 1 else made  # one output is the common case, and settled with its neighbours

    @staticmethod
    def explain(raised: BaseException) -> Explained:
        """Whose fault it is: the event's, the settings', or ours. Says no more of an exception of ours than its class."""
        if isinstance(raised, MappingError):
            return Explained(_CODES.get(raised.category, Code.MAPPER_FAULT), raised.told)
        if isinstance(raised, MemoryError):
            return Explained(Code.MEMORY_LIMIT, "the mapping does not fit the memory limit")
        return Explained(Code.MAPPER_FAULT, f"the mapper failed: {type(raised).__name__}")


class MapperEngine:
    """Opens destinations."""

    @staticmethod
    def check(
        source: str,
        name: str,  # noqa: ARG004 - as every engine
        around: Surroundings = ALONE,  # noqa: ARG004 - as every engine
    ) -> Report:
        """Whether a source can be opened: the host compiled it, so it can."""
        try:
            _open(orjson.loads(source), {})
        except (ValueError, KeyError, LoadError):
            return Report(problems=[Problem("this is no compiled destination")])
        return Report(entry_point="transformEvent")

    @staticmethod
    def load(source: str, name: str, host: Host) -> Program:  # noqa: ARG004 - as every engine
        """Open a destination with the settings among the parameters. Raises LoadError: the code is not what it should be."""
        return _open(orjson.loads(source), orjson.loads(host.parameters or "{}"))


def _open(told: dict[str, Any], parameters: dict[str, Any]) -> Program:
    try:
        if "door" in parameters:
            return _door(told, parameters)
        settings, destination = parameters.get("settings", {}), parameters.get("destination", {})
        if "warehouse" in told:
            return _Program(told["name"], open_warehouse(told["warehouse"], settings).rows, asks=True)
        if not told["code"]:
            return _Program(told["name"], lambda _event, _metadata: [], asks=False)
        return _Program(told["name"], Mapper(_destination(told), settings, destination).requests, _asks(told))
    except MappingError as wrong:
        raise LoadError([Problem(wrong.message)]) from None
    except Exception as wrong:
        raise LoadError([Problem(f"the mapper of {told.get('name')} cannot be opened: {type(wrong).__name__}")]) from wrong


def _door(told: dict[str, Any], parameters: dict[str, Any]) -> Program:
    """A destination as existing data planes ask for it: see `doors`. Data of others may be of any shape."""
    destination = _object(parameters.get("destination"))
    config, connection = destination.get("Config"), _object(parameters.get("connection"))
    features, explain = frozenset(map(str, parameters.get("features", ()))), _Program.explain
    if "warehouse" in told:
        name = told["name"]
        try:
            warehouse = open_warehouse(told["warehouse"], _object(config), query=_object(parameters.get("query")))
        except MappingError as wrong:
            return Processor(Unopened(name, wrong), explain)
        return Processor(OpenedWarehouse(name, warehouse), explain)
    settings = config if isinstance(config, dict) else None
    mapper = Mapper(_destination(told), settings, destination, features=features)
    if parameters["door"] == "router":
        return Router(mapper, destination, explain)
    return Processor(OpenedMapper(mapper, connection, asks=_asks(told)), explain)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _destination(told: dict[str, Any]) -> Destination:
    return Destination(told["name"], told["code"], tuple((name, source) for name, source in told.get("mappers", ())))


def _asks(told: dict[str, Any]) -> bool:
    """Whether it looks at metadata. Of a connection alone, nobody asks."""
    return any(map(asks_metadata, (told["code"], *(source for _, source in told.get("mappers", ())))))


def open_engine() -> MapperEngine:
    """Import what mappers may need, while there still are files."""
    import_all()
    return MapperEngine()
