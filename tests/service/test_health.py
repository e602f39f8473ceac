"""Who may send traffic here: standard health, the profile, and reflection."""

import asyncio

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from transformer.client import AsyncClient
from transformer.errors import CallerError, Code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

SERVICES = ["", "transformer.v1.TransformService", "transformer.v1.RegistryService", "profile:strict"]


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_is_serving(client, service):
    assert await client.health(service) == "SERVING"


@pytest.mark.parametrize("service", ["profile:development", "nothing"])
async def test_what_is_not_here_is_not_found(client, service):
    with pytest.raises(CallerError) as told:
        await client.health(service)
    assert told.value.code is Code.NOT_FOUND


async def test_the_development_profile_is_named_in_health_trailers_and_log(open_server):
    lines = []
    async with open_server(lines, profile="development") as server, AsyncClient(server.address) as client:
        assert await client.health("profile:development") == "SERVING"
        with pytest.raises(CallerError):
            await client.health("profile:strict")
        call = client._stubs["RegistryService"].ListWorkspaces
        from transformer.wire.pb import registry_pb2

        running = call(registry_pb2.ListWorkspacesRequest())
        await running
        assert dict(await running.trailing_metadata())["x-transformer-profile"] == "development"
        failing = client._stubs["RegistryService"].GetWorkspace(registry_pb2.GetWorkspaceRequest(name="workspaces/none"))
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await failing
        assert dict(told.value.trailing_metadata())["x-transformer-profile"] == "development"


async def test_health_says_not_serving_while_the_server_drains(open_server):
    async with open_server() as server, grpc.aio.insecure_channel(server.address) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        stopping = asyncio.ensure_future(server.stop(5))
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()
        assert await stopping


async def test_reflection_lists_the_services(server):
    async with grpc.aio.insecure_channel(server.address) as channel:
        call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await call.read()
        await call.done_writing()
        listed = {service.name for service in answer.list_services_response.service}
        call.cancel()
    assert listed == {
        "transformer.v1.TransformService",
        "transformer.v1.RegistryService",
        "transformer.v1.AccessService",
        "transformer.v1.TapService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }
