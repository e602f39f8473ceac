"""A destination as the last step of a plan: its compiled code, and whose settings it is opened with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import orjson

from transformer.destinations import shelf
from transformer.mappers.warehouse.options import FORMS
from transformer.mappers.warehouse.providers import PROVIDERS
from transformer.pool import Step

__all__ = ["destination_step", "kinds", "settings_of"]

_METADATA = "metadata"


def kinds() -> tuple[str, ...]:
    """Every type of destination that there is: mapped ones, and warehouses."""
    return tuple(sorted({*shelf.names(), *PROVIDERS}))


def settings_of(kind: str) -> Mapping[str, Any]:
    """The settings that a kind reads, each as a JSON Schema. Raises KeyError: there is no such kind."""
    return FORMS if kind in PROVIDERS else shelf.definition_of(kind).settings


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
    asks = kind in PROVIDERS or _METADATA in source
    parameters = orjson.dumps({"settings": settings, "destination": known or {}}, option=orjson.OPT_SORT_KEYS).decode()
    # A quarantine sets a hash aside: that of somebody's destination is never that of anybody else's.
    digest = sha256(f"{name}\0{source}".encode()).hexdigest()
    return Step(digest, "mapper", name, source, asks, parameters=parameters)
