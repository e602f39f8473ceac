"""What the tests of fetch share: a server to fetch from, a name server, and calls as a worker would make them."""

import asyncio

import pytest
import pytest_asyncio

from tests.broker.fetch.dns import NameServer
from tests.broker.fetch.upstream import Upstream
from transformer.broker.fetch import Fetch
from transformer.capabilities import Capabilities
from transformer.settings import Settings
from transformer.wire.calls import CallError

ANYWHERE = Capabilities(hosts=("*",))


class Calls:
    """Calls of one workspace to a handler of its own: `await calls(url, …)` is the value, `failed` the error."""

    def __init__(self, fetch, hosts):
        self.handler = fetch
        self.grants = Capabilities(hosts=tuple(hosts))

    async def __call__(self, url, *, workspace="shop", **arguments):
        return await self.handler.answer(workspace, self.grants, {"url": url, **arguments})

    async def failed(self, url, **arguments):
        with pytest.raises(CallError) as caught:
            await self(url, **arguments)
        error = caught.value
        return error.kind, error.details.get("why") or error.details.get("phase"), error.message


@pytest_asyncio.fixture
async def upstream():
    async with Upstream() as server:
        yield server


@pytest_asyncio.fixture
async def names():
    """A name server of the test's own."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    yield server
    transport.close()


@pytest_asyncio.fixture
async def open_fetch(names):
    """open_fetch(*hosts, **settings): calls that may go to these hosts; loopback is opened unless it is said otherwise."""
    opened = []

    def make(*hosts, log=None, **settings):
        usual = {"fetch_private": "127.0.0.1/32", "call_seconds": 30.0, "fetch_dns_servers": names.address}
        calls = Calls(Fetch(Settings(**(usual | settings)), log), hosts)
        opened.append(calls.handler)
        return calls

    yield make
    for handler in opened:
        await handler.close()


@pytest.fixture
def calls(open_fetch, upstream):
    """Calls that may go to the upstream server."""
    return open_fetch(f"127.0.0.1:{upstream.port}")
