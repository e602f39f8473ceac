"""Starting and embedding a server: what it says when it cannot, and that it leaves nothing behind."""

import asyncio
import socket

import pytest

from transformer.client import AsyncClient
from transformer.errors import Code, PlatformError
from transformer.settings import SettingsError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


async def test_a_port_in_use_is_an_error_that_names_it(open_server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError) as told:
            async with open_server(listen=address):
                raise AssertionError("it listens where somebody else does")
    assert str(told.value) == f"listen: {address} cannot be bound: address already in use"


@pytest.mark.parametrize("listen", ["", "localhost", ":50051", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000"])
async def test_an_address_that_is_none_is_an_error_that_shows_one(open_server, listen):
    with pytest.raises(SettingsError) as told:
        await open_server(listen=listen).start()
    assert str(told.value) == f"listen: {listen!r} is not host:port, for example 127.0.0.1:50051"


async def test_listening_beyond_this_machine_is_warned_of(open_server):
    lines = []
    async with open_server(lines, listen="0.0.0.0:0", insecure=True) as server:
        assert server.address.startswith("0.0.0.0:")
    assert [(line["level"], line["event"]) for line in lines if line["level"] != "info"] == [
        ("warning", "listening beyond this machine, insecurely")
    ]


async def test_two_servers_in_one_process_share_nothing(open_server):
    async with (
        open_server() as one,
        open_server() as two,
        AsyncClient(one.address) as first,
        AsyncClient(two.address) as second,
    ):
        await first.create_workspace("only-here")
        assert "only-here" not in {workspace.id for workspace in (await second.list_workspaces()).items}


async def test_a_server_can_be_stopped_twice(open_server):
    async with open_server() as server:
        assert await server.stop(1)
        assert await server.stop()


async def test_a_start_that_fails_leaves_nothing_running(open_server, tmp_path, until):
    before = asyncio.all_tasks()
    server = open_server(database_url=f"sqlite:///{tmp_path}/no/such/folder/registry.db")
    with pytest.raises(PlatformError) as told:
        async with server:
            raise AssertionError("it started without a registry")
    assert told.value.code is Code.REGISTRY_UNAVAILABLE
    left = asyncio.all_tasks() - before  # those of other servers in this loop end by themselves
    await until(lambda: all(task.done() for task in left))
