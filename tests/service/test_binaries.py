"""Binaries through servers that share a registry: published with one, served by the other, and after a restart without it."""

import base64

import pytest

from transformer.client import AsyncClient
from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError, Code

pytestmark = pytest.mark.need("wasm")
PROBE = base64.b64decode(ENGINES["wasm"].probe)


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request, tmp_path):
    """Settings of servers that share a registry."""
    if request.param == "sqlite":
        yield {"database_url": f"sqlite:///{tmp_path}/registry.db", "cache_dir": "auto"}
        return
    postgres = request.getfixturevalue("postgres")
    url = postgres.new_database()
    yield {"database_url": url, "cache_dir": str(tmp_path / "cache")}
    postgres.take_back(url)


async def sent(client):
    result = await client.transform(workspace="default", transformations=["transformations/echo"], events=[{"a": 1}])
    return [output.payload for output in result.outputs]


async def test_two_servers_and_a_restart(open_server, shared, tmp_path):
    async with open_server(**shared) as one, AsyncClient(one.address) as client:
        await client.create_transformation("default", "echo")
        version = await client.create_version("default", "echo", PROBE, engine="wasm")
        assert base64.b64decode(version.source) == PROBE
        assert await client.create_version("default", "echo", PROBE, engine="wasm") == version
        await client.activate_version("default", "echo", 1)
        first = await sent(client)

        elsewhere = {**shared, "cache_dir": str(tmp_path / "elsewhere")}  # without the artefact: it makes its own
        async with open_server(**elsewhere) as other, AsyncClient(other.address) as there:
            assert await sent(there) == first
            with pytest.raises(CallerError, match="standard base64") as caught:
                await there.create_version("default", "echo", "(module)", engine="wasm")
            assert caught.value.code is Code.BAD_REQUEST
    async with open_server(**shared) as again, AsyncClient(again.address) as client:
        assert await sent(client) == first
        assert list(tmp_path.glob("**/*-artefacts/" + "?" * 64))
