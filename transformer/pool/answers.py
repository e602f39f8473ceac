"""Put a worker's answer into the ledger, trusting nothing in it."""

from __future__ import annotations

from typing import Any

from transformer.errors import Code
from transformer.outcome import Failure, Ledger, Place, Status
from transformer.wire.frames import FrameError
from transformer.wire.turns import Chunk

__all__ = ["apply_chunk"]

_TEXT_CHARACTERS = 4096
_LINES = 100_000
_FAILED = int(Status.FAILED)
_GUEST_CODES = frozenset(
    {code for code in Code if code.value < 400 or code.value >= 600} - {Code.CRASHED}
    | {Code.CALL_UNAVAILABLE, Code.MAPPER_FAULT}
)
"""What a worker may say of its own events; the rest is the host's to say."""


def apply_chunk(ledger: Ledger, chunk: Chunk, indexes: list[int]) -> None:
    """Settle the chunk's events in the ledger; event i of the turn is `indexes[i]` of the batch.

    Raises:
        FrameError: something in the chunk is not what a worker may say. The ledger may hold the chunk's outcomes by then,
        never half an
            outcome; the worker must be ended.
        LedgerError: the outcomes do not fit the open events. Nothing was settled.
    """
    head = chunk.head
    whole = indexes[-1] == len(indexes) - 1  # the whole batch: the indexes are the same
    if whole and not head and _FAILED not in chunk.statuses:  # nothing to tell but outputs, as nearly always
        ledger.settle(chunk.events, chunk.statuses, chunk.payloads, chunk.inputs)
        return
    try:
        failures = {int(i): _failure(told) for i, told in (head.get("failures") or {}).items()}
        reasons = {int(i): _text(told) for i, told in (head.get("reasons") or {}).items()}
        droppers = {int(i): _number(step) for i, step in (head.get("droppers") or {}).items()}
        logs = {int(i): [_text(line) for line in lines[:_LINES]] for i, lines in (head.get("logs") or {}).items()}
        if whole:
            ours, inputs = chunk.events, chunk.inputs
        else:
            ours = [indexes[i] for i in chunk.events]
            inputs = [tuple(indexes[i] for i in sources) for sources in chunk.inputs]
            failures = {indexes[i]: failure for i, failure in failures.items()}
            reasons = {indexes[i]: reason for i, reason in reasons.items()}
            droppers = {indexes[i]: step for i, step in droppers.items()}
            logs = {indexes[i]: lines for i, lines in logs.items()}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as wrong:
        raise FrameError("a chunk says what a worker may not say") from wrong
    if failures or _FAILED in chunk.statuses:
        failed = [event for event, status in zip(ours, chunk.statuses, strict=True) if status == _FAILED]
        if len(failed) != len(failures) or any(event not in failures for event in failed):
            raise FrameError("a chunk's failures do not fit its statuses")
    ledger.settle(ours, chunk.statuses, chunk.payloads, inputs)
    ledger.failures.update(failures)
    dropped = {i for i in (*reasons, *droppers) if 0 <= i < ledger.size and ledger.status[i] == Status.DROPPED}
    ledger.reasons.update({i: reason for i, reason in reasons.items() if i in dropped})
    ledger.droppers.update({i: step for i, step in droppers.items() if i in dropped})
    ledger.logs.update({i: lines for i, lines in logs.items() if 0 <= i < ledger.size})


def _failure(told: Any) -> Failure:
    code, message, place, step, retry_after = told
    code = Code(code)
    if code not in _GUEST_CODES:
        raise ValueError(code)
    where = None if place is None else Place(_number(place[0]), _number(place[1]), _text(place[2])[:200])
    return Failure(
        code,
        _text(message),
        where,
        None if step is None else _number(step),
        None if retry_after is None else float(retry_after),
    )


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError("no such number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value[:_TEXT_CHARACTERS]
