"""Plans for the destinations that data planes ask for: kept by the very bytes that describe them, as long as there is room."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any, Final

import msgspec
from cachetools import LRUCache

from transformer.destinations.step import Asked, door_step, prepare
from transformer.gateway.requests.bodies import read
from transformer.gateway.requests.jobs import Destination
from transformer.limits import Limits
from transformer.pool import Plan

__all__ = ["Doors", "read_destination"]

_HELD_BYTES: Final = 32 * 2**20
_PLAN_BYTES: Final = 1000
"""What a plan takes in memory beside what it was made of, roughly: its source is one text for all of a kind."""
_ID: Final = re.compile(rb'"([0-9A-Za-z_-]{1,64})"')
_OUTPUTS: Final = 4
_DESTINATION: Final = msgspec.json.Decoder(Destination)
_NO_DESTINATION: Final = Destination()


class Doors:
    """Makes plans of one step, and keeps them."""

    def __init__(self, limits: Limits) -> None:
        # A reply repeats most of its event, some of them twice.
        most = max(limits.output_bytes, _OUTPUTS * limits.event_bytes)
        self._limits = replace(limits, output_bytes=min(most, limits.batch_output_bytes))
        self._ready: set[str] = set()
        self._plans: LRUCache[Any, Plan] = LRUCache(_HELD_BYTES, getsizeof=_size)

    @property
    def limits(self) -> Limits:
        """Under which they run."""
        return self._limits

    async def ready(self, kind: str) -> None:
        """Make ready for a kind. The first time that takes long, and nobody else waits for it."""
        if kind not in self._ready:
            await asyncio.to_thread(prepare, kind)
            self._ready.add(kind)

    def plan(self, workspace: str, kind: str, asked: Asked) -> Plan:
        """The plan that answers for a destination of a workspace.

        Raises KeyError: there is no such kind, or door; UnicodeDecodeError: the destination is not UTF-8.
        """
        key = (workspace, kind, asked)
        plan = self._plans.get(key)
        if plan is None:
            found = _ID.fullmatch(bytes(read_destination(asked.destination).ID))
            name = f"destinations/{kind}" + (f"/{found[1].decode()}" if found else "")
            plan = Plan(workspace, (door_step(kind, name, asked),), self._limits)
            if _size(plan) <= _HELD_BYTES:
                self._plans[key] = plan
        return plan


def read_destination(raw: bytes) -> Destination:
    """What the host reads of a destination; of one that cannot be read, nothing."""
    return read(_DESTINATION, raw, _NO_DESTINATION)


def _size(plan: Plan) -> int:
    return _PLAN_BYTES + 2 * sum(len(step.parameters) for step in plan.steps)
