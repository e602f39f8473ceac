"""A destination as the last step of a plan: its compiled code, and whose settings it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Literal

import orjson

from transformer.destinations import shelf
from transformer.mappers import asking
from transformer.mappers.warehouse.options import FORMS
from transformer.mappers.warehouse.providers import PROVIDERS
from transformer.pool import Step

__all__ = ["Asked", "asks_connection", "destination_step", "door_step", "kinds", "prepare", "routed_kinds", "settings_of"]


@cache
def kinds() -> tuple[str, ...]:
    """Every type of destination that there is: mapped ones, and warehouses."""
    return tuple(sorted({*shelf.names(), *PROVIDERS}))


def settings_of(kind: str) -> Mapping[str, Any]:
    """The settings that a kind reads, each as a JSON Schema. Raises KeyError: there is no such kind."""
    return FORMS if kind in PROVIDERS else shelf.definition_of(kind).settings


@cache
def routed_kinds() -> tuple[str, ...]:
    """Every type that a data plane's router can ask for: rows of warehouses are not put together here."""
    return tuple(kind for kind in kinds() if kind not in PROVIDERS)


@cache
def _source(kind: str) -> str:
    """What a worker needs to know of a kind: one text for all destinations of it, which are many."""
    if kind in PROVIDERS:
        return orjson.dumps({"name": kind, "warehouse": kind}).decode()
    compiled = shelf.compiled(kind)
    return orjson.dumps({"name": kind, "code": compiled.code, "mappers": compiled.mappers}).decode()


def destination_step(kind: str, name: str, settings: Mapping[str, Any], known: Mapping[str, Any] | None = None) -> Step:
    """The step that maps events for a destination of this kind. `name` is for people and for outcomes.

    `known` is what the data plane says of the destination besides its settings. Raises KeyError: there is no such kind;
    DefinitionError: its definition is not as it should be.
    """
    source = _source(kind)
    parameters = orjson.dumps({"settings": settings, "destination": known or {}}, option=orjson.OPT_SORT_KEYS).decode()
    return Step(_digest(name, source), "mapper", name, source, _asks_metadata(kind), parameters=parameters)


@dataclass(frozen=True, slots=True)
class Asked:
    """How an existing data plane asks for a destination. Bytes are JSON objects as it sent them, b"" where it sent none.

    door          "processor": payloads are events, and metadata are attributes. "router": payloads are jobs
    destination   with its Config
    connection    of its source; the processor's only, jobs bring theirs
    features      what the data plane can do with requests, by the names it says
    query         what it asks of a warehouse
    """

    door: Literal["processor", "router"]
    destination: bytes
    connection: bytes = b""
    features: frozenset[str] = frozenset()
    query: tuple[tuple[str, str], ...] = ()


def prepare(kind: str) -> None:
    """Read and compile what its steps are made of: the first of them would wait for it. Raises as `destination_step` does."""
    _source(kind)


def door_step(kind: str, name: str, asked: Asked) -> Step:
    """The step that answers a data plane for a destination of this kind: what its outputs are, `engines.mapper.doors` says.

    Raises KeyError: there is no such kind, or it has no such door; UnicodeDecodeError: what the data plane sent is not UTF-8.
    """
    if asked.door == "router" and kind in PROVIDERS:
        raise KeyError(kind)
    source = _source(kind)
    beside = orjson.dumps({"door": asked.door, "features": sorted(asked.features), "query": dict(asked.query)}).decode()
    parts = [("destination", asked.destination), ("connection", asked.connection)]
    raw = "".join(f',"{key}":{value.decode()}' for key, value in parts if value)
    return Step(_digest(name, source), "mapper", name, source, _asks_metadata(kind), parameters=f"{beside[:-1]}{raw}}}")


def _asks_metadata(kind: str) -> bool:
    return kind in PROVIDERS or asking.asks_metadata(_source(kind))


def asks_connection(kind: str) -> bool:
    """Whether what a destination of this kind is sent depends on the connection that events come through."""
    return kind not in PROVIDERS and asking.asks_connection(_source(kind))


def _digest(name: str, source: str) -> str:
    """A quarantine sets a hash aside: that of somebody's destination is never that of anybody else's."""
    return sha256(f"{name}\0{source}".encode()).hexdigest()
