"""One server with the settings that everybody gets, for all of this folder: what is shown here must hold without any tuning."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
import structlog

from transformer.client import AsyncClient
from transformer.service import Server
from transformer.settings import Settings

Publish = Callable[..., Awaitable[str]]


def _drop(_: object, __: str, ___: dict[str, Any]) -> dict[str, Any]:
    raise structlog.DropEvent


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Server]:
    """open_server(**settings): a server on a free port with an embedded registry of its own, everything else as by default."""

    def make(**changes: Any) -> Server:
        url = f"sqlite:///{tmp_path_factory.mktemp('registry')}/registry.db"
        log = structlog.wrap_logger(None, processors=[_drop], wrapper_class=structlog.make_filtering_bound_logger(0))
        return Server(Settings(**{"listen": "127.0.0.1:0", "database_url": url, **changes}), log=log)

    return make


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(open_server: Callable[..., Server]) -> AsyncIterator[Server]:
    """The shared server."""
    async with open_server() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(server: Server) -> AsyncIterator[AsyncClient]:
    """A client of it that tries nothing twice: what it gets is what the first answer was."""
    async with AsyncClient(server.address, attempts=1) as connected:
        yield connected


@pytest.fixture(scope="session")
def publish(client: AsyncClient) -> Publish:
    """await publish(source, on=client, engine="python"): the id of a new transformation with that code."""
    numbers = itertools.count()

    async def make(source: str, on: AsyncClient = client, engine: str = "python") -> str:
        name = f"t{next(numbers)}"
        await on.create_transformation("default", name)
        version = await on.create_version("default", name, source, engine=engine)
        await on.activate_version("default", name, version.number)
        return name

    return make
