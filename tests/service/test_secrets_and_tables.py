"""Secrets and tables on a real server: handed to code, seen by nobody else, replaced while it runs."""

import asyncio
import base64
import json
import shutil
import subprocess
import sys

import grpc
import pytest
import pytest_asyncio

from transformer.capabilities import Capabilities
from transformer.client import AsyncClient
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.sealing import new_key
from transformer.wire.pb import tables_pb2 as pb

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

CANARY = 'zq81kfx"secret/välue+0123456789'
OTHER = "canary-other-9876543210"
FRAGMENT = "zq81kfx"  # in every form of it but base64
FORMS = (FRAGMENT, base64.b64encode(CANARY.encode()).decode().rstrip("="), OTHER)

LEAKS = """
import base64, json
def transformEvent(event, metadata):
    value = getCredential("KEY")
    how = event["how"]
    if how == "log":
        log(value)
        log("in json: " + json.dumps({"k": value}))
        log("in base64: " + base64.b64encode(value.encode()).decode())
    elif how == "raise":
        raise ValueError("cannot log in with " + value)
    elif how == "long":
        raise ValueError("x" * 3990 + value)
    elif how == "invalid":
        raise Invalid(value)
    elif how == "drop":
        raise Drop(value)
    elif how == "keep":
        kv.set("stolen", {"list": [value]})
    elif how == "emit":
        event["authorised"] = value
    return event
"""
LOOKS = 'def transformEvent(event, metadata):\n    event["row"] = lookup("plans", event["id"])\n    return event\n'
GETS = 'def transformEvent(event, metadata):\n    event["value"] = getCredential("KEY")\n    return event\n'


@pytest.fixture
def until_true():
    """await until_true(ask, wanted): ask until that is the answer, for twenty seconds at most."""

    async def wait(ask, wanted):
        for _ in range(400):
            if (answer := await ask()) == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(answer)

    return wait


@pytest.fixture(scope="module")
def key():
    return new_key()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(open_server, key, tmp_path_factory):
    """A server with a key for secrets, its client, and the lines that it logs."""
    lines = []
    folder = tmp_path_factory.mktemp("letters")
    settings = {"secrets_key": key, "dead_letters": f"directory:{folder}", "event_seconds": 5, "activation_poll_seconds": 0.1}
    async with (
        open_server(lines, **settings) as server,
        AsyncClient(server.address, actor="tester", attempts=1) as client,
    ):
        yield server, client, lines, folder


async def publish(client, name, source, **capabilities):
    await client.create_transformation("default", name)
    version = await client.create_version("default", name, source, capabilities=Capabilities(**capabilities))
    await client.activate_version("default", name, version.number)


async def sent(client, name, *events, **fields):
    return await client.transform(workspace="default", transformations=[name], events=events, include_logs=True, **fields)


def files_below(*folders):
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


async def test_a_secret_that_code_tries_to_leak_is_nowhere(running, until):
    server, client, lines, letters = running
    # Given a secret, code that tries to give it away in every way, and somebody who watches
    await client.update_secret("default", "KEY", CANARY, allow_missing=True)
    seen = []

    async def watch():
        async for one in client.tap("default", "leaks", include_logs=True):
            seen.append(one)  # noqa: PERF401 - it never ends: what is there is looked at meanwhile

    await publish(client, "leaks", LEAKS, secrets=("KEY",), kv="")
    watching = asyncio.create_task(watch())
    try:
        await until(lambda: seen)
        # When it runs, and its failures are kept
        ways = ("log", "raise", "long", "invalid", "drop", "keep", "emit")
        result = await sent(client, "leaks", *({"how": how, "messageId": how} for how in ways))
        await until(lambda: len([one for one in seen if hasattr(one, "before")]) >= len(ways))
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    told = b"cannot log in with [secret]"
    await until(lambda: any(told in path.read_bytes() for path in files_below(letters)))
    await until(lambda: not server.dead_letters.stats().waiting)
    # Then the code got it, and its output has it, but nothing that anybody reads
    assert json.loads(result.outputs[-1].payload)["authorised"] == CANARY
    outcomes = {outcome.message_id: outcome for outcome in result.outcomes}
    assert outcomes["raise"].failure.message == "ValueError: cannot log in with [secret]"
    assert "a secret is not kept in kv" in outcomes["keep"].failure.message
    assert outcomes["drop"].drop_reason == "[secret]"
    assert outcomes["log"].logs[0] == "[secret]"
    assert "zq81" not in outcomes["long"].failure.message  # cut within the value, or before it
    shown = [text.decode() for one in seen if hasattr(one, "before") for text in (one.before, *one.after)]
    told = [str(result.outcomes), str(seen), str(lines), *shown]
    assert any("[secret]" in text for text in shown)
    kept = [path.read_bytes() for path in files_below(letters, server._store.file.parent)]
    for form in FORMS:
        assert not any(form in text for text in told), form
        assert not any(form.encode() in content for content in kept), form


async def test_code_that_leaks_while_it_is_tried_leaves_nothing_in_its_version(running):
    server, client, _, _ = running
    await client.update_secret("default", "OTHER", OTHER, allow_missing=True)
    source = 'def transformEvent(event, metadata):\n    raise ValueError("tried " + getCredential("OTHER"))\n'
    await client.create_transformation("default", "tried")
    version = await client.create_version("default", "tried", source, capabilities=Capabilities(secrets=("OTHER",)))
    assert OTHER not in str(version)
    assert OTHER.encode() not in server._store.file.read_bytes()


async def test_another_value_is_handed_out_within_a_moment(running, until_true):
    _, client, _, _ = running
    await client.update_secret("default", "KEY", "first-value", allow_missing=True)
    await publish(client, "gets", GETS, secrets=("KEY",))

    async def value():
        return (await sent(client, "gets", {})).outputs[0].json()["value"]

    await until_true(value, "first-value")
    await client.update_secret("default", "KEY", "second-value")
    await until_true(value, "second-value")
    await client.delete_secret("default", "KEY")
    await until_true(value, None)


async def test_what_a_version_does_not_declare_it_does_not_get(running):
    _, client, _, _ = running
    await client.update_secret("default", "HIDDEN", OTHER, allow_missing=True)
    with pytest.raises(CallerError) as caught:
        await publish(client, "undeclared", GETS.replace('"KEY"', '"HIDDEN"'))
    assert caught.value.code is Code.CODE_REFUSED


async def test_a_new_version_of_a_table_is_seen_by_batches_that_begin_after_it(running, until_true):
    _, client, _, _ = running
    first = await client.push_table("default", "plans", [{"id": "a", "price": 1}, {"id": 7, "price": 2}], "id")
    assert (first.number, first.rows, dict(first.columns)) == (1, 2, {"id": "integer,string", "price": "integer"})
    await publish(client, "looks", LOOKS, tables=("plans",))
    result = await sent(client, "looks", {"id": "a"}, {"id": 7}, {"id": "none"})
    assert [output.json()["row"] for output in result.outputs] == [{"id": "a", "price": 1}, {"id": 7, "price": 2}, None]
    assert (await client.push_table("default", "plans", [{"id": "a", "price": 1}, {"id": 7, "price": 2}], "id")).number == 1

    async def price():
        return (await sent(client, "looks", {"id": "a"})).outputs[0].json()["row"]["price"]

    await client.push_table("default", "plans", [{"id": "a", "price": 3}], "id", hold_back=True)
    assert await price() == 1
    await client.activate_table_version("default", "plans", 2)
    await until_true(price, 3)
    await client.activate_table_version("default", "plans", 1)
    await until_true(price, 1)
    table = await client.get_table("default", "plans")
    assert (table.live, table.latest_version) == (first, 2)
    assert [one.number for one in (await client.list_table_versions("default", "plans")).items] == [2, 1]
    assert "plans" in [one.id for one in (await client.list_tables("default")).items]
    await client.delete_table("default", "plans")

    async def failed():
        failure = (await sent(client, "looks", {"id": "a"})).outcomes[0].failure
        return failure and "there is no table 'plans'" in failure.message

    await until_true(failed, True)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "a"}, {"key": "b"}], 'rows: line 2: the row has no "id", which is the key'),
        ([{"id": "a"}, {"id": "a"}], "rows: rows 1 and 2 have the same key; every row has its own"),
        ([{"id": object()}], "rows: line 1: it cannot be written as JSON: Type is not JSON serializable: object"),
    ],
)
async def test_rows_that_are_wrong_change_nothing(running, rows, told):
    _, client, _, _ = running
    with pytest.raises(CallerError) as caught:
        await client.push_table("default", "wrong", rows, "id")
    assert (caught.value.code, caught.value.message) == (Code.BAD_REQUEST, told)
    assert "wrong" not in [one.id for one in (await client.list_tables("default")).items]


async def test_a_push_that_begins_with_rows_or_never_is_refused(running):
    _, client, _, _ = running
    start = pb.PushTableStart(parent="workspaces/default", table_id="odd", key="id")
    for messages, told in (
        ([], "PushTable was sent no message"),
        ([pb.PushTableRequest(rows=b"{}")], 'start.parent: "" is not of the form'),
        ([pb.PushTableRequest(start=start)] * 2, "rows: every message after the first carries rows"),
        ([pb.PushTableRequest(start=pb.PushTableStart(parent="workspaces/default", table_id="odd"))], "start.key: is empty"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client._stubs["TableService"].PushTable(iter(messages), timeout=20)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert told in caught.value.details()


async def test_what_pushes_may_take_of_a_server_is_bounded(running, monkeypatch):
    _, client, _, _ = running

    async def refused():
        with pytest.raises(PlatformError) as caught:
            await client.push_table("default", "bounded", [{"id": 1}], "id")
        return caught.value.code, caught.value.message

    with monkeypatch.context() as patch:
        patch.setattr("transformer.service.tables._UPLOADS", 0)
        assert await refused() == (Code.NO_CAPACITY, "0 tables are being pushed already; push this one later")

    def full(**_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryDirectory", full)
        assert (await refused())[1] == "there is no room for the rows on this server: No space left on device"

    def lost(_):
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"], stdout=subprocess.PIPE)

    with monkeypatch.context() as patch:
        patch.setattr("transformer.service.tables._spawn", lost)
        told = "the rows could not be compiled: the process that does it was lost or has no room"
        assert await refused() == (Code.INTERNAL, told)

    async def never_ends():
        yield pb.PushTableRequest(start=pb.PushTableStart(parent="workspaces/default", table_id="odd", key="id"))
        await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr("transformer.service.tables._IDLE_SECONDS", 0.05)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client._stubs["TableService"].PushTable(never_ends(), timeout=20)
        assert caught.value.details() == "no rows came for 0.05 s, nor the end of them"
    assert (await client.push_table("default", "bounded", [{"id": 1}], "id")).number == 1


async def test_rows_beyond_the_bounds_are_refused(open_server):
    async with open_server(table_rows=3, table_bytes=4096) as server, AsyncClient(server.address, attempts=1) as client:
        for rows, told in (
            ([{"id": number} for number in range(4)], "rows: there are more than 3 rows"),
            ([{"id": 1, "text": "x" * 4096}], "rows: the rows take more than 4096 bytes"),
            ([{"id": 1, "text": "x" * 9000}], "rows: more than 8192 bytes of rows (twice table_bytes) are too many"),
        ):
            with pytest.raises(CallerError) as caught:
                await client.push_table("default", "plans", rows, "id")
            assert caught.value.message == told
        assert (await client.push_table("default", "plans", [{"id": 1}], "id")).rows == 1


async def test_secrets_need_a_key_and_a_restart_finds_them_and_the_tables(open_server, key, tmp_path):
    settings = {"database_url": f"sqlite:///{tmp_path}/registry.db", "event_seconds": 5}
    async with open_server(**settings) as server, AsyncClient(server.address, attempts=1) as client:
        with pytest.raises(CallerError) as caught:
            await client.create_secret("default", "KEY", CANARY)
        assert caught.value.code is Code.PRECONDITION
        assert caught.value.message.startswith("this server has no key to encrypt secrets with")
        with pytest.raises(CallerError):
            await client.rotate_secrets()
    old, new = key, new_key()
    async with open_server(**settings, secrets_key=old) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_secret("default", "KEY", CANARY)
        await client.push_table("default", "plans", [{"id": "a", "n": 1}], "id")
        await publish(client, "gets", GETS, secrets=("KEY",))
        await publish(client, "looks", LOOKS, tables=("plans",))
        assert (await sent(client, "looks", {"id": "a"})).outputs[0].json()["row"] == {"id": "a", "n": 1}
    async with open_server(**settings, secrets_key=f"{new},{old}") as server, AsyncClient(server.address, attempts=1) as client:
        assert (await client.rotate_secrets(validate_only=True)).rotated == 1
        assert (await client.rotate_secrets()).rotated == 1
        assert (await client.rotate_secrets()).rotated == 0
    async with open_server(**settings, secrets_key=new) as server, AsyncClient(server.address, attempts=1) as client:
        assert (await sent(client, "gets", {})).outputs[0].json()["value"] == CANARY
    async with open_server(**settings, secrets_key=old) as server, AsyncClient(server.address, attempts=1) as client:
        with pytest.raises(CallerError) as caught:
            await client.rotate_secrets()
        assert caught.value.code is Code.PRECONDITION
        assert "a key that this server does not have; nothing was changed" in caught.value.message
        assert (await sent(client, "gets", {})).outcomes[0].failure.retryable
    # And both are served from the disk while the database is away
    shutil.move(tmp_path / "registry.db", tmp_path / "away.db")
    async with open_server(**settings, secrets_key=new) as server, AsyncClient(server.address, attempts=1) as client:
        assert (await sent(client, "looks", {"id": "a"})).outputs[0].json()["row"] == {"id": "a", "n": 1}
        assert (await sent(client, "gets", {})).outputs[0].json()["value"] == CANARY
    async with open_server(**settings, secrets_key=old) as server, AsyncClient(server.address, attempts=1) as client:
        assert (await sent(client, "gets", {})).outcomes[0].failure.retryable


async def test_another_server_of_the_same_registry_follows(open_server, key, tmp_path, until_true):
    settings = {"database_url": f"sqlite:///{tmp_path}/registry.db", "secrets_key": key, "activation_poll_seconds": 0.1}
    code = LOOKS.replace("return event", 'event["value"] = getCredential("KEY")\n    return event')
    async with (
        open_server(**settings, event_seconds=5) as one,
        open_server(**settings, event_seconds=5) as other,
        AsyncClient(one.address, attempts=1) as here,
        AsyncClient(other.address, attempts=1) as there,
    ):
        await publish(here, "both", code, tables=("plans",), secrets=("KEY",))

        async def seen():
            failure = (result := await sent(there, "both", {"id": "a"})).outcomes[0].failure
            return failure.code.name if failure else [result.outputs[0].json()[name] for name in ("row", "value")]

        await until_true(seen, "EXCEPTION")  # there is no table yet
        for number in (1, 2):
            await here.push_table("default", "plans", [{"id": "a", "n": number}], "id")
            await here.update_secret("default", "KEY", f"value-{number}", allow_missing=True)
            await until_true(seen, [{"id": "a", "n": number}, f"value-{number}"])
