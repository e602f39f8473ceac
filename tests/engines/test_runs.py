"""Neighbours of a turn of one step are settled together: what becomes of each event is what its own output says."""

from types import SimpleNamespace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.engines.base import Drop, Explained
from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Ledger, Status
from transformer.wire.turns import read_chunk, read_turn, write_turn
from transformer.worker import outbox as outboxes
from transformer.worker.outbox import Outbox
from transformer.worker.turn import run_turn

LIMITS = Limits(output_bytes=4096, batch_output_bytes=9000)


def call(event, _metadata):
    what = event["what"]
    if what == "raise":
        raise ValueError
    if what == "drop":
        raise Drop("no")
    if what == "large":
        return {**event, "more": "x" * 5000}
    if what == "long":
        return {**event, "more": "x" * 2000}
    return {"one": event, "none": None, "no list": [], "two": [event, {}], "number": 1, "text": b"{}", "no json": {"x": {1}}}[
        what
    ]


PROGRAM = SimpleNamespace(
    entry_point="transformEvent",
    text_only=False,
    finite=False,
    many=None,
    raw=None,
    call=call,
    explain=lambda raised: Explained(Code.EXCEPTION, type(raised).__name__),
)
KINDS = ("one", "none", "no list", "two", "raise", "drop", "large", "long", "number", "text", "no json", "broken")


def expected(kinds):
    """What becomes of each event, and all outputs, by one look at a time."""
    statuses, outputs, room = [], [], LIMITS.batch_output_bytes
    for at, kind in enumerate(kinds):
        event = {"what": kind, "at": at}
        made = {"one": [event], "two": [event, {}], "long": [{**event, "more": "x" * 2000}]}.get(kind, [])
        size = sum(len(orjson.dumps(each)) for each in made)
        if made and size <= room:
            room -= size
            statuses.append(Status.EMITTED)
            outputs += [((at,), orjson.dumps(each)) for each in made]
        else:
            statuses.append(Status.DROPPED if kind in {"none", "no list", "drop"} else Status.FAILED)
    return statuses, outputs


@pytest.mark.parametrize(("bytes_", "seconds"), [(1 << 18, 60.0), (300, 60.0), (1 << 18, -1.0)], ids=["one", "full", "late"])
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=30) | st.lists(st.sampled_from(("one", "none")), max_size=30))
def test_every_event_has_its_own_outcome(bytes_, seconds, kinds):
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outboxes, "CHUNK_BYTES", bytes_)
        patch.setattr(outboxes, "CHUNK_SECONDS", seconds)
        outbox = Outbox(lambda _kind, parts: sent.append(b"".join(parts)))
        outbox.limits = LIMITS
        outbox.begin(keep_logs=False)
        events = [b"{" if kind == "broken" else orjson.dumps({"what": kind, "at": at}) for at, kind in enumerate(kinds)]
        body = b"".join(write_turn({"count": len(events), "steps": []}, events))
        run_turn([PROGRAM], read_turn(body), memoryview(bytearray(12)).cast("I"), outbox)
        outbox.flush()
    ledger = Ledger(len(events))
    for chunk in map(read_chunk, sent):
        ledger.settle(chunk.events, chunk.statuses, chunk.payloads, chunk.inputs)
    statuses, outputs = expected(kinds)
    assert list(ledger.status) == statuses
    assert list(zip(ledger.inputs, ledger.payloads, strict=True)) == outputs
