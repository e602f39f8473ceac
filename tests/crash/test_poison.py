"""A poison event fails alone: whatever it does to its worker, every other event of the batch gets its own outcome."""

import asyncio
import contextlib

import pytest

from transformer.errors import Code
from transformer.outcome import Status

EMITTED, FAILED = Status.EMITTED, Status.FAILED

LOOP = "def transformEvent(event, metadata):\n    while event['n'] == 2:\n        pass\n    return event\n"
POISONS = {
    "endless loop": (LOOP, Code.TIME_LIMIT),
    "loop that swallows everything": (
        (
            "def transformEvent(event, metadata):\n"
            "    while event['n'] == 2:\n"
            "        try:\n            1 / 0\n"
            "        except BaseException:\n            pass\n"
            "    return event\n"
        ),
        Code.TIME_LIMIT,
    ),
    "sleep": (
        "import time\ndef transformEvent(event, metadata):\n    event['n'] == 2 and time.sleep(60)\n    return event\n",
        Code.TIME_LIMIT,
    ),
    "big power, inside one C call": (
        "def transformEvent(event, metadata):\n    event['n'] == 2 and 10 ** (10 ** 8)\n    return event\n",
        Code.TIME_LIMIT,
    ),
    "catastrophic regular expression": (
        "import re\ndef transformEvent(event, metadata):\n    event['n'] == 2 and re.match('(a|a)*b', 'a' * 60)\n    return event\n",
        Code.TIME_LIMIT,
    ),
    "one huge allocation": (
        "def transformEvent(event, metadata):\n    x = 'a' * (10 ** 10 if event['n'] == 2 else 1)\n    return event\n",
        Code.MEMORY_LIMIT,
    ),
    "growing list": (
        (
            "def transformEvent(event, metadata):\n"
            "    x = []\n"
            "    while event['n'] == 2:\n        x.append('y' * 1000000 + str(len(x)))\n"
            "    return event\n"
        ),
        Code.MEMORY_LIMIT,
    ),
    "huge output": (
        "def transformEvent(event, metadata):\n    event['x'] = 'x' * (2000000 if event['n'] == 2 else 1)\n    return event\n",
        Code.OUTPUT_LIMIT,
    ),
    "endless recursion": (
        "def f(n):\n    return f(n + 1)\ndef transformEvent(event, metadata):\n    event['n'] == 2 and f(0)\n    return event\n",
        Code.EXCEPTION,
    ),
    "raising a base exception": (
        "def transformEvent(event, metadata):\n    if event['n'] == 2:\n        raise KeyboardInterrupt\n    return event\n",
        Code.EXCEPTION,
    ),
}


@pytest.mark.parametrize("name", POISONS)
async def test_a_poison_event_fails_alone(pool, name):
    source, code = POISONS[name]
    ledger = await pool.run(source, event_seconds=5.0 if code is Code.MEMORY_LIMIT else 1.0)
    assert list(ledger.status) == [EMITTED, EMITTED, FAILED, EMITTED, EMITTED]
    assert ledger.failures[2].code is code
    assert ledger.inputs == [(0,), (1,), (3,), (4,)]
    await pool.serves()


BARE_POISONS = {
    "exits": ("os._exit(0)", Code.CRASHED, "the event ended its worker: exited with code 0"),
    "exits with a code": ("os._exit(7)", Code.CRASHED, "the event ended its worker: exited with code 7"),
    "reads a null pointer": ("ctypes.string_at(0)", Code.CRASHED, "the event ended its worker: ended by SIGSEGV"),
    "executes a program": ("os.execv('/bin/true', ['true'])", Code.CRASHED, "the event ended its worker: ended by SIGSYS"),
    "aborts": ("os.abort()", Code.CRASHED, None),
    "raises SystemExit": ("exit_(3)", Code.EXCEPTION, "SystemExit: 3"),
    "forks": ("os.fork()", Code.EXCEPTION, "PermissionError: [Errno 1] Operation not permitted"),
    "kills its parent": ("os.kill(os.getppid(), 9)", Code.EXCEPTION, "PermissionError: [Errno 1] Operation not permitted"),
    "kills everybody": ("os.kill(-1, 9)", Code.EXCEPTION, "PermissionError: [Errno 1] Operation not permitted"),
}


@pytest.mark.parametrize("name", BARE_POISONS)
async def test_code_with_real_builtins_can_only_hurt_its_own_event(bare_pool, name):
    deed, code, message = BARE_POISONS[name]
    source = (
        "import os, ctypes\n"
        "def exit_(code):\n    raise SystemExit(code)\n"
        f"def transformEvent(event, metadata):\n    if event['n'] == 2:\n        {deed}\n    return event\n"
    )
    ledger = await bare_pool.run(source)
    assert list(ledger.status) == [EMITTED, EMITTED, FAILED, EMITTED, EMITTED]
    assert ledger.failures[2].code is code
    assert message in {None, ledger.failures[2].message}
    await bare_pool.serves()


async def test_an_output_that_does_not_fit_the_memory_is_called_that(pool):
    source = (
        "def transformEvent(event, metadata):\n    event['x'] = 'x' * (90000000 if event['n'] == 2 else 1)\n    return event\n"
    )
    ledger = await pool.run(source, event_seconds=5.0)
    assert list(ledger.status) == [EMITTED, EMITTED, FAILED, EMITTED, EMITTED]
    assert (ledger.failures[2].code, ledger.failures[2].step) == (Code.OUTPUT_LIMIT, 0)
    await pool.serves()


async def test_what_was_killed_names_its_step(pool):
    identity = "def transformEvent(event, metadata):\n    return event\n"
    ledger = await pool.run([identity, LOOP, identity])
    assert [(i, failure.code, failure.step) for i, failure in ledger.failures.items()] == [(2, Code.TIME_LIMIT, 1)]


async def test_code_that_hangs_up_on_its_host_forfeits_its_batch(bare_pool):
    source = "import os\ndef transformEvent(event, metadata):\n    event['n'] == 2 and os.close(3)\n    return event\n"
    ledger = await bare_pool.run(source)
    # The mark of a worker that runs on without its host says nothing certain: what it had not answered is forfeit
    assert list(ledger.status) == [FAILED] * 5
    assert {failure.code for failure in ledger.failures.values()} == {Code.CRASHED}
    await bare_pool.serves()


async def test_finished_outcomes_are_kept_when_the_worker_is_killed(pool):
    # Given events that each leave a trace in the module, so that a second run in a fresh worker would show
    source = (
        "import time\nseen = []\n"
        "def transformEvent(event, metadata):\n"
        "    seen.append(1)\n"
        "    time.sleep(0.08)\n"
        "    while event['n'] == 4:\n        pass\n"
        "    return {'n': event['n'], 'seen': len(seen)}\n"
    )
    # When the last but one is poison
    ledger = await pool.run(source, 6)
    # Then those that had been sent before the kill were not run again: only a fresh worker could have counted from one
    assert list(ledger.status) == [EMITTED] * 4 + [FAILED, EMITTED]
    assert ledger.payloads == [
        b'{"n":0,"seen":1}',
        b'{"n":1,"seen":2}',
        b'{"n":2,"seen":3}',
        b'{"n":3,"seen":4}',
        b'{"n":5,"seen":1}',
    ]


async def test_a_batch_function_is_one_unit(pool):
    source = "def transformBatch(events, metadata):\n    while True:\n        pass\n"
    ledger = await pool.run(source, 3, turn_seconds=0.5)
    assert {failure.code for failure in ledger.failures.values()} == {Code.TIME_LIMIT}
    assert list(ledger.status) == [FAILED] * 3
    await pool.serves()


async def test_code_that_hangs_while_it_loads_fails_every_event_once(pool):
    ledger = await pool.run("while True:\n    pass\ndef transformEvent(event, metadata):\n    return event\n", 3)
    assert [ledger.failures[i].message for i in range(3)] == ["loading the code ran longer than 1 s"] * 3
    await pool.serves()


async def test_the_kills_of_one_batch_are_bounded_and_the_rest_may_be_sent_again(pool):
    ledger = await pool.run(
        "def transformEvent(event, metadata):\n    while True:\n        pass\n", 6, event_seconds=0.1, batch_kills=2
    )
    assert [ledger.failures[i].code for i in range(6)] == [Code.TIME_LIMIT] * 3 + [Code.KILLS_EXHAUSTED] * 3
    assert ledger.failures[3].retryable
    await pool.serves()


async def test_a_batch_that_is_slow_as_a_whole_loses_only_what_it_did_not_reach(pool):
    source = "import time\ndef transformEvent(event, metadata):\n    time.sleep(0.1)\n    return event\n"
    ledger = await pool.run(source, 30, turn_seconds=1.0)
    reached = list(ledger.status).index(FAILED)
    assert reached > 2
    assert list(ledger.status) == [EMITTED] * reached + [FAILED] * (30 - reached)
    assert {failure.code for failure in ledger.failures.values()} == {Code.BATCH_TIME}
    await pool.serves()


async def test_a_killed_worker_is_collected_and_its_room_given_back(pool, until):
    for _ in range(3):
        await pool.run(LOOP)
    await until(lambda: pool.pool.stats()["workers"] == pool.pool.stats()["idle"])
    assert len(pool.workers()) == pool.pool.stats()["workers"]


async def test_a_caller_that_goes_away_ends_its_turn(pool, until):
    # Given a batch in a worker
    task = asyncio.create_task(
        pool.run("import time\ndef transformEvent(event, metadata):\n    time.sleep(5)\n", 1, event_seconds=30)
    )
    await until(lambda: pool.pool.stats()["busy"] == 1)
    # When its caller goes away
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    # Then the worker is gone, and its room is free
    await until(lambda: pool.pool.stats()["workers"] == 0)
    await pool.serves()


async def test_memory_that_code_hoards_is_freed_with_its_worker(pool):
    hoard = "kept = []\ndef transformEvent(event, metadata):\n    kept.append('x' * 30000000 + str(event['n']))\n    return {'n': len(kept)}\n"
    first = await pool.run(hoard, 8)
    assert Code.MEMORY_LIMIT in {failure.code for failure in first.failures.values()}
    second = await pool.run(hoard, 1)
    assert second.payloads == [b'{"n":1}']
