"""A service that runs WebAssembly, while modules loop, bomb and trap and its workers are killed: every event has one outcome."""

import asyncio
import base64
import contextlib
import os
import signal

import psutil
import pytest

pytest.importorskip("wasmtime")

from tests.engines.wat import ECHO, guest, when
from transformer.client import AsyncClient, Status
from transformer.errors import Code
from transformer.service import Server
from transformer.settings import Settings

pytestmark = pytest.mark.slow

POISONS = {
    "loop": ("(loop (br 0))", Code.TIME_LIMIT),
    "memory": (
        "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
        Code.MEMORY_LIMIT,
    ),
    "trap": ("unreachable", Code.EXCEPTION),
    "lie": ("(return (i64.const -1))", Code.BAD_RETURN),
}
# So many turns of a loop that a batch takes some tenths of a second.
SLOW = guest("""(local $n i32)
  (local.set $n (i32.const 100000000))
  (loop $again
    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
    (br_if $again (local.get $n)))
  (call $answer (local.get $at) (local.get $size))""")


@pytest.fixture
async def client(tmp_path, request):
    settings = Settings(
        listen="127.0.0.1:0",
        database_url=f"sqlite:///{tmp_path / 'registry.db'}",
        workers=4,
        spare_workers=0,
        event_seconds=getattr(request, "param", 0.5),
        version_kills=1000,
        version_lost_seconds=1000,
        log_level="error",
    )
    async with Server(settings) as server, AsyncClient(server.address) as made:
        await made.create_workspace("w")
        yield made


async def publish(client, name, source):
    await client.create_transformation("w", name)
    version = await client.create_version("w", name, base64.b64decode(source), engine="wasm", timeout=30)
    await client.activate_version("w", name, version.number)


async def ask(client, name, letters):
    events = [{"w": letter} for letter in letters]
    told = await client.transform(workspace="w", transformations=[name], events=events, timeout=60)
    return told.outcomes


def workers():
    """The workers, of code and of compiling, as pids: each leads a process group, and none leads its session."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(child.pid) == child.pid != os.getsid(child.pid):
                found.append(child.pid)
    return found


async def test_a_poison_event_fails_alone_and_the_service_goes_on(client):
    # Given a version for each poison, and one that only echoes
    await publish(client, "echo", ECHO)
    for name, (then, _) in POISONS.items():
        await publish(client, name, guest(when("!", then)))
    # When all of them are asked at once, each with a poison among its events
    answers = await asyncio.gather(*(ask(client, name, "ab!cd") for name in POISONS for _ in range(2)))
    # Then the poison fails by its own code and everything else has its output
    codes = [code for _, code in POISONS.values() for _ in range(2)]
    for outcomes, code in zip(answers, codes, strict=True):
        assert [outcome.status for outcome in outcomes] == [
            Status.FAILED if letter == "!" else Status.EMITTED for letter in "ab!cd"
        ]
        assert outcomes[2].failure.code is code
    # And the service serves
    assert [outcome.status for outcome in await ask(client, "echo", "xyz")] == [Status.EMITTED] * 3


@pytest.mark.parametrize("client", [10.0], indirect=True)
async def test_every_event_is_accounted_for_while_workers_are_killed(client, until):
    await publish(client, "slow", SLOW)
    await publish(client, "echo", ECHO)
    # Given batches on their way
    asked = [asyncio.create_task(ask(client, "slow", "abcdefgh")) for _ in range(4)]
    killed = set()
    # When workers are killed in the middle of them, three times
    for _ in range(3):
        await until(lambda: all(task.done() for task in asked) or set(workers()) - killed)
        for worker in [*{*workers()} - killed][:1]:
            killed.add(worker)
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
    # Then each event came out, or failed in a way that lets it be sent again
    outcomes = [outcome for task in asked for outcome in await task]
    assert len(outcomes) == 32
    failed = [outcome.failure for outcome in outcomes if outcome.status is Status.FAILED]
    assert all(failure.retryable and failure.code.value >= 500 for failure in failed)
    assert all(outcome.status in {Status.EMITTED, Status.FAILED} for outcome in outcomes)
    assert len(failed) <= 3
    assert [outcome.status for outcome in await ask(client, "echo", "xyz")] == [Status.EMITTED] * 3


async def test_loops_and_bombs_of_one_workspace_do_not_keep_another_waiting(client):
    await publish(client, "loop", guest(when("!", POISONS["loop"][0])))
    await publish(client, "bomb", guest(when("!", POISONS["memory"][0])))
    await client.create_workspace("other")
    await client.create_transformation("other", "echo")
    version = await client.create_version("other", "echo", base64.b64decode(ECHO), engine="wasm", timeout=30)
    await client.activate_version("other", "echo", version.number)
    busy = [asyncio.create_task(ask(client, name, "!!")) for name in ("loop", "bomb")]
    told = await client.transform(workspace="other", transformations=["echo"], events=[{}] * 5, timeout=30)
    assert [outcome.status for outcome in told.outcomes] == [Status.EMITTED] * 5
    for outcomes, code in zip(await asyncio.gather(*busy), (Code.TIME_LIMIT, Code.MEMORY_LIMIT), strict=True):
        assert [outcome.failure.code for outcome in outcomes] == [code] * 2
