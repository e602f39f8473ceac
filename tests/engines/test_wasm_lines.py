"""A turn of lines comes to the same, event for event, whether answers are settled at once or each for itself."""

import random
from itertools import product

import pytest

pytest.importorskip("wasmtime")

from benchmarks.workloads import payloads
from tests.engines.wat import guest
from transformer.engines.base import Host
from transformer.engines.wasm.engine import open_engine
from transformer.limits import Limits
from transformer.wire.turns import read_chunk, read_turn, write_turn
from transformer.worker.lines import run_lines
from transformer.worker.metadata import Metadata
from transformer.worker.outbox import Outbox

# ~ becomes a quote, ^ an opening brace and ` a closing bracket: what goes out may be anything.
CHANGES = guest("""(local $end i32) (local $now i32) (local $letter i32)
  (local.set $now (local.get $at))
  (local.set $end (i32.add (local.get $at) (local.get $size)))
  (loop $next
    (local.set $letter (i32.load8_u (local.get $now)))
    (if (i32.eq (local.get $letter) (i32.const 126)) (then (i32.store8 (local.get $now) (i32.const 34))))
    (if (i32.eq (local.get $letter) (i32.const 94)) (then (i32.store8 (local.get $now) (i32.const 123))))
    (if (i32.eq (local.get $letter) (i32.const 96)) (then (i32.store8 (local.get $now) (i32.const 93))))
    (local.set $now (i32.add (local.get $now) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $now) (local.get $end))))
  (call $answer (local.get $at) (local.get $size))""")


def deep(levels, opening=b'{"a":', closing=b"}"):
    return b'{"x":' + opening * (levels - 1) + b"1" + closing * (levels - 1) + b"}"


EVENTS = [
    *payloads(12),
    b'{ "a" : [ 1 , 2,{ } ] ,\t"b" : { "c":null } , "a": 3 } ',
    b'{\n"a":1}',
    b"{}\n{}",
    b'{"a":1}\n',
    '{"é":"日本語 \\ud83d\\ude00"}'.encode(),
    b'{"a":1e300,"b":1e-400,"c":12345678901234567890123}',
    b'{"a":"~,~b~:~c"}',
    b'{"a":"~~"}',
    b'{"a":"x~,~b~:^},~c~:~d"}',
    b'{"a":"~,~b~:[1`,~c~:[1,~e"}',
    b'{"a":"~,~d~:' + b"^~d~:" * 200 + b'1,~e~:~f"}',
    b'{"a":"~,~d~:' + b"^~d~:" * 300 + b"1" + b"}" * 300 + b',~e~:~f"}',
    b'{"a":"~,~a~:1e999,~b~:~f"}',
    b'{"a":1e999}',
    b'{"a":"\\ud800"}',
    b'{"a":"\xff"}',
    b'{"a":"' + b"z" * 3000 + b'"}',
    b"[]",
    b"{",
    b"",
    b'{"a":01}',
    *(deep(levels) for levels in (249, 250, 251, 300, 2000)),
    *(deep(levels, b"[", b"]") for levels in (250, 251)),
]  # fmt: skip


@pytest.fixture(scope="module")
def program():
    return open_engine().load(CHANGES, "changes", Host())


def outcomes(program, events, limits):
    """Statuses, outputs and failures by event; how many chunks they came in is a matter of time."""
    chunks = []
    outbox = Outbox(lambda _, parts: chunks.append(read_chunk(b"".join(parts))))
    outbox.limits = Limits(**limits)
    outbox.begin(keep_logs=False)
    turn = read_turn(b"".join(write_turn({"count": len(events), "steps": []}, events)))
    run_lines(program, program, turn, Metadata(turn), memoryview(bytearray(16)).cast("Q"), outbox)
    outbox.flush()
    statuses = {event: status for chunk in chunks for event, status in zip(chunk.events, chunk.statuses, strict=True)}
    assert len(statuses) == len(events)
    outputs = [(inputs, payload) for chunk in chunks for inputs, payload in zip(chunk.inputs, chunk.payloads, strict=True)]
    failures = {event: told for chunk in chunks for event, told in chunk.head.get("failures", {}).items()}
    return statuses, sorted(outputs), failures


@pytest.mark.parametrize("limits", [{}, {"output_bytes": 2000}, {"event_bytes": 2000}, {"batch_output_bytes": 9000}], ids=str)
def test_outcomes_are_the_same_both_ways(program, monkeypatch, limits):
    chance = random.Random(3)
    batches = [[event] for event in EVENTS] + [list(pair) for pair in product(EVENTS[:1], EVENTS)] + [EVENTS[:12], EVENTS]
    batches += [chance.sample(EVENTS, chance.randrange(2, 9)) for _ in range(60)]
    at_once = [outcomes(program, events, limits) for events in batches]
    monkeypatch.setattr("transformer.worker.lines._settled_at_once", lambda *_: False)
    for events, told in zip(batches, at_once, strict=True):
        assert outcomes(program, events, limits) == told, events


def test_they_are_of_all_kinds(program):
    _, outputs, failures = outcomes(program, EVENTS, {})
    told = " ".join(message for _, message, *_ in failures.values())
    for words in ("nested deeper", "the output is not JSON", "the event is not JSON", "not UTF-8", "surrogate"):
        assert words in told
    assert len(outputs) > len(EVENTS) / 2
