"""Steps that take many events in one call, as lines of text: call, find the guilty if that fails, judge the answers.

Such a program still answers each event for itself. So when a call over several events fails as a whole (a trap, no time left,
too few answers), they are handed over again one by one, up to the first that fails alone; then the rest together again, once.
A batch in which every event fails costs two calls for each, and no more than a few of them may run out of time, as no batch
may cost more than a few workers.

Events go in and out as the bytes that they are: what the code leaves as it was is not written again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from time import monotonic
from typing import Any, Final

import orjson

from transformer.engines.base import Many, Program, StartError
from transformer.errors import Code
from transformer.limits import JSON_DEPTH, is_flat
from transformer.wire.turns import Turn
from transformer.worker import progress
from transformer.worker.json_values import EventError, OutputError, all_objects, decode, encode, events_of, too_deep
from transformer.worker.metadata import Metadata
from transformer.worker.outbox import CHUNK_BYTES, Outbox

__all__ = ["Handover", "raised", "run_lines", "values"]

_Told = tuple[list[int], list[bytes] | BaseException]
_MOST_EVENTS: Final = 500
_MOST_BYTES: Final = 4 * 1024 * 1024
"""What one call is given: the code's memory holds it several times over."""

_TOGETHER: Final = 2
"""So often events may fail together, in a turn, before each is tried for itself."""


def run_lines(program: Program, many: Many, turn: Turn, metadata: Metadata, mark: memoryview, outbox: Outbox) -> None:
    """A turn of one step, and that step takes lines."""
    events, indexes = _readable(turn, outbox)
    for places, found in Handover(program, many, events, indexes, metadata, mark, outbox, alone=turn.alone).calls():
        if isinstance(found, list):
            _settle(program, many, [events[at] for at in places], [indexes[at] for at in places], found, outbox)
        else:
            for at in places:
                _fail(indexes[at], events[at], program, found, outbox)
            outbox.flush_if_due()


def _readable(turn: Turn, outbox: Outbox) -> tuple[list[bytes], list[int]]:
    """The events that are JSON objects, a line each, and their indexes. The others have failed."""
    limit, given = outbox.limits.event_bytes, list(turn.events())
    broken = turn.body.find(b"\n", turn.begin, turn.begin + turn.offsets[-1]) >= 0  # count is a tenth as fast
    if not broken and max(turn.sizes, default=0) <= limit and all_objects(given):
        return given, list(range(len(given)))
    events, indexes = [], []
    for i, event in enumerate(given):
        try:
            value = decode(event, limit)
        except EventError as wrong:
            outbox.fail(i, wrong.code, wrong.message)
            continue
        events.append(orjson.dumps(value) if broken and b"\n" in event else event)
        indexes.append(i)
    return events, indexes


def _settle(program: Program, many: Many, events: list[bytes], indexes: list[int], found: list[bytes], outbox: Outbox) -> None:
    """Judge the answers of one call. As in a turn of one step, neighbours with one output each are emitted together."""
    if _settled_at_once(events, indexes, found, outbox):
        return
    output_bytes = outbox.limits.output_bytes
    payloads, sizes, room, run, end = outbox.payloads, outbox.sizes, outbox.room, 0, 0
    for event, index, answer in zip(events, indexes, found, strict=True):
        if run and index != end:
            outbox.emit_run(end, run)
            run = 0
        try:
            outputs = _outputs(many, answer, event)
            if len(outputs) == 1 and (size := len(answer)) <= output_bytes and size <= room and outputs[0] is answer:
                payloads += answer
                sizes.append(size)
                room -= size
                run += 1
                end = index + 1
                if len(payloads) <= CHUNK_BYTES and monotonic() <= outbox.flush_at:
                    continue
                outbox.emit_run(end, run)
            else:
                outbox.emit_run(end, run)
                run = 0
                if outputs:
                    outbox.emit(index, outputs)
                else:
                    outbox.drop(index)
        except BaseException as what:  # noqa: BLE001 - a verdict, or what a guest made of itself
            outbox.emit_run(end, run)
            _fail(index, event, program, what, outbox)
        outbox.flush_if_due()
        payloads, sizes, room, run = outbox.payloads, outbox.sizes, outbox.room, 0
    outbox.emit_run(end, run)


def _settled_at_once(events: list[bytes], indexes: list[int], found: list[bytes], outbox: Outbox) -> bool:
    """Emit all, if each answer is one output and nothing is wrong: the common case, at half the price. Otherwise do nothing.

    What is as it came was looked at then.
    """
    end = indexes[-1] + 1
    sizes = list(map(len, found))
    if end - indexes[0] != len(indexes) or max(sizes) > outbox.limits.output_bytes or sum(sizes) > outbox.room:
        return False
    changed = [answer for answer, event in zip(found, events, strict=True) if answer != event] if found != events else []
    if not all_objects(changed) or not _all_flat(found):
        return False
    outbox.payloads += b"".join(found)
    outbox.sizes.extend(sizes)
    outbox.emit_run(end, len(found))
    outbox.flush_if_due()
    return True


def _all_flat(lines: list[bytes]) -> bool:
    """Whether none of the lines can be nested too deep: a look at the brackets that open, no more."""
    return all(map(is_flat, lines))


def _fail(index: int, event: bytes, program: Program, what: BaseException, outbox: Outbox) -> None:
    if isinstance(what, EventError):
        outbox.fail(index, what.code, what.message)
    elif not isinstance(what, OutputError):
        raised(index, 0, program, what, outbox)
    elif what.deep and too_deep(memoryview(event)):
        outbox.fail(index, Code.EVENT_TOO_DEEP, f"the event is nested deeper than {JSON_DEPTH} levels")
    else:
        outbox.fail(index, what.code, what.message, step=0)


class Handover:
    """The calls of one turn: what was learned in one counts for the next."""

    def __init__(
        self,
        program: Program,
        many: Many,
        events: Sequence[bytes],
        indexes: Sequence[int],
        metadata: Metadata,
        mark: memoryview,
        outbox: Outbox,
        *,
        alone: bool,
    ) -> None:
        """`indexes` are those of the events in the turn. `alone`: each in a call of its own, whatever that costs."""
        self._program = program
        self._many = many
        self._events = events
        self._indexes = indexes
        self._metadata = metadata
        self._mark = mark
        self._outbox = outbox
        # What an event burns is told apart from its neighbours only where there are none.
        self._together = 0 if alone or outbox.limits.event_fuel else _TOGETHER
        self._late = 0
        self._broken: StartError | None = None

    def calls(self) -> Iterator[_Told]:
        """Hand over all events: the places of some of them, and their answers, or what failed each, until all are told."""
        events = self._events
        if len(events) <= _MOST_EVENTS and sum(map(len, events)) <= _MOST_BYTES:
            yield from self._over(list(range(len(events))))
            return
        group: list[int] = []
        size = 0
        for at, event in enumerate(events):
            if group and (len(group) >= _MOST_EVENTS or size + len(event) > _MOST_BYTES):
                yield from self._over(group)
                group, size = [], 0
            group.append(at)
            size += len(event)
        yield from self._over(group)

    def _over(self, waiting: list[int]) -> Iterator[_Told]:
        """Hand over the events at these places."""
        while waiting:
            if self._broken is not None:
                yield waiting, self._broken
                return
            if self._together and len(waiting) > 1:
                self._outbox.flush()  # what is settled already is not at risk, whatever the code does
                self._mark[0] = progress.TOGETHER
                found = self._ask(waiting)
                if isinstance(found, (list, StartError)):
                    yield waiting, found
                    return
                self._together -= 1
            told = yield from self._each(waiting)
            waiting = waiting[told:]

    def _each(self, waiting: list[int]) -> Generator[_Told, None, int]:
        """Hand over one by one, up to the first that fails, or all if enough have failed. Returns how many are told."""
        for nth, at in enumerate(waiting):
            if self._late > self._outbox.limits.batch_kills:
                yield waiting[nth:], _NotReachedError(self._late)
                break
            self._mark[0] = self._indexes[at]
            found = self._ask([at])
            yield [at], found
            if isinstance(found, list):
                continue
            if self._program.explain(found).code is Code.TIME_LIMIT:
                self._late += 1
                self._together = 0
            if self._together or self._broken is not None:
                return nth + 1
        return len(waiting)

    def _ask(self, places: list[int]) -> list[bytes] | BaseException:
        """One call over these events: their answers, or what it raised. It has logged, unless it has to be done again."""
        many, indexes, outbox = self._many, self._indexes, self._outbox
        found: list[bytes] | BaseException
        try:
            found = many([self._events[at] for at in places], lambda: self._told(places))
        except StartError as broken:
            found = self._broken = broken
        except BaseException as what:  # noqa: BLE001 - a verdict, or what a guest made of itself
            found = what
        if many.logged and (len(places) == 1 or isinstance(found, list)):
            for place, line in sorted(many.logged, key=_place):
                outbox.current = indexes[places[place if place < len(places) else 0]]
                outbox.log(line)
        return found

    def _told(self, places: list[int]) -> bytes:
        """The metadata of these events, a line each."""
        return b"\n".join([orjson.dumps(self._metadata.of(self._indexes[at])) for at in places])


class _NotReachedError(EventError):
    def __init__(self, late: int) -> None:
        told = f"{late} events of the batch ran out of time, which is as many as may; this event was not reached"
        super().__init__(Code.BATCH_TIME, told)


def _place(logged: tuple[int, str]) -> int:
    return logged[0]


def _outputs(many: Many, answer: bytes, event: bytes) -> list[bytes]:
    """The payloads that an answer says. Raises OutputError for what is none, and the verdict, if it is one."""
    if answer[:1] != b"{":
        return [encode(value) for value in values(many, answer)]
    if answer != event:
        _object(answer)
    elif not is_flat(answer) and too_deep(memoryview(answer)):
        raise _too_deep()
    return [answer]


def values(many: Many, answer: bytes) -> list[dict[str, Any]]:
    """The outputs that an answer says, as values. Raises as `outputs` does."""
    if answer[:1] == b"{":
        return [_object(answer)]
    return events_of(many.value(answer))


def _object(answer: bytes) -> dict[str, Any]:
    """What an answer that begins like an object says."""
    try:
        value: dict[str, Any] = orjson.loads(answer)
    except orjson.JSONDecodeError as wrong:
        if "depth" in wrong.msg or "ecursion" in wrong.msg:
            raise _too_deep() from None
        told = f"the output is not JSON: {wrong.msg.partition(':')[0]} at character {wrong.pos}"
        raise OutputError(Code.OUTPUT_NOT_JSON, told) from None
    if not is_flat(answer) and too_deep(memoryview(answer)):
        raise _too_deep()
    return value


def _too_deep() -> OutputError:
    return OutputError(Code.OUTPUT_NOT_JSON, f"output: nested deeper than {JSON_DEPTH} levels", deep=True)


def raised(index: int, step: int, program: Program, what: BaseException, outbox: Outbox) -> None:
    """The event ended with an exception. A guest that had no memory left has taken nothing from the worker."""
    explained = program.explain(what)
    if explained.code is Code.MEMORY_LIMIT and not isinstance(what, MemoryError):
        outbox.fail(index, explained.code, explained.message, step=step, place=explained.place)
    else:
        outbox.raised(index, step, program, what)
