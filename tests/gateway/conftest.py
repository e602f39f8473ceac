"""A real server with its gateway, shared by the tests of this folder, and a client that reads what it answers."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.gateway import open_gateway
from transformer.service import Server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory) -> AsyncIterator[Server]:
    """A server with a gateway, of which code comes from its registry."""
    settings = settings_of(tmp_path_factory.mktemp("registry"))
    async with Server(settings, doors=open_gateway(settings)) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plane(server) -> Plane:
    """Asks that server."""
    return Plane(server.doors[0].address)


@pytest.fixture
def backend() -> Iterator[ConfigBackend]:
    """A config backend of this test's own, on loopback."""
    with ConfigBackend() as made:
        yield made
