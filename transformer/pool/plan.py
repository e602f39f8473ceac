"""What the pool is asked to do: which code (a plan) over which events (a batch)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Final

import orjson

from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.base import Library
from transformer.engines.catalog import COMPANIONS, ENGINES
from transformer.limits import Limits

__all__ = ["HEAVIEST", "Batch", "Plan", "Step"]

HEAVIEST: Final = 16
_WEIGHS_ONE: Final = 16 * 1024
"""So much source of Python is loaded as some 20 KiB to 100 KiB."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exact version of one transformation, or of a library's transform.

    hash          identifies the content, which a quarantine sets aside
    name          for people and for outcomes
    capabilities  what the version declares; the broker holds every call against it
    libraries     what the code imports, pinned, and what that imports
    parameters    of a library's transform, or of a destination: JSON text of an object, which may hold secrets
    legacy        it was written for an older service, whose ways it relies on: see `engines.base.Host`
    """

    hash: str
    engine: str
    name: str
    source: str
    uses_metadata: bool = True
    capabilities: Capabilities = NOTHING
    libraries: tuple[Library, ...] = ()
    parameters: str = field(default="", repr=False)
    legacy: bool = False
    key: str = field(init=False)
    """Identifies what a worker loads: the content, with all that it is loaded with."""
    weight: int = field(init=False)
    """What it takes of a worker's room for loaded versions, from 1 to HEAVIEST; see `worker.loaded`."""

    def __post_init__(self) -> None:
        key = self.hash
        if self.capabilities or self.libraries or self.parameters or self.legacy:
            pinned = [(one.name, one.hash, one.parameters) for one in self.libraries]
            told = [key, self.engine, self.capabilities.as_dict(), pinned, self.parameters, self.legacy]
            key = sha256(orjson.dumps(told)).hexdigest()
        object.__setattr__(self, "key", key)
        spec = ENGINES.get(self.engine) or COMPANIONS.get(self.engine)
        text = len(self.source) + sum(len(one.source) for one in self.libraries)
        weight = HEAVIEST if spec is None or spec.heavy else 1 + text // _WEIGHS_ONE
        object.__setattr__(self, "weight", min(HEAVIEST, weight))

    def describe(self) -> dict[str, Any]:
        """What the head of a turn says to have a worker load it, beside source and place."""
        told: dict[str, Any] = {"hash": self.key, "engine": self.engine, "name": self.name}
        if self.capabilities:
            told["capabilities"] = self.capabilities.as_dict()
        if self.libraries:
            told["libraries"] = [asdict(one) for one in self.libraries]
        if self.parameters:
            told["parameters"] = self.parameters
        if self.legacy:
            told["legacy"] = True
        if self.weight > 1:
            told["weight"] = self.weight
        return told


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one batch, in order, under these limits, in a worker of this workspace (its id).

    once   the worker ends with the batch: nothing else runs where it ran. Every plan of such a workspace says so.
    """

    workspace: str
    steps: tuple[Step, ...]
    limits: Limits
    once: bool = False
    engines: frozenset[str] = field(init=False)
    """What a worker must be able to run."""
    tables: frozenset[str] = field(init=False)
    """The reference tables that its steps may look into."""
    uses_metadata: bool = field(init=False)
    """Whether a step asks for what is known about the events."""
    adopts: bool = field(init=False)
    """For legacy code: an output of a batch function that belongs to no event is the first event's, and null is no output."""

    def __post_init__(self) -> None:
        engines = {step.engine for step in self.steps}
        if any(library.natives for step in self.steps for library in step.libraries):
            engines.add("natives")
        object.__setattr__(self, "engines", frozenset(engines))
        object.__setattr__(self, "uses_metadata", any(step.uses_metadata for step in self.steps))
        object.__setattr__(self, "tables", frozenset(name for step in self.steps for name in step.capabilities.tables))
        object.__setattr__(self, "adopts", any(step.legacy for step in self.steps))


@dataclass(slots=True)
class Batch:
    """Events, in order.

    payloads    the bytes of one JSON object each; not parsed before they reach the worker
    metadata    per event what user code reads with metadata(event), as JSON values; None: nothing beyond `common`
    attributes  per event the bytes of one JSON object that is merged over its metadata, or b""; None: none has any
    common      metadata that every event shares
    credentials what getCredential gives, before any secret of the workspace; None: nothing came with the events
    """

    payloads: list[bytes]
    metadata: list[dict[str, Any]] | None = None
    attributes: list[bytes] | None = None
    common: dict[str, Any] = field(default_factory=dict)
    credentials: dict[str, Any] | None = field(default=None, repr=False)
