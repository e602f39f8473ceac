"""The registry's database locked, gone or full under a running server: known versions go on serving, and nothing is blamed on users."""

import asyncio
import contextlib
import resource
import sqlite3

import pytest

from transformer.client import AsyncClient, Status
from transformer.errors import Code, PlatformError
from transformer.service import Server
from transformer.settings import Settings

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


@pytest.fixture
async def served(tmp_path):
    """A real server with one live transformation `known`, a second one `cold` that was never asked for, and its database file."""
    file = tmp_path / "registry.db"
    settings = Settings(listen="127.0.0.1:0", database_url=f"sqlite:///{file}", spare_workers=0, log_level="error")
    async with Server(settings) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_workspace("w")
        for name in ("known", "cold"):
            await client.create_transformation("w", name)
            version = await client.create_version("w", name, IDENTITY)
            await client.activate_version("w", name, version.number)
        await ask(client, "known")
        yield client, file


async def ask(client, name):
    told = await client.transform(workspace="w", transformations=[name], events=[{"n": n} for n in range(3)], timeout=20)
    assert [outcome.status for outcome in told.outcomes] == [Status.EMITTED] * 3


async def refused(client, name):
    with pytest.raises(PlatformError) as error:
        await client.transform(workspace="w", transformations=[name], events=[{}])
    return error.value.code


@contextlib.contextmanager
def locked(file):
    """Another process's transaction that never ends, as this database sees it."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.slow
async def test_a_locked_database_stops_mutations_only(served):
    client, file = served
    with locked(file):
        await ask(client, "known")
        with pytest.raises(PlatformError) as error:
            await client.create_transformation("w", "another")
        assert error.value.code is Code.REGISTRY_UNAVAILABLE
    await client.create_transformation("w", "another")
    await ask(client, "known")


async def test_a_database_that_is_gone_stops_only_what_was_never_asked_for(served):
    client, file = served
    # Given a database whose file has been replaced by nonsense
    good = {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    for path in good:
        path.unlink()
    file.mkdir()
    # Then what is known goes on, and what is not is retryable
    await ask(client, "known")
    assert await refused(client, "cold") is Code.REGISTRY_UNAVAILABLE
    # When it comes back, the very next request is served: no failure was kept
    file.rmdir()
    for path, content in good.items():
        path.write_bytes(content)
    await until_served(client, "cold")
    await ask(client, "known")


async def create_until_refused(client):
    for n in range(50):  # the log that is written first may have room for some
        await client.create_transformation("w", f"another-{n}")


@contextlib.contextmanager
def full_disk():
    """Files of this process may not grow: what SQLite meets on a full disk, without one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_stops_mutations_only(served):
    client, _ = served
    with full_disk():
        await ask(client, "known")
        with pytest.raises(PlatformError) as error:
            await create_until_refused(client)
        assert error.value.code is Code.REGISTRY_UNAVAILABLE
        await ask(client, "known")
    await client.create_transformation("w", "afterwards")
    await ask(client, "cold")


async def test_a_server_that_starts_while_its_database_is_gone_serves_what_it_knew(tmp_path):
    file = tmp_path / "registry.db"
    settings = Settings(listen="127.0.0.1:0", database_url=f"sqlite:///{file}", spare_workers=0, log_level="error")
    async with Server(settings) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_workspace("w")
        for name in ("known", "cold"):
            await client.create_transformation("w", name)
            version = await client.create_version("w", name, IDENTITY)
            await client.activate_version("w", name, version.number)
        await ask(client, "known")
    # Given a restart while the database is gone
    away = tmp_path / "away"
    away.mkdir()
    for path in tmp_path.glob("registry.db*"):
        if path.is_file():
            path.rename(away / path.name)
    async with Server(settings) as server, AsyncClient(server.address, attempts=1) as client:
        # Then what was served is served, and the trouble can be seen
        await ask(client, "known")
        assert await refused(client, "cold") is Code.REGISTRY_UNAVAILABLE
        assert await client.health() == "SERVING"
        assert await client.health("transformer.v1.RegistryService") == "NOT_SERVING"
        # When it comes back, the server finds it by itself
        for path in away.iterdir():
            path.rename(tmp_path / path.name)
        await until_served(client, "cold")
        async with asyncio.timeout(10):
            while await client.health("transformer.v1.RegistryService") != "SERVING":
                pass  # every look is a round trip


async def until_served(client, name):
    for _ in range(100):
        with contextlib.suppress(PlatformError):
            return await ask(client, name)
        await asyncio.sleep(0.05)
    pytest.fail("it was never served again")
