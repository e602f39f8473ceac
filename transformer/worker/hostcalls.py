"""The worker's side of host calls: ask, wait, and let other events run meanwhile.

Events run in lanes. A lane is a greenlet that takes one event after the other; when its event waits for the host, another lane
goes on, so the calls of a batch are under way together, while only one of them ever runs. Whatever says which event is at work
(the progress mark, the log's event, the event that `metadata` knows) is put back when a lane goes on. Only turns whose versions
declare host calls have lanes; outside of them (a batch function, code that is being loaded, a module of WebAssembly) a call
waits where it is.

The limits are kept here first, as errors in the code; the host ends a worker that goes beyond them.
"""

from __future__ import annotations

import os
import select
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import monotonic, process_time
from typing import Any, Final

from greenlet import getcurrent, greenlet

from transformer.engines.base import OutOfTime
from transformer.wire.calls import Call, CallError, CallKind, Reply, read_reply, reply_id, write_call
from transformer.wire.frames import HEAD_BYTES, LOST_HOST, FrameError, Kind, parse_head
from transformer.worker import progress
from transformer.worker.metadata import Metadata
from transformer.worker.outbox import Outbox
from transformer.worker.progress import ENCODING

__all__ = ["Calls"]

_PIECE: Final = 1 << 16
_EVERY_EVENT: Final = -1


class _Lane:
    """One event after the other. `open` are the calls of the present one, `answers` those that came back and were not taken."""

    __slots__ = ("answers", "at", "happened", "open", "ran", "run", "since", "stuck", "until")

    def __init__(self, run: greenlet) -> None:
        self.run = run
        self.open: set[int] = set()
        self.answers: deque[Reply] = deque()
        self.until: float | None = None
        self.happened = 0
        self.stuck = False
        self.at = (0, 0)
        self.ran = 0.0
        """How long its event has run until it went on at `since`, in time of the processor: the machine may stand still."""
        self.since = 0.0

    def forget(self) -> None:
        """The event is over: nobody waits for what it left."""
        self.open.clear()
        self.answers.clear()


class Calls:
    """All host calls of a worker, turn by turn."""

    def __init__(
        self,
        descriptor: int,
        frame_bytes: int,
        mark: memoryview,
        outbox: Outbox,
        send: Callable[[Kind, Sequence[bytes]], None],
    ) -> None:
        self._descriptor = descriptor
        self._frame_bytes = frame_bytes
        self._mark = mark
        self._outbox = outbox
        self._send = send
        self._last = 0
        self._main = _Lane(getcurrent())
        self._poll: select.poll | None = None
        self._metadata: Metadata | None = None
        self.start(0)

    def start(self, events: int) -> None:
        """A turn over so many events begins."""
        self._events = events
        self._asked: dict[int, _Lane] = {}
        self._in_flight = 0
        self._unsent: deque[Call] = deque()
        self._total = 0
        self._of_event: Counter[int] = Counter()
        self._lanes: dict[greenlet, _Lane] = {}
        self._ready: deque[_Lane] = deque()
        self._sleeping: set[_Lane] = set()
        self._watching: list[_Lane] = []
        self._happened = 0
        self._main.forget()
        self.waited_us: int | None = None
        """How long all of the turn has waited for the host; None: it has asked for nothing."""
        self.most_lanes = 1
        """How many events were at work together, at most."""
        self._at_work = 0

    # ------------------------------------------------------------------------------------------------------- events in lanes

    def overlap(self, events: Iterable[int], work: Callable[[Iterable[int]], None], metadata: Metadata) -> None:
        """Have `work` take each of `events`, in order, the next one wherever one waits. Returns when all are done.

        `work` is called several times, and takes what is left each time.
        """
        self._main = _Lane(getcurrent())
        self._metadata = metadata
        left = iter(events)
        hub, done = self._main.run, False

        def lane() -> None:
            nonlocal done
            run = getcurrent()
            work(self._taken(left, self._lanes[run]))
            done = True
            del self._lanes[run]

        while True:
            if self._ready:
                self._ready.popleft().run.switch()
            elif not done and len(self._lanes) < self._outbox.limits.calls_in_flight:
                fresh = _Lane(greenlet(lane, hub))
                self._lanes[fresh.run] = fresh
                fresh.run.switch()
            elif self._sleeping:
                self._wait_for_any()
            elif self._watching:
                stuck = self._watching.pop(0)
                stuck.stuck = True
                stuck.run.switch()
            else:
                return
            if self._watching:
                self._wake_watchers()

    def _taken(self, events: Iterator[int], lane: _Lane) -> Iterator[int]:
        for event in events:
            lane.ran, lane.since = 0.0, process_time()
            self._at_work += 1
            self.most_lanes = max(self.most_lanes, self._at_work)
            yield event
            self._at_work -= 1
            lane.forget()
            self._happened += 1

    def _wake_watchers(self) -> None:
        awake = [lane for lane in self._watching if lane.happened != self._happened]
        if awake:
            self._watching = [lane for lane in self._watching if lane.happened == self._happened]
            self._ready.extend(awake)

    # ---------------------------------------------------------------------------------------------------------- asking, waiting

    def ask(self, kind: CallKind, arguments: Mapping[str, Any]) -> int:
        """Send a call for the event at work. Returns its id. Raises CallError if it may not be."""
        limits, at = self._outbox.limits, self._mark[0]
        event = at & ~ENCODING if at < progress.WAITING else None
        most = limits.event_calls if event is not None else limits.event_calls * max(1, self._events)
        counted = _EVERY_EVENT if event is None else event
        lane = self._lanes.get(getcurrent(), self._main)
        if lane is not self._main and lane.ran + process_time() - lane.since > limits.event_seconds:
            # The host begins anew after each call: it sees too little of an event that runs for moments only.
            raise OutOfTime(f"the event ran longer than {limits.event_seconds:g} s")
        if self._of_event[counted] >= most or self._total >= limits.batch_calls:
            name, limit = ("event_calls", most) if self._of_event[counted] >= most else ("batch_calls", limits.batch_calls)
            raise CallError("busy", f"the code has made {limit} host calls, which is as many as it may ({name})")
        call = Call(self._last + 1, event, self._mark[1], kind, dict(arguments))
        if (size := sum(map(len, write_call(call)))) > limits.call_bytes:
            raise CallError(
                "too_large", f"the arguments of {kind} have {size} bytes; the limit is {limits.call_bytes} (call_bytes)"
            )
        self._last += 1
        self._total += 1
        self._of_event[counted] += 1
        lane.open.add(call.id)
        self._asked[call.id] = lane
        if self._in_flight < limits.calls_in_flight:
            self._put(call)
        else:
            self._unsent.append(call)
        return call.id

    def next(self, until: float | None = None, *, here: bool = False) -> Reply | None:
        """See `Host.next`. `here`: nothing else may run meanwhile."""
        lane = self._lanes.get(getcurrent(), self._main)
        here = here or lane is self._main
        while not lane.answers:
            if until is not None and monotonic() >= until:
                return None
            if here and (lane.open or until is not None):
                self._wait_here(lane, until)
            elif lane.open or until is not None:
                lane.until = until
                self._sleeping.add(lane)
                self._switch(lane)
            elif here:
                raise LookupError
            else:
                lane.happened = self._happened
                self._watching.append(lane)
                self._switch(lane)
                if lane.stuck:
                    lane.stuck = False
                    raise LookupError
                return None
        return lane.answers.popleft()

    def _put(self, call: Call) -> None:
        self._in_flight += 1
        # Written again where it had to wait: seldom, and its arguments are the caller's to keep as they are.
        self._send(Kind.CALL, write_call(call))

    def _switch(self, lane: _Lane) -> None:
        """Let others run; and be the one at work again afterwards."""
        mark, outbox, metadata = self._mark, self._outbox, self._metadata
        if metadata is None:
            raise LookupError
        lane.at = at, step = mark[0], mark[1]
        event, value, index, asked = outbox.current, metadata.current, metadata.index, bool(lane.open)
        lane.ran += process_time() - lane.since
        self._main.run.switch()
        lane.since = process_time()
        metadata.current, metadata.index = value, index
        outbox.current = event
        mark[1] = step
        mark[0] = at
        if asked:
            mark[2] = (mark[2] + 1) & 0xFFFFFFFF

    # ------------------------------------------------------------------------------------------------------------ the socket

    def _wait_here(self, lane: _Lane, until: float | None) -> None:
        """Until the lane has an answer, or the time has come."""
        mark, asked = self._mark, bool(lane.open)
        at = mark[0]
        if asked:
            mark[0] = progress.WAITING
        while not lane.answers and (until is None or monotonic() < until):
            self._go_on(until)
        if asked:  # otherwise it slept, which is the event's own time
            mark[0] = at
            mark[2] = (mark[2] + 1) & 0xFFFFFFFF

    def _wait_for_any(self) -> None:
        """Until a lane that sleeps can go on; it is ready then."""
        sleeping = self._sleeping
        until = min((lane.until for lane in sleeping if lane.until is not None), default=None)
        if any(lane.open for lane in sleeping):
            self._mark[0] = progress.WAITING
        else:  # a timer is its event's own time
            self._mark[0], self._mark[1] = next(lane.at for lane in sleeping if lane.until == until)
        while not self._ready:
            if until is not None and monotonic() >= until:
                now = monotonic()
                for lane in [lane for lane in sleeping if lane.until is not None and lane.until <= now]:
                    self._awake(lane)
                return
            self._go_on(until)

    def _go_on(self, until: float | None) -> None:
        """Wait for one answer and take it, but not beyond `until`."""
        since, outbox = monotonic(), self._outbox
        if outbox.events:
            # What is settled already is not at risk, whatever becomes of the worker while it waits.
            if monotonic() >= outbox.flush_at:
                outbox.flush()
            else:
                until = outbox.flush_at if until is None else min(until, outbox.flush_at)
        if until is not None:
            if self._poll is None:
                self._poll = select.poll()
                self._poll.register(self._descriptor, select.POLLIN)
            if not self._poll.poll(max(1.0, 1000 * (until - monotonic()))):
                self._note_wait(since)
                return
        self._receive()
        self._note_wait(since)

    def _note_wait(self, since: float) -> None:
        if self._total:  # else a timer was all that it waited for
            self.waited_us = (self.waited_us or 0) + round((monotonic() - since) * 1_000_000)

    def _awake(self, lane: _Lane) -> None:
        if lane in self._sleeping:
            self._sleeping.discard(lane)
            self._ready.append(lane)

    def _receive(self) -> None:
        """Take one answer. The lane that waits for it, if one does, is ready then."""
        try:
            kind, size = parse_head(self._filled(bytearray(HEAD_BYTES)), self._frame_bytes)
            if kind is not Kind.REPLY:
                raise FrameError(f"{kind.name} while the worker waits for an answer")
            reply = self._read(size)
        except FrameError:
            os._exit(LOST_HOST)  # as where there is no host any more
        self._in_flight -= 1
        while self._unsent and self._in_flight < self._outbox.limits.calls_in_flight:
            self._put(self._unsent.popleft())
        lane = self._asked.pop(reply.id, None)
        if lane is not None and reply.id in lane.open:
            lane.open.discard(reply.id)
            lane.answers.append(reply)
            self._happened += 1
            self._awake(lane)

    def _read(self, size: int) -> Reply:
        """An answer; for one that does not fit into the memory, one that says so."""
        number, left = 0, size
        try:
            body = bytearray(size)
            left = 0
            number = reply_id(self._filled(body))
            return read_reply(body)
        except MemoryError:
            while left:
                piece = self._filled(bytearray(min(_PIECE, left)))
                number = reply_id(piece) if left == size else number
                left -= len(piece)
        told = f"the answer of {size} bytes does not fit the memory that is left of {self._outbox.limits.memory_bytes} bytes"
        return Reply(number, error=CallError("too_large", told))

    def _filled(self, body: bytearray) -> bytearray:
        view, at = memoryview(body), 0
        while at < len(body):
            try:
                got = os.readv(self._descriptor, (view[at:],))
            except OSError:
                got = 0
            if not got:
                os._exit(LOST_HOST)  # there is no host any more, and code that waits here must not hear of it
            at += got
        return body
