"""The registry over gRPC: resources, idempotent mutations, etags, pages, and what a new activation means for traffic."""

import asyncio

import grpc
import pytest

from transformer.client import AsyncClient, Case
from transformer.errors import CallerError, Code, Problem
from transformer.wire.pb import registry_pb2, registry_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
RENAMED = "def transformEvent(event, metadata):\n    event['seen'] = 2\n    return event\n"


async def refusal(awaitable):
    with pytest.raises(CallerError) as told:
        await awaitable
    return told.value


async def test_every_method_of_the_proto_is_served_and_refuses_an_empty_request(client):
    stub = registry_pb2_grpc.RegistryServiceStub(client._channel)
    for method in registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].methods:
        empty = getattr(registry_pb2, method.input_type.name)()
        if method.name == "ListWorkspaces":  # the one that needs nothing
            await stub.ListWorkspaces(empty)
            continue
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await getattr(stub, method.name)(empty)
        assert told.value.code() is grpc.StatusCode.INVALID_ARGUMENT, method.name


async def test_a_workspace_is_created_read_and_listed(client, new_id):
    name = f"w{new_id()}"
    made = await client.create_workspace(name, "for tests")
    assert (made.name, made.id, made.description) == (f"workspaces/{name}", name, "for tests")
    assert await client.get_workspace(name) == made
    assert made in (await client.list_workspaces(1000)).items
    assert (await refusal(client.create_workspace(name))).code is Code.ALREADY_EXISTS


async def test_a_version_says_what_was_published_and_by_whom(client, new_id):
    name = new_id()
    await client.create_transformation("default", name, "names")
    case = b'{"name": "passes", "event": {"a": 1}, "expect": {"emitted": {"a": 1}}}'
    version = await client.create_version("default", name, IDENTITY, cases={"passes": case})
    assert (version.number, version.engine, version.entry_point, version.actor) == (1, "python", "transformEvent", "tester")
    assert version.uses_metadata is False
    assert version.cases == (Case("passes", case),)
    assert await client.get_version("default", name, 1) == version
    listed = (await client.list_versions("default", name)).items
    assert [(each.number, each.source, each.cases) for each in listed] == [(1, "", ())]


async def test_the_same_content_is_the_same_version(client, new_id):
    name = new_id()
    await client.create_transformation("default", name)
    first = await client.create_version("default", name, IDENTITY)
    assert (await client.create_version("default", name, RENAMED)).number == 2
    assert await client.create_version("default", name, IDENTITY) == first


async def test_broken_code_is_refused_with_line_and_column(client, new_id):
    name = new_id()
    await client.create_transformation("default", name)
    error = await refusal(client.create_version("default", name, "def transformEvent(event, metadata):\n    return event[\n"))
    assert error.code is Code.CODE_REFUSED
    assert error.problems
    assert all(isinstance(problem, Problem) and problem.message for problem in error.problems)
    assert error.problems[0].line == 2
    assert error.problems[0].column > 0
    assert (await client.list_versions("default", name)).items == ()


async def test_a_case_that_does_not_hold_refuses_the_code(client, new_id):
    name = new_id()
    await client.create_transformation("default", name)
    case = b'{"name": "adds b", "event": {"a": 1}, "expect": {"emitted": {"b": 1}}}'
    error = await refusal(client.create_version("default", name, IDENTITY, cases={"adds b": case}))
    assert error.code is Code.CODE_REFUSED


async def test_repeating_a_mutation_with_its_request_id_changes_nothing(client, new_id):
    name = new_id()
    first = await client.create_transformation("default", name, request_id=f"r-{name}")
    assert await client.create_transformation("default", name, request_id=f"r-{name}") == first
    other = await refusal(client.create_transformation("default", new_id(), request_id=f"r-{name}"))
    assert other.code is Code.REQUEST_ID_REUSED
    entries = (await client.list_audit_entries("default", 1000)).items
    assert [entry.action for entry in entries if entry.resource.endswith(f"/{name}")] == ["CreateTransformation"]


async def test_validate_only_changes_nothing(client, new_id):
    name = new_id()
    await client.create_transformation("default", name, validate_only=True)
    assert (await refusal(client.get_transformation("default", name))).code is Code.NOT_FOUND
    await client.create_transformation("default", name)
    checked = await client.create_version("default", name, IDENTITY, validate_only=True)
    assert checked.entry_point == "transformEvent"
    assert (await client.list_versions("default", name)).items == ()
    broken = client.create_version("default", name, "def transformEvent(", validate_only=True)
    assert (await refusal(broken)).code is Code.CODE_REFUSED


async def test_a_stale_etag_is_refused_and_a_current_one_taken(client, publish):
    name = await publish(IDENTITY, RENAMED)
    alias = await client.get_alias("default", name)
    moved = await client.activate_version("default", name, 1, etag=alias.etag)
    assert moved.version == 1
    error = await refusal(client.activate_version("default", name, 2, etag=alias.etag))
    assert error.code is Code.STALE_ETAG
    described = await client.get_transformation("default", name)
    await client.update_transformation("default", name, "new", etag=described.etag)
    assert (await refusal(client.update_transformation("default", name, "x", etag=described.etag))).code is Code.STALE_ETAG


async def test_only_known_fields_can_be_updated(client, publish):
    name = await publish()
    request = registry_pb2.UpdateTransformationRequest()
    request.transformation.name = f"workspaces/default/transformations/{name}"
    request.update_mask.paths.append("live_version")
    stub = registry_pb2_grpc.RegistryServiceStub(client._channel)
    with pytest.raises(Exception, match='only "description" can be changed, not live_version'):
        await stub.UpdateTransformation(request)


async def test_lists_come_in_pages(client, publish):
    name = await publish(*(f"{IDENTITY}# {n}\n" for n in range(5)))
    numbers, token = [], ""
    while True:
        page = await client.list_versions("default", name, 2, token)
        numbers.append([version.number for version in page.items])
        token = page.next_token
        if not token:
            break
    assert numbers == [[5, 4], [3, 2], [1]]
    assert (await refusal(client.list_versions("default", name, 2, "nonsense"))).code is Code.BAD_REQUEST


async def test_activation_and_rollback_reach_the_very_next_batch(client, publish):
    name = await publish(IDENTITY, RENAMED)

    async def serving():
        result = await client.transform(workspace="default", transformations=[name], events=[{}])
        return int(result.versions[0].rpartition("/")[2])

    assert await serving() == 2
    await client.activate_version("default", name, 1)
    assert await serving() == 1
    assert (await client.rollback_alias("default", name)).version == 2
    assert await serving() == 2
    changes = (await client.list_alias_history("default", name)).items
    assert [(change.version, change.action, change.actor) for change in changes] == [
        (2, "rollback", "tester"),
        (1, "activate", "tester"),
        (2, "activate", "tester"),
    ]


async def test_an_activation_reaches_another_server_on_the_same_registry(open_server, tmp_path):
    url = f"sqlite:///{tmp_path}/shared.db"
    async with (
        open_server(database_url=url) as one,
        open_server(database_url=url) as two,
        AsyncClient(one.address) as here,
        AsyncClient(two.address) as there,
    ):
        await here.create_transformation("default", "shared")
        for source in (IDENTITY, RENAMED):
            await here.create_version("default", "shared", source)
        await here.activate_version("default", "shared", 1)

        async def serving():
            result = await there.transform(workspace="default", transformations=["shared"], events=[{}])
            return int(result.versions[0].rpartition("/")[2])

        assert await serving() == 1
        await here.activate_version("default", "shared", 2)
        async with asyncio.timeout(10):
            while await serving() != 2:  # every look is a round trip, so this does not spin
                pass


async def test_versions_are_compared_as_a_unified_diff(client, publish):
    name = await publish(IDENTITY, RENAMED)
    told = await client.diff_versions("default", name, 1, 2)
    assert "+    event['seen'] = 2\n" in told
    request = registry_pb2.DiffVersionsRequest(
        base=f"workspaces/default/transformations/{name}/versions/1",
        target="workspaces/default/transformations/another/versions/1",
    )
    stub = registry_pb2_grpc.RegistryServiceStub(client._channel)
    with pytest.raises(Exception, match="must be a version of the same transformation as base"):
        await stub.DiffVersions(request)


async def test_a_deleted_alias_and_a_deleted_transformation_are_gone(client, publish):
    name = await publish()
    await client.activate_version("default", name, 1, alias="qa")
    assert {alias.id for alias in (await client.list_aliases("default", name)).items} == {"live", "qa"}
    await client.delete_alias("default", name, "qa")
    assert (await refusal(client.get_alias("default", name, "qa"))).code is Code.NOT_FOUND
    await client.delete_transformation("default", name)
    assert (await refusal(client.get_transformation("default", name))).code is Code.NOT_FOUND
    assert name not in {each.id for each in (await client.list_transformations("default", 1000)).items}
    gone = await refusal(client.transform(workspace="default", transformations=[name], events=[{}]))
    assert gone.code is Code.NOT_FOUND


async def test_the_audit_trail_names_the_caller(server, publish):
    async with AsyncClient(server.address, actor="alice@example.org") as alice:
        name = await publish()
        await alice.update_transformation("default", name, "by alice")
        entry = (await alice.list_audit_entries("default", 1)).items[0]
    assert (entry.actor, entry.action, entry.resource) == (
        "alice@example.org",
        "UpdateTransformation",
        f"workspaces/default/transformations/{name}",
    )
