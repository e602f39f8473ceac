"""A guest that has broken out of wall 1 and speaks to the host itself: the host believes nothing and survives everything."""

import pytest

from transformer.errors import Code
from transformer.outcome import Status

SAY = (
    "import os, struct, json\n"
    "def say(kind, body, size=None):\n"
    "    os.write(3, struct.pack('<IB', len(body) + 1 if size is None else size, kind) + body)\n"
    "def chunk(events, statuses, outputs=(), inputs=(), head=b'{}'):\n"
    "    pack = lambda numbers: struct.pack('<%dI' % len(numbers), *numbers)\n"
    "    say(3, pack([len(head)]) + head + pack([len(events), len(outputs)]) + pack(events) + bytes(statuses)\n"
    "        + pack([len(o) for o in outputs]) + pack(inputs) + b''.join(outputs))\n"
)
LIES = {
    "garbage": "os.write(3, b'\\xff' * 4096)",
    "an oversize frame": "say(3, b'', size=0xFFFFFFF0)",
    "an unknown kind of frame": "say(99, b'{}')",
    "an end without outcomes": "say(4, b'{}')",
    "an end that is no JSON": "say(4, b'{')",
    "a second hello": "say(1, b'{}')",
    "half a frame, then silence": "os.write(3, struct.pack('<IB', 1000, 3)); os._exit(0)",
    "an outcome for an event that does not exist": "chunk([4000000000], [1], [b'{}'], [4000000000])",
    "an outcome twice": "chunk([0, 0], [1, 1], [b'{}', b'{}'], [0, 0])",
    "an emitted event without output": "chunk([0], [1])",
    "an output of another event": "chunk([0], [1], [b'{}'], [3])",
    "a status that does not exist": "chunk([0], [9])",
    "a failure without a reason": "chunk([0], [3])",
    "a failure that only the host may say": 'chunk([0], [3], head=b\'{"failures":{"0":[501,"x",null,0,null]}}\')',
    "a failure that is nonsense": 'chunk([0], [3], head=b\'{"failures":{"0":7}}\')',
    "counts beyond the frame": "say(3, struct.pack('<I', 2) + b'{}' + struct.pack('<II', 1 << 30, 1 << 30))",
    "a head beyond the frame": "say(3, struct.pack('<I', 1 << 31))",
    "payloads beyond the frame": "say(3, struct.pack('<I', 2) + b'{}' + struct.pack('<IIIBII', 1, 1, 0, 1, 1 << 31, 0))",
}


@pytest.mark.parametrize("name", LIES)
async def test_a_lie_costs_its_teller_and_nobody_else(bare_pool, name):
    # Given code that lies on the socket while it handles event 2
    source = f"{SAY}def transformEvent(event, metadata):\n    if event['n'] == 2:\n        {LIES[name]}\n    return event\n"
    # When it runs
    ledger = await bare_pool.run(source)
    # Then every event has one outcome: what was honestly answered before, and a crash for what the liar forfeits
    assert ledger.closed
    assert ledger.failures[2].code is Code.CRASHED
    assert {failure.code for failure in ledger.failures.values()} == {Code.CRASHED}
    assert all(payload in {b'{"n":%d,"messageId":"m%d"}' % (n, n) for n in range(5)} for payload in ledger.payloads)
    await bare_pool.serves()


async def test_missing_said_for_ever_ends_with_the_turn(bare_pool):
    source = f"{SAY}def transformEvent(event, metadata):\n    while event['n'] == 2:\n        say(5, b'[]')\n    return event\n"
    ledger = await bare_pool.run(source)
    assert ledger.closed
    assert list(ledger.status).count(Status.EMITTED) == 4
    await bare_pool.serves()


async def test_a_flood_of_frames_does_not_fill_the_host(bare_pool):
    source = f"{SAY}def transformEvent(event, metadata):\n    while event['n'] == 2:\n        chunk([], [])\n    return event\n"
    ledger = await bare_pool.run(source)
    assert list(ledger.status).count(Status.EMITTED) == 4
    await bare_pool.serves()


async def test_a_flood_of_logs_is_bounded(pool):
    source = "def transformEvent(event, metadata):\n    for i in range(100000):\n        log('x' * 1000)\n    return event\n"
    ledger = await pool.run(source, 2, logs=True, event_seconds=5)
    assert list(ledger.status) == [Status.EMITTED] * 2
    assert [len(ledger.logs[i]) for i in range(2)] == [18, 18]  # 16 KiB of lines, and the line that says so
    assert ledger.logs[0][-1] == "(more was logged than is kept)"
    await pool.serves()
