"""Where a turn's outcomes gather, until a chunk of them is sent.

Chunks leave when they are large or old enough, so that a worker that is killed later in the turn takes little finished work
with it, and so that the common batch leaves as one.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from time import monotonic
from typing import Any, Final

from transformer.engines.base import Drop, Explained, Invalid, LoadError, OutOfTime, Program, Retry, Unavailable
from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Place, Status
from transformer.wire.frames import Kind
from transformer.wire.turns import MANY, write_chunk
from transformer.worker.json_values import OutputError

__all__ = ["CHUNK_BYTES", "CHUNK_SECONDS", "Outbox"]

CHUNK_BYTES: Final = 256 * 1024
CHUNK_SECONDS: Final = 0.05
_TEXT_CHARACTERS: Final = 1024


class Outbox:
    """Outcomes of the running turn that were not sent yet, and what the turn has used up of its limits."""

    def __init__(self, send: Callable[[Kind, Sequence[bytes | bytearray]], None]) -> None:
        self._send = send
        self.limits = Limits()
        self.worn = False
        self.current = 0
        """The event that log lines belong to."""
        self.counts: Counter[str] = Counter()
        """See `wire.turns.COUNTED`."""
        self._keep_logs = False
        self._sent_bytes = 0
        self._clear()

    def begin(self, *, keep_logs: bool) -> None:
        """Start a turn, under the `limits` that are set."""
        self._keep_logs = keep_logs
        if self.counts:
            self.counts.clear()
        self._sent_bytes = 0
        self.flush_at = monotonic() + CHUNK_SECONDS
        if self.events or self._head:
            self._clear()

    def _clear(self) -> None:
        self.events = array("I")
        self.statuses = bytearray()
        self.sizes = array("I")
        self.inputs = array("I")
        # One buffer: an output that was copied into it can be freed while it is still in the processor's cache. Keeping a list
        # of them was measured at 1 µs more per event of 1 KB.
        self.payloads = bytearray()
        self._head: dict[str, dict[int, Any]] = {}
        self._logged: dict[int, int] = {}
        self.flush_at = monotonic() + CHUNK_SECONDS

    def count(self, what: str) -> None:
        """One more of `what`, one of `wire.turns.COUNTED`."""
        self.counts[what] += 1

    def log(self, line: str) -> None:
        """Keep one line for the current event, within the limits. Called by user code through its engine; never raises."""
        self.count("logs")
        if not self._keep_logs:
            return
        lines: list[str] = self._head.setdefault("logs", {}).setdefault(self.current, [])
        logged = self._logged.get(self.current, 0) if lines else 0
        if len(lines) > self.limits.log_lines:
            return
        if len(lines) == self.limits.log_lines or logged >= self.limits.log_bytes:
            if not lines or lines[-1] != "(more was logged than is kept)":
                lines.append("(more was logged than is kept)")
            return
        line = _clean(line, self.limits.log_bytes - logged)
        self._logged[self.current] = logged + len(line) + 1
        lines.append(line)

    @property
    def room(self) -> int:
        """How many bytes of output the batch may still have."""
        return self.limits.batch_output_bytes - self._sent_bytes - len(self.payloads)

    @property
    def left(self) -> int:
        """How many of them still go into the chunk that gathers."""
        return min(self.room, CHUNK_BYTES - len(self.payloads))

    def emit_run(self, end: int, count: int) -> None:
        """The `count` events before `end` are emitted, as one output each: the last ones in `payloads`, within the limits."""
        if count:
            run = array("I", range(end - count, end))
            self.events += run
            self.statuses += b"\x01" * count
            self.inputs += run

    def settle_run(self, first: int, end: int, dropped: Collection[int]) -> None:
        """The events from `first` to before `end` are emitted, as `emit_run` has it, but for those that are `dropped`."""
        if not dropped:
            self.emit_run(end, max(0, end - first))
        elif first < end:
            run, statuses = range(first, end), bytearray(b"\x01" * (end - first))
            for i in dropped:
                statuses[i - first] = Status.DROPPED
            self.events.extend(run)
            self.statuses += statuses
            self.inputs.extend(sorted({*run}.difference(dropped)))

    def emit(self, event: int, payloads: list[bytes]) -> None:
        """`event` is emitted, as these outputs.

        Raises:
            OutputError: they are more than the limits allow; nothing was emitted.
        """
        if len(payloads) == 1 and (size := len(payloads[0])) <= self.limits.output_bytes and size <= self.room:
            self.payloads += payloads[0]  # nearly always, and so at half the price
            self.sizes.append(size)
            self.events.append(event)
            self.statuses += b"\x01"
            self.inputs.append(event)
            return
        limits, sizes = self.limits, list(map(len, payloads))
        if max(sizes) > limits.output_bytes:
            raise OutputError(Code.OUTPUT_LIMIT, f"an output has {max(sizes)} bytes; the limit is {limits.output_bytes}")
        if len(sizes) > limits.event_outputs:
            raise OutputError(Code.OUTPUT_LIMIT, f"{len(sizes)} outputs of one event; the limit is {limits.event_outputs}")
        if sum(sizes) > self.room:
            raise OutputError(Code.OUTPUT_LIMIT, f"the outputs of the batch exceed {limits.batch_output_bytes} bytes")
        self.payloads += b"".join(payloads)
        self.sizes.extend(sizes)
        self.events.append(event)
        self.statuses.append(Status.EMITTED)
        self.inputs.extend([event] * len(sizes))

    def emit_joined(self, events: list[int], payload: bytes) -> None:
        """`events`, ascending, are emitted as this one output, which is within the limits."""
        self.events.extend(events)
        self.statuses.extend(b"\x01" * len(events))
        if len(events) == 1:
            self.inputs.append(events[0])
        else:
            self._head.setdefault("inputs", {})[len(self.inputs)] = events
            self.inputs.append(MANY)
        self.sizes.append(len(payload))
        self.payloads += payload

    def drop(self, event: int, reason: str = "", *, step: int = 0) -> None:
        """`event` is dropped, by the step of this index."""
        self.events.append(event)
        self.statuses.append(Status.DROPPED)
        if reason:
            self._head.setdefault("reasons", {})[event] = reason
        if step:
            self._head.setdefault("droppers", {})[event] = step

    def fail(
        self,
        event: int,
        code: Code,
        message: str,
        *,
        step: int | None = None,
        place: Place | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        """`event` failed."""
        self.events.append(event)
        self.statuses.append(Status.FAILED)
        where = None if place is None else (place.line, place.column, place.function)
        self._head.setdefault("failures", {})[event] = (int(code), message, where, step, retry_after_seconds)

    def raised(self, event: int, step: int, program: Program, raised: BaseException) -> None:
        """`event` ended with an exception of user code: dropped, or failed in the way that the exception says."""
        if isinstance(raised, Drop):
            self.drop(event, _text(raised.reason), step=step)
            return
        explained = program.explain(raised)
        if isinstance(raised, Invalid):
            explained = Explained(Code.INVALID, _text(raised.message) or "the code called the event invalid", explained.place)
        elif isinstance(raised, Unavailable):
            explained = Explained(Code.CALL_UNAVAILABLE, raised.message, explained.place)
        elif isinstance(raised, OutOfTime):
            explained = Explained(Code.TIME_LIMIT, raised.message, explained.place)
        elif isinstance(raised, Retry):
            explained = Explained(Code.RETRY, _text(raised.reason) or "the code asked for a retry", explained.place)
        if explained.code is Code.MEMORY_LIMIT:
            self.worn = True
        after = _seconds(raised.after_seconds) if isinstance(raised, Retry) else None
        self.fail(event, explained.code, explained.message, step=step, place=explained.place, retry_after_seconds=after)

    def fail_all(self, events: Iterable[int], step: int, cause: LoadError) -> None:
        """Every one of `events` fails because a version could not be loaded."""
        problem = cause.problems[0]
        place = Place(problem.line, problem.column) if problem.line else None
        for event in events:
            self.fail(event, Code.CODE_BROKEN, problem.message, step=step, place=place)

    def flush_if_due(self) -> None:
        """Send what has gathered, if it is large or old enough."""
        if len(self.payloads) > CHUNK_BYTES or monotonic() > self.flush_at:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered."""
        if chunk := self.take():
            self._send(Kind.CHUNK, chunk)

    def take(self) -> list[bytes | bytearray]:
        """What has gathered, as the body of a CHUNK frame; nothing has then. No parts if there is nothing."""
        if not self.events:
            return []
        settled = set(self.events) if "logs" in self._head else ()
        later = {event: lines for event, lines in self._head.get("logs", {}).items() if event not in settled}
        for event in later:
            del self._head["logs"][event]
        chunk = write_chunk(self.events, self.statuses, self.sizes, self.inputs, self.payloads, self._head)
        self._sent_bytes += len(self.payloads)
        self._clear()
        if later:
            self._head["logs"] = later
        return chunk


def _text(value: object) -> str:
    """What user code said, as bounded text."""
    if value is None:
        return ""
    try:
        return _clean(str(value), _TEXT_CHARACTERS)
    except Exception:  # noqa: BLE001 - __str__ is user code
        return "(it could not be said)"


def _clean(text: str, most: int) -> str:
    """At most `most` characters, without lone surrogates, which no encoder takes."""
    return str(text)[:most].encode("utf-8", "replace").decode("utf-8")


def _seconds(value: object) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 86_400:
        return float(value)
    return None
