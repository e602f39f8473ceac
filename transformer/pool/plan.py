"""What the pool is asked to do: which code (a plan) over which events (a batch)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from transformer.limits import Limits

__all__ = ["Batch", "Plan", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One exact version of one transformation. `hash` identifies the content; `name` is for people and for outcomes."""

    hash: str
    engine: str
    name: str
    source: str
    uses_metadata: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one batch, in order, under these limits, in a worker of this workspace (its id)."""

    workspace: str
    steps: tuple[Step, ...]
    limits: Limits
    engines: frozenset[str] = field(init=False)
    """What a worker must be able to run."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "engines", frozenset(step.engine for step in self.steps))


@dataclass(slots=True)
class Batch:
    """Events, in order.

    payloads    the bytes of one JSON object each; not parsed before they reach the worker
    metadata    per event what user code reads with metadata(event), as JSON values; None: nothing beyond `common`
    attributes  per event the bytes of one JSON object that is merged over its metadata, or b""; None: none has any
    common      metadata that every event shares
    """

    payloads: list[bytes]
    metadata: list[dict[str, Any]] | None = None
    attributes: list[bytes] | None = None
    common: dict[str, Any] = field(default_factory=dict)
