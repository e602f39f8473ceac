"""Run the steps of a turn over its events: decode once, call user code, judge what it returned, encode once.

Event functions run event by event through all steps, so that finished events can leave early. As soon as a batch function is
among the steps, the turn runs step by step, and nothing leaves before the end. An event that came apart into several on its
way fails as a whole if any part of it fails: a retry would otherwise double the other parts.

What a function may return. transformEvent: a dict; a list of dicts, each one an output; None or an empty list, which drops
the event. transformBatch: a list of dicts, each of which belongs to the event that it is (the same object), or else to the
event with its messageId; the k-th output with an id belongs to the k-th event with that id; events without output are
dropped. None drops them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from transformer.engines.base import Many, Program
from transformer.errors import Code
from transformer.limits import JSON_DEPTH
from transformer.wire.turns import Turn
from transformer.worker import progress
from transformer.worker.attribution import attribute, message_id
from transformer.worker.hostcalls import Calls
from transformer.worker.joined import run_joined
from transformer.worker.json_values import (
    EventError,
    OutputError,
    decode,
    encode,
    encode_finite,
    events_of,
    handed_over,
    too_deep,
)
from transformer.worker.lines import Handover, raised, run_lines, values
from transformer.worker.metadata import Metadata
from transformer.worker.outbox import Outbox
from transformer.worker.progress import ENCODING

__all__ = ["run_turn"]


def run_turn(programs: list[Program], turn: Turn, mark: memoryview, outbox: Outbox, host_calls: Calls | None = None) -> None:
    """Give every event of the turn its outcome in `outbox`. With `host_calls`, events go on while others wait for the host."""
    metadata = Metadata(turn)
    mark[1] = 0
    if host_calls is not None and all(program.entry_point == "transformEvent" and program.many is None for program in programs):

        def work(events: Iterable[int]) -> None:
            _event_steps(programs, turn, metadata, mark, outbox, events)

        host_calls.overlap(range(len(turn.offsets) - 1), work, metadata)
    elif len(programs) == 1 and programs[0].entry_point == "joined":
        run_joined(programs[0], turn, mark, outbox)
    elif len(programs) == 1 and programs[0].entry_point == "transformEvent":
        if (many := programs[0].many) is None:
            _one_step(programs[0], turn, metadata, mark, outbox)
        else:
            run_lines(programs[0], many, turn, metadata, mark, outbox)
    elif all(program.entry_point == "transformEvent" and program.many is None for program in programs):
        _event_steps(programs, turn, metadata, mark, outbox, range(len(turn.offsets) - 1))
    else:
        _batch_steps(programs, turn, metadata, mark, outbox, host_calls)


def _one_step(program: Program, turn: Turn, metadata: Metadata, mark: memoryview, outbox: Outbox) -> None:
    """The common case, spelled out: every line here runs once per event.

    Neighbours that are emitted as one output each, or dropped, gather as a run and are settled together.
    """
    call, raw, lookup, written = program.call, program.raw, metadata.lookup, encode_finite if program.finite else encode
    event_bytes, output_bytes = outbox.limits.event_bytes, outbox.limits.output_bytes
    payloads, sizes, left = outbox.payloads, outbox.sizes, outbox.left
    first, dropped = 0, list[int]()
    for i, given in enumerate(turn.events()):
        mark[0] = outbox.current = i
        try:
            returned: Any = NotImplemented if raw is None else _unread(raw, given, event_bytes, i, metadata)
            if returned is NotImplemented:
                event = decode(given, event_bytes)
                metadata.current, metadata.index = event, i
                returned = call(event, lookup)
            mark[0] = i + ENCODING
            if type(returned) is dict:
                payload: bytes | None = written(returned)
            else:
                payload = returned if raw is not None and type(returned) is bytes else None
            if payload is not None and (size := len(payload)) <= output_bytes and size <= left:
                payloads += payload
                sizes.append(size)
                left -= size
            elif returned is None:
                dropped.append(i)
            else:
                outbox.settle_run(first, i, dropped)
                first = i + 1
                _emit(i, list(map(written, events_of(returned))) if payload is None else [payload], outbox)
            if first <= i and monotonic() <= outbox.flush_at:
                continue
            outbox.settle_run(first, i + 1, dropped)
        except EventError as wrong:
            outbox.settle_run(first, i, dropped)
            outbox.fail(i, wrong.code, wrong.message)
        except OutputError as wrong:
            outbox.settle_run(first, i, dropped)
            _fail_output(i, wrong, 0, turn, outbox)
        except BaseException as raised:  # noqa: BLE001 - user code raises what it likes
            outbox.settle_run(first, i, dropped)
            outbox.raised(i, 0, program, raised)
        outbox.flush_if_due()
        payloads, sizes, left = outbox.payloads, outbox.sizes, outbox.left
        first, dropped = i + 1, []
    outbox.settle_run(first, len(turn.sizes), dropped)


def _unread(raw: Callable[[bytes, Any], Any], given: bytes, limit: int, index: int, metadata: Metadata) -> Any:
    """What the program's own door makes of an event that may be one; NotImplemented if it may not."""
    if len(given) > limit:
        return NotImplemented
    metadata.current, metadata.index = given, index
    return raw(given, metadata.lookup)


def _emit(index: int, payloads: list[bytes], outbox: Outbox, step: int = 0) -> None:
    """Without payloads, it is dropped, by that step."""
    if payloads:
        outbox.emit(index, payloads)
    else:
        outbox.drop(index, step=step)


def _event_steps(
    programs: list[Program], turn: Turn, metadata: Metadata, mark: memoryview, outbox: Outbox, events: Iterable[int]
) -> None:
    payloads, offsets, limit = turn.payloads, turn.offsets, outbox.limits.event_bytes
    text, written = programs[0].raw is not None, encode_finite if all(program.finite for program in programs) else encode
    for i in events:
        mark[0] = outbox.current = i
        step = 0
        try:
            given = payloads[offsets[i] : offsets[i + 1]]
            values: list[Any] = [bytes(given) if text and len(given) <= limit else decode(given, limit)]
            for step, program in enumerate(programs):
                mark[1] = step
                if len(values) == 1:
                    values = _call(program, values[0], i, metadata)
                else:
                    values = [part for value in values for part in _call(program, value, i, metadata)]
                if not values:
                    break
                if len(values) > outbox.limits.event_outputs:
                    raise OutputError(Code.OUTPUT_LIMIT, f"more than {outbox.limits.event_outputs} outputs of one event")
                if _hands_over_text(programs, step):
                    mark[0] = i + ENCODING
                    values = [value if type(value) is bytes else encode(value) for value in values]
                    mark[0] = i
            mark[0] = i + ENCODING
            _emit(i, [value if type(value) is bytes else written(value) for value in values], outbox, step)
        except EventError as wrong:
            outbox.fail(i, wrong.code, wrong.message)
        except OutputError as wrong:
            _fail_output(i, wrong, step, turn, outbox)
        except BaseException as raised:  # noqa: BLE001 - user code raises what it likes
            outbox.raised(i, step, programs[step], raised)
        outbox.flush_if_due()


def _hands_over_text(programs: list[Program], step: int) -> bool:
    """Whether the next step takes events as text: what JSON cannot say is then the fault of this one, not of that one."""
    return step + 1 < len(programs) and programs[step + 1].text_only


def _call(program: Program, value: dict[str, Any] | bytes, index: int, metadata: Metadata) -> list[Any]:
    """The outputs of one call: values, or JSON as bytes where the program has that. So may `value` be."""
    metadata.current, metadata.index = value, index
    if type(value) is bytes:
        returned = NotImplemented if program.raw is None else program.raw(value, metadata.lookup)
        if type(returned) is bytes:
            return [returned]
        if returned is NotImplemented:
            return _call(program, decode(value, len(value)), index, metadata)
    else:
        returned = program.call(value, metadata.lookup)
    return [returned] if type(returned) is dict else events_of(returned)


def _fail_output(index: int, wrong: OutputError, step: int, turn: Turn, outbox: Outbox) -> None:
    if wrong.deep and too_deep(turn.payloads[turn.offsets[index] : turn.offsets[index + 1]]):
        outbox.fail(index, Code.EVENT_TOO_DEEP, f"the event is nested deeper than {JSON_DEPTH} levels")
    else:
        outbox.fail(index, wrong.code, wrong.message, step=step)


class _Item:
    """An event on its way through the steps: the value and the input event that it came from."""

    __slots__ = ("index", "value")

    def __init__(self, value: dict[str, Any], index: int) -> None:
        self.value = value
        self.index = index


def _batch_steps(
    programs: list[Program], turn: Turn, metadata: Metadata, mark: memoryview, outbox: Outbox, host_calls: Calls | None
) -> None:
    limit, open_events, items = outbox.limits.event_bytes, set(range(len(turn.offsets) - 1)), []
    for i in sorted(open_events):
        mark[0] = i
        try:
            items.append(_Item(decode(turn.payloads[turn.offsets[i] : turn.offsets[i + 1]], limit), i))
        except EventError as wrong:
            open_events.discard(i)
            outbox.fail(i, wrong.code, wrong.message)
    droppers: dict[int, int] = {}
    for step, program in enumerate(programs):
        mark[1] = step
        if program.entry_point == "transformBatch":
            outbox.flush()  # what has failed already is not the batch function's fault, whatever it does
            mark[0] = progress.BATCH
            items = _batch(program, step, items, open_events, turn, metadata, outbox)
        elif program.many is not None:
            items = _lines(program, program.many, step, items, open_events, turn, metadata, mark, outbox)
        else:
            items = _each(program, step, items, open_events, metadata, mark, outbox, host_calls)
        if _hands_over_text(programs, step):
            items = [item for item in items if _hand_over(item, program, step, open_events, mark, outbox)]
        if len(programs) > 1:
            for index in open_events.difference(droppers, map(_index, items)):
                droppers[index] = step
    _encode_all(items, sorted(open_events), droppers, len(programs) - 1, turn, mark, outbox)


def _batch(
    program: Program, step: int, items: list[_Item], open_events: set[int], turn: Turn, metadata: Metadata, outbox: Outbox
) -> list[_Item]:
    """Call a batch function. If it fails, every event that is still open fails, in one way."""
    if not items:
        return []
    outbox.current = items[0].index
    metadata.remember(items)
    message_ids = [message_id(item.value) for item in items]
    try:
        returned = program.call([item.value for item in items], metadata.lookup)
        adopts = bool(turn.head.get("adopts"))
        owned = attribute(returned, items, message_ids, outbox.limits.event_outputs, adopts=adopts)
    except OutputError as wrong:
        for index in sorted(open_events):
            outbox.fail(index, wrong.code, wrong.message, step=step)
    except EventError as wrong:
        for index in sorted(open_events):
            outbox.fail(index, wrong.code, wrong.message)
    except BaseException as raised:  # noqa: BLE001 - user code raises what it likes
        for index in sorted(open_events):
            outbox.raised(index, step, program, raised)
    else:
        return [_Item(value, index) for value, index in owned]
    open_events.clear()
    return []


def _each(
    program: Program,
    step: int,
    items: list[_Item],
    open_events: set[int],
    metadata: Metadata,
    mark: memoryview,
    outbox: Outbox,
    host_calls: Calls | None,
) -> list[_Item]:
    """Call an event function for each item whose event is still open."""
    results: dict[int, list[_Item]] = {}

    def work(places: Iterable[int]) -> None:
        for place in places:
            item = items[place]
            index = item.index
            if index not in open_events:
                continue
            mark[0] = outbox.current = index
            mark[1] = step
            try:
                results[place] = [_Item(value, index) for value in _call(program, item.value, index, metadata)]
            except BaseException as what:  # noqa: BLE001 - user code raises what it likes
                if index not in open_events:  # another part of it failed meanwhile
                    continue
                open_events.discard(index)
                if isinstance(what, OutputError):
                    outbox.fail(index, what.code, what.message, step=step)
                elif isinstance(what, EventError):
                    outbox.fail(index, what.code, what.message)
                else:
                    outbox.raised(index, step, program, what)

    if host_calls is None:
        work(range(len(items)))
    else:
        host_calls.overlap(range(len(items)), work, metadata)
    return [result for place in sorted(results) for result in results[place]]


def _lines(
    program: Program,
    many: Many,
    step: int,
    items: list[_Item],
    open_events: set[int],
    turn: Turn,
    metadata: Metadata,
    mark: memoryview,
    outbox: Outbox,
) -> list[_Item]:
    """Hand the items whose events are still open to a function that takes lines."""
    items = [item for item in items if item.index in open_events]
    events = [encode(item.value) for item in items]  # if JSON cannot say one, its event has failed before
    indexes = [item.index for item in items]
    results: list[_Item] = []
    for places, found in Handover(program, many, events, indexes, metadata, mark, outbox, alone=turn.alone).calls():
        for nth, at in enumerate(places):
            index = indexes[at]
            if index not in open_events:
                continue
            try:
                if not isinstance(found, list):
                    raise found
                results.extend(_Item(value, index) for value in values(many, found[nth]))
            except (EventError, OutputError) as wrong:
                open_events.discard(index)
                outbox.fail(index, wrong.code, wrong.message, step=step if isinstance(wrong, OutputError) else None)
            except BaseException as what:  # noqa: BLE001 - a verdict, or what the code made of itself
                open_events.discard(index)
                raised(index, step, program, what, outbox)
    return sorted(results, key=_index)


def _index(item: _Item) -> int:
    return item.index


def _hand_over(item: _Item, program: Program, step: int, open_events: set[int], mark: memoryview, outbox: Outbox) -> bool:
    """Make the item's value plain. False where JSON cannot say it: its event has failed."""
    mark[0] = item.index + ENCODING
    try:
        item.value = handed_over(item.value, program.text_only)
    except OutputError as wrong:
        if item.index in open_events:
            open_events.discard(item.index)
            outbox.fail(item.index, wrong.code, wrong.message, step=step)
        return False
    return True


def _encode_all(
    items: list[_Item],
    open_events: list[int],
    droppers: dict[int, int],
    step: int,
    turn: Turn,
    mark: memoryview,
    outbox: Outbox,
) -> None:
    values: dict[int, list[dict[str, Any]]] = {}
    for item in items:
        values.setdefault(item.index, []).append(item.value)
    for index in open_events:
        mark[0] = index + ENCODING
        try:
            _emit(index, [encode(value) for value in values.get(index, ())], outbox, droppers.get(index, 0))
        except OutputError as wrong:
            _fail_output(index, wrong, step, turn, outbox)
        except MemoryError:
            outbox.worn = True
            outbox.fail(index, Code.MEMORY_LIMIT, "the output does not fit the memory limit", step=step)
        outbox.flush_if_due()
