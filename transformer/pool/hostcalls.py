"""The host calls of one turn: taken as they come, answered at the same time, their replies written as they are there.

A worker keeps to the limits by itself, and refuses in the code what goes beyond. So one that goes beyond them here has left its
sandbox, and is ended, as for everything else that no worker of ours sends. What it costs the host until then is bounded: the
calls in flight, the bytes of each, and the bytes of all of them, over all workers (`Room`). When the turn is over, or its
worker, whatever is still being answered is cancelled.

While all of a turn waits, another one may run in its place: a slow service that one workspace asks must not keep others from
the processors.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from transformer.pool.channel import HungUpError
from transformer.wire.calls import Call, CallError, Reply, read_call, write_reply
from transformer.wire.frames import FrameError, Kind
from transformer.worker import progress

if TYPE_CHECKING:
    from transformer.broker import Broker
    from transformer.pool.plan import Plan
    from transformer.pool.pool import Pool
    from transformer.pool.process import WorkerProcess

__all__ = ["HostCalls", "Room"]

_SLACK: Final = 2
"""A reply counts as in flight until we know that it was written, which the worker may know before us."""
_HEAD_BYTES: Final = 4096
_PART: Final = 4
_REST_SECONDS: Final = 0.01
"""A turn that waits for shorter keeps its place."""
_LAST_WORD_SECONDS: Final = 2.0


class Room:
    """The bytes of host calls that all workers hold on the host, and may hold; one worker no more than a quarter of that."""

    def __init__(self, most: int) -> None:
        self.held = 0
        self._most = most

    def take(self, size: int, held: int) -> bool:
        """So many bytes more, for a worker that holds some already. False: there is no room."""
        if self.held + size > self._most or held + size > self._most // _PART:
            return False
        self.held += size
        return True

    def force(self, size: int) -> None:
        """So many bytes more, room or not: what is small."""
        self.held += size

    def give(self, size: int) -> None:
        """So many bytes less."""
        self.held -= size


class HostCalls:
    """Answers the calls of one worker in one turn over `events` events."""

    def __init__(self, pool: Pool, broker: Broker, plan: Plan, worker: WorkerProcess, events: int) -> None:
        self._pool = pool
        self._broker = broker
        self._plan = plan
        self._worker = worker
        self._events = events
        self._total = 0
        self._of_event: Counter[int] = Counter()
        self._answering: set[asyncio.Task[None]] = set()
        self._written: list[list[bytes]] = []
        self._writer: asyncio.Task[None] | None = None
        self._in_flight = 0
        self._held = 0
        self._look: asyncio.TimerHandle | None = None
        self._resting = False

    def take(self, body: memoryview) -> None:
        """A call has come. Raises FrameError if it is one that no worker of ours makes."""
        limits, worker = self._plan.limits, self._worker
        if len(body) > limits.call_bytes + _HEAD_BYTES:
            raise FrameError("a host call is too large")
        call = read_call(body)
        if call.id <= worker.last_call:
            raise FrameError("a host call came twice")
        worker.last_call = call.id
        if call.step >= len(self._plan.steps) or (call.event is not None and call.event >= self._events):
            raise FrameError("a host call of an event or a step that the turn does not have")
        self._wake()
        self._total += 1
        self._in_flight += 1
        if call.event is not None:
            self._of_event[call.event] += 1
        if (
            self._total > limits.batch_calls
            or self._in_flight > _SLACK * limits.calls_in_flight
            or (call.event is not None and self._of_event[call.event] > limits.event_calls)
        ):
            raise FrameError("more host calls than the limits allow")
        self._look_again()
        task = asyncio.create_task(self._answer(call, len(body)))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def finish(self) -> None:
        """The turn has ended well: nobody waits for answers any more. Raises FrameError if the worker stopped reading them."""
        self.cancel()
        if self._writer is not None and not self._writer.done():
            # A reply that is half written has to be written: what follows would be taken for the rest of it.
            del self._written[:]
            try:
                await asyncio.wait_for(self._writer, _LAST_WORD_SECONDS)
            except TimeoutError:
                raise FrameError("the worker does not read the answers to its calls") from None

    def cancel(self) -> None:
        """Stop answering. What was half written stays so: the worker has to go, unless `finish` sees to it."""
        if self._look is not None:
            self._look.cancel()
        self._wake()
        for task in self._answering:
            task.cancel()

    def abandon(self) -> None:
        """The worker is gone, or will be."""
        self.cancel()
        if self._writer is not None:
            self._writer.cancel()
        self._pool.room.give(self._held)
        self._held = 0

    def _look_again(self) -> None:
        if self._look is None and not self._resting:
            self._look = asyncio.get_running_loop().call_later(_REST_SECONDS, self._rest)

    def _rest(self) -> None:
        """Give the turn's place to others, if all of it waits. A worker that lies about it still is one of its workspace's."""
        self._look = None
        if self._in_flight:
            self._resting = self._worker.mark[0] == progress.WAITING and self._pool.rest(self._worker)
            self._look_again()

    def _wake(self) -> None:
        if self._resting:
            self._resting = False
            self._pool.resume(self._worker)

    def _hold(self, size: int, kind: str) -> None:
        if not self._pool.room.take(size, self._held):
            raise CallError("unavailable", f"the platform has no room for what {kind} takes; send the event again")
        self._held += size

    def _let_go(self, size: int) -> None:
        size = min(size, self._held)
        self._held -= size
        self._pool.room.give(size)

    async def _answer(self, call: Call, size: int) -> None:
        plan, began = self._plan, perf_counter()
        outcome, held = "cancelled", 0
        try:
            try:
                self._hold(size, call.kind)
                held = size
                value = await self._broker.answer(
                    plan.workspace, plan.steps[call.step].capabilities, call.kind, call.arguments, plan.limits.call_seconds
                )
                body = self._written_reply(call, value)
                self._hold(sum(map(len, body)), call.kind)
                outcome = "ok"
            except CallError as error:
                outcome = error.kind
                body = write_reply(Reply(call.id, error=error))
                self._held += sum(map(len, body))
                self._pool.room.force(sum(map(len, body)))
            self._send(body)
        finally:
            self._let_go(held)
            self._pool.watch.host_called(plan.workspace, call.kind, outcome, perf_counter() - began)

    def _written_reply(self, call: Call, value: Any) -> list[bytes]:
        try:
            body = write_reply(Reply(call.id, value))
        except (TypeError, ValueError):
            raise CallError("unavailable", f"the platform could not say what {call.kind} answered") from None
        if (size := sum(map(len, body))) > (most := self._plan.limits.reply_bytes) + _HEAD_BYTES:
            raise CallError("too_large", f"the answer of {call.kind} has {size} bytes; the limit is {most} (reply_bytes)")
        return body

    def _send(self, body: list[bytes]) -> None:
        """Have it written, with all that is ready by then: one system call for many answers."""
        self._wake()
        self._written.append(body)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._written:
                bodies: Sequence[list[bytes]] = self._written
                self._written = []
                await self._worker.channel.send_all(Kind.REPLY, bodies)
                self._in_flight -= len(bodies)
                self._let_go(sum(len(part) for body in bodies for part in body))
            if self._in_flight and self._answering:
                self._look_again()
        except HungUpError:
            pass  # whoever receives finds out, too
