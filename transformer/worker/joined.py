"""A turn of one step whose outputs come from several events each: batches for a router. Programs of our own only.

All events are one unit, as those of a batch function: what fails as a whole fails for every one of them. But where the program
says which of them it is at, that one alone has to answer for its time and memory, and the others run again without it.
"""

from __future__ import annotations

from typing import Any

from transformer.engines.base import Program
from transformer.engines.joined import Joined
from transformer.errors import Code
from transformer.wire.turns import Turn
from transformer.worker import progress
from transformer.worker.json_values import EventError, OutputError, decode, encode
from transformer.worker.outbox import Outbox

__all__ = ["run_joined"]


def run_joined(program: Program, turn: Turn, mark: memoryview, outbox: Outbox) -> None:
    """Give every event of the turn its outcome."""
    events, indexes = _readable(turn, mark, outbox)
    if not events:
        return
    outbox.flush()  # what has failed already is not the others' fault
    mark[0], outbox.current = progress.BATCH, indexes[0]

    def at(place: int | None) -> None:
        mark[0] = progress.BATCH if place is None else indexes[place]

    try:
        made: list[Joined] = program.call(events, at)
        payloads = _payloads(made, len(events), outbox)
    except OutputError as wrong:
        for index in indexes:
            outbox.fail(index, wrong.code, wrong.message, step=0)
    except BaseException as raised:  # noqa: BLE001 - whatever it is, it is every event's
        for index in indexes:
            outbox.raised(index, 0, program, raised)
    else:
        for one, payload in zip(made, payloads, strict=True):
            outbox.emit_joined([indexes[place] for place in one.places], payload)
            outbox.flush_if_due()


def _readable(turn: Turn, mark: memoryview, outbox: Outbox) -> tuple[list[dict[str, Any]], list[int]]:
    """The events that are JSON objects, and their indexes. The others have failed."""
    events, indexes = [], []
    for i in range(len(turn.offsets) - 1):
        mark[0] = outbox.current = i
        try:
            events.append(decode(turn.payloads[turn.offsets[i] : turn.offsets[i + 1]], outbox.limits.event_bytes))
            indexes.append(i)
        except EventError as wrong:
            outbox.fail(i, wrong.code, wrong.message)
    return events, indexes


def _payloads(made: list[Joined], count: int, outbox: Outbox) -> list[bytes]:
    """The outputs' bytes. Raises OutputError: they do not cover each event once, or are more than the limits allow."""
    if sorted(place for one in made for place in one.places) != list(range(count)):
        raise OutputError(Code.OUTPUT_UNKNOWN, "the outputs do not cover each event once")
    limits = outbox.limits
    payloads = [encode(one.value) for one in made]
    # Together they may be as large as each by itself.
    if any(len(payload) > len(one.places) * limits.output_bytes for payload, one in zip(payloads, made, strict=True)):
        raise OutputError(Code.OUTPUT_LIMIT, f"an output exceeds {limits.output_bytes} bytes for each of its events")
    if sum(map(len, payloads)) > outbox.room:
        raise OutputError(Code.OUTPUT_LIMIT, f"the outputs of the batch exceed {limits.batch_output_bytes} bytes")
    return payloads
