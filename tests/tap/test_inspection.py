"""What leaves the inspector: nothing hidden, whatever the filter and the fields; and no filter tells what is hidden."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import CallerError, Code, PlatformError
from transformer.tap.inspection import Inspector, Order
from transformer.tap.inspector import Inspection
from transformer.tap.parts import HEAD, PartsError, pack, unpack
from transformer.tap.watch import Counts, Passed, Wanted, Watch

ATTACKER = Path(__file__).parent / "attacker.py"
RULES = ["password", "*secret*", "~email", "~card"]
SECRET = "hunter2-s3cr3t"
VERSION = "workspaces/w/transformations/t/versions/3"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Heartbeats ten times a second: tests wait for them."""
    monkeypatch.setattr("transformer.tap.watch.HEARTBEAT_SECONDS", 0.1)


def look(message, **order):
    """One event, as the inspector handles it, in this process: verdict, header and blobs."""
    inspection = Inspection({"rules": RULES, "filter": "", "fields": [], **order})
    try:
        return unpack(inspection.look(*unpack(message[HEAD.size :]))[HEAD.size :])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)  # it would end the tests; the inspector does this too


def telling(secret, do="emit"):
    """An event with a secret, told on in every way that code has."""
    before = {"password": secret, "do": do, "n": 1}
    after = {"copy": secret, "note": f"it is {secret}!", secret: "key", "inside": orjson.dumps(before).decode()}
    return Passed(
        VERSION,
        f"id-{secret}",
        orjson.dumps(before),
        [orjson.dumps(after)] * 2,
        1,
        reason=f"because of {secret}",
        logs=[f"password={secret}"],
        metadata={"sourceId": secret},
        attributes=orjson.dumps({"a": secret}),
    ).packed()


SECRETS = st.text(st.characters(categories=["L", "N", "P", "S"], codec="utf-8"), min_size=6, max_size=20)
FIELDS = st.lists(st.sampled_from(["password", "copy", "note", "do", "inside", "password.x"]), max_size=3)
FILTERS = st.sampled_from(["", "true", "size(logs) == 1 || true", "event.password != ''", "outputs.exists(o, o.copy != '')"])


@given(SECRETS, FIELDS, FILTERS)
def test_nothing_hidden_leaves_whatever_the_filter_and_the_fields(secret, fields, expression):
    header, blobs = look(telling(secret), filter=expression, fields=fields)
    assert header["verdict"] == "shown"
    told = [
        *(text for text in header.values() if isinstance(text, str)),
        *header["logs"],
        *texts(list(map(orjson.loads, blobs))),
    ]
    assert [text for text in told if secret.casefold() in text.replace("[redacted]", "").casefold()] == []


def texts(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "asks",
    [
        "event.password.startsWith('{}')",
        "event.password.contains('{}')",
        "event.password > '{}'",
        "event.password.matches('^{}')",
        "output.copy.contains('{}')",
        "outputs.exists(o, o.exists(key, key.startsWith('{}')))",
        "message.contains('{}') || reason.contains('{}') || id.contains('{}')",
        "logs.exists(one, one.contains('{}'))",
        "metadata.sourceId.startsWith('{}') || metadata.a.startsWith('{}')",
        "output.inside.contains('{}')",
        "size(event.password) == size('{}')",
    ],
)
def test_a_filter_is_no_oracle(asks):
    """It says the same of two events that differ in what is hidden only, whatever it asks for."""
    other = "qwertz9-g31m"
    for length in range(6, len(SECRET) + 1):
        expression = asks.replace("{}", SECRET[:length])
        answers = [look(telling(secret), filter=expression)[0]["verdict"] for secret in (SECRET, other)]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("payload", [b"", b"not json", b"[1]", b'"hunter2"', b"\xff{}", b"{" * 2000])
def test_what_is_no_json_object_is_not_shown(payload):
    header, blobs = look(Passed(VERSION, "m", payload, [b'{"a":1}'], 1).packed())
    assert (header["verdict"], blobs) == ("shown", [b"", b'{"a":1}'])


def test_an_event_with_too_much_to_hide_is_withheld():
    payload = orjson.dumps({"password": [f"secret {n}" for n in range(2000)]})
    assert look(Passed(VERSION, "m", payload, [], 2).packed())[0] == {"verdict": "withheld"}


@given(st.dictionaries(st.text(), st.text()), st.lists(st.binary()))
def test_messages_arrive_as_they_were_sent(header, blobs):
    assert unpack(pack(header, *blobs)[HEAD.size :]) == (header, blobs)


@given(st.binary(max_size=200))
def test_what_is_no_message_is_refused_and_nothing_else_happens(body):
    try:
        header, _ = unpack(body)
    except PartsError:
        return
    assert isinstance(header, dict)


def nested(depth, macro="all", inner="true"):
    """An expression that looks at sixty to the power of `depth` values."""
    values = "[" + ",".join(["1"] * 60) + "]"
    for level in range(depth):
        inner = f"{values}.{macro}(x{level}, {inner})"
    return inner


async def run(watch, events):
    """What becomes of events: the ones that are shown, and the counts at the end."""
    shown = []
    for event in events:
        if watch.takes(event.status, ""):
            watch.offer(event)
    async for message in watch.messages():
        if not isinstance(message, Counts):
            shown.append(message)
        elif message.seen and message.shown + message.filtered + message.filter_errors + message.withheld == message.seen:
            watch.end()
    return shown


def passed(number, **fields):
    return Passed(VERSION, f"m{number}", orjson.dumps({"n": number, **fields}), [], 2)


async def watching(expression, rules=RULES):
    watch = Watch(Wanted("w", "t", Order(rules, expression)))
    await watch.start()
    return watch


@pytest.mark.timeout(180)  # the same
async def test_an_expression_that_takes_too_long_costs_its_event_only():
    watch = await watching(f"event.n != 2 || {nested(6)}")
    try:
        shown = await run(watch, [passed(n) for n in range(5)])
        assert [one.message_id for one in shown] == ["m0", "m1", "m3", "m4"]
        assert (watch.counts.filter_errors, watch.counts.shown) == (1, 4)
        assert watch.counts.filter_error == "the event took the filter, or the rules, too much time or memory"
    finally:
        await watch.close()


@pytest.mark.timeout(180)  # some processes use up their CPU time, one after the other
async def test_an_expression_that_always_takes_too_long_ends_its_watch():
    watch = await watching(nested(6))
    try:
        with pytest.raises(CallerError) as raised:
            await run(watch, [passed(n) for n in range(20)])
        assert raised.value.code is Code.PRECONDITION
    finally:
        await watch.close()


@pytest.mark.parametrize("expression", ["(" * 4000, "[" * 2000 + "]" * 2000 + " == []"])
async def test_an_expression_that_is_hard_to_compile_is_refused_in_few_words(expression):
    with pytest.raises(CallerError) as raised:
        await watching(expression)
    assert raised.value.code is Code.BAD_REQUEST
    assert len(raised.value.message) < 400


@pytest.mark.parametrize(
    ("expression", "failed"), [("!" * 4000 + "true", 0), (nested(40), 1), (nested(5, "map", "'x'") + " == []", 1)]
)
async def test_an_expression_that_is_deep_or_fills_the_memory_fails_at_most(expression, failed):
    watch = await watching(expression)
    try:
        await run(watch, [passed(1)])
        assert (watch.counts.filter_errors, watch.counts.shown) == (failed, 1 - failed)
    finally:
        await watch.close()


async def test_an_expression_like_a_trap_for_regular_expressions_is_quick():
    watch = await watching("event.text.matches('^(a+)+$') || event.text.matches('(a|aa)+b')")
    try:
        assert await run(watch, [passed(1, text="a" * 50_000 + "!")]) == []
        assert watch.counts.filtered == 1
    finally:
        await watch.close()


async def test_the_process_ends_with_its_watch(alive):
    inspector = await Inspector.start(Order(RULES))
    process = psutil.Process(inspector.pid)
    assert alive(process)
    await inspector.close()
    assert not alive(process)


async def test_the_process_ends_when_its_server_is_gone(until, alive):
    inspector = await Inspector.start(Order(RULES))
    process = psutil.Process(inspector.pid)
    inspector._writer.transport.abort()
    await until(lambda: not alive(process))
    await inspector.close()


async def test_a_start_that_is_cancelled_leaves_no_process(until):
    before = set(psutil.Process().children())
    for delay in (0, 0.002, 0.02):
        starting = asyncio.create_task(Inspector.start(Order(RULES)))
        await asyncio.sleep(delay)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    await until(lambda: set(psutil.Process().children()) <= before)


@pytest.fixture
def taken_over(monkeypatch):
    """Inspectors that somebody has taken over, as `attacker.py` says; the processes started, in a list."""
    started = []

    def spawn(theirs):
        with theirs:
            command = [sys.executable, str(ATTACKER), str(theirs.fileno())]
            started.append(subprocess.Popen(command, pass_fds=[theirs.fileno()], env={"SECRET": SECRET}, cwd="/"))
        return started[-1]

    monkeypatch.setattr("transformer.tap.inspection._spawn", spawn)
    return started


@pytest.mark.need("landlock", "seccomp")
async def test_who_takes_an_inspector_over_reaches_no_file_no_socket_and_no_process(taken_over):
    inspector = await Inspector.start(Order(RULES))
    try:
        (answer,) = await inspector.look([passed(1).packed()])
        assert len(answer.header["logs"]) > 15
        assert [line for line in answer.header["logs"] if not line.endswith(": refused")] == []
        # When it tries another program, it is killed at once
        assert await inspector.look([replace(passed(2), message_id="exec").packed()]) == []
        assert await asyncio.to_thread(taken_over[0].wait) == -signal.SIGSYS
    finally:
        await inspector.close()


@pytest.mark.need("landlock")
async def test_an_inspector_that_cannot_be_confined_is_for_development_only(monkeypatch):
    nothing = {"system_calls": "", "landlock": (-1, -1), "code_pages": False}
    monkeypatch.setattr("transformer.tap.inspection.confinement", lambda *_: nothing)
    with pytest.raises(
        PlatformError, match="this system cannot confine the tap: landlock, system_calls not in force"
    ) as raised:
        await Inspector.start(Order(RULES))
    assert raised.value.code is Code.INTERNAL
    inspector = await Inspector.start(Order(RULES, profile="development"))
    await inspector.close()
