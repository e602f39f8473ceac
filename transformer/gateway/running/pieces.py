"""Requests of data planes are larger than batches may be: which events are a batch each, and how batches run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import Any, Protocol

from transformer.limits import Limits
from transformer.service.batches import end
from transformer.service.planning import Part, Work

__all__ = ["beside_each_other", "pieces_of", "work_of"]


class Sized(Protocol):
    """What an event takes of a batch."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...


def pieces_of(indexes: Iterable[int], events: Sequence[Sized], limits: Limits) -> Iterator[list[int]]:
    """The indexes of events that may be one batch each, in as few as the limits allow; their order is kept."""
    piece: list[int] = []
    size = 0
    for index in indexes:
        more = events[index].size
        if piece and (len(piece) >= limits.batch_events or size + more > limits.batch_bytes):
            yield piece
            piece, size = [], 0
        piece.append(index)
        size += more
    if piece:
        yield piece


def work_of(parts: list[Part], payloads: list[bytes], ids: list[str]) -> Work:
    """The work of one batch."""
    versions = list(dict.fromkeys(step.name for part in parts for step in part.plan.steps))
    return Work(parts[0].plan.workspace, parts, payloads, ids, versions=versions, size=sum(map(len, payloads)))


async def beside_each_other(running: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run these beside each other. The first exception ends them all."""
    several = list(running)
    if len(several) == 1:
        await several[0]
        return
    tasks = [asyncio.ensure_future(one) for one in several]
    try:
        await asyncio.gather(*tasks)
    finally:
        await end(*tasks)
