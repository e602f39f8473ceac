"""Every method, every role, in one's own workspace and in somebody else's: each cell of the table is tried on a real server."""

import asyncio
import itertools
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from google.protobuf import message_factory
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

import transformer.wire.pb
from transformer.access import RULES, Role, keys
from transformer.access.roles import EVERYWHERE, HTTP, OWN
from transformer.registry.definition_records import DefinitionDraft, DefinitionUses
from transformer.registry.records import Call, KeyDraft, TableDraft, VersionDraft
from transformer.registry.sealing import new_key
from transformer.wire.pb import (
    access_pb2,
    definitions_pb2,
    libraries_pb2,
    registry_pb2,
    secrets_pb2,
    tables_pb2,
    tap_pb2,
    transform_pb2,
)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
FLOW = "steps: [library/pii/v1]\n"
FOLDER = Path(transformer.wire.pb.__file__).parent
OURS_TOO = [import_module(f"transformer.wire.pb.{path.stem}") for path in sorted(FOLDER.glob("*_pb2.py"))]
FILES = [*OURS_TOO, health_pb2, reflection_pb2]
METHODS = {
    f"{service.full_name}/{method.name}": method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
OURS, THEIRS, EVERY = "ours", "theirs", ""
CREDENTIALS = [(role, scope) for role in Role for scope in (OURS, EVERY)]


def registry(method, /, **fields):
    return getattr(registry_pb2, f"{method}Request")(**fields)


def definition(method, /, **fields):
    return getattr(definitions_pb2, f"{method}Request")(**fields)


def request_for(method, workspace, known):
    """A request that succeeds for whoever may make it, and changes nothing."""
    here = f"workspaces/{workspace}"
    code = f"{here}/transformations/code"
    live = f"{code}/aliases/live"
    check = {"validate_only": True}
    flow = f"{here}/pipelines/flow"
    secret, table = f"{here}/secrets/KEY", f"{here}/tables/plans"
    start = tables_pb2.PushTableStart(parent=here, table_id="plans", key="id", **check)
    batch = transform_pb2.TransformRequest(
        workspace=here, transformations=["transformations/code"], events=[transform_pb2.Event(payload=b"{}")]
    )
    return {
        "Transform": lambda: batch,
        "TransformStream": lambda: transform_pb2.TransformStreamRequest(request=batch),
        "CreateWorkspace": lambda: registry("CreateWorkspace", workspace_id="another", **check),
        "GetWorkspace": lambda: registry("GetWorkspace", name=here),
        "ListWorkspaces": lambda: registry("ListWorkspaces"),
        "CreateTransformation": lambda: registry("CreateTransformation", parent=here, transformation_id="new", **check),
        "GetTransformation": lambda: registry("GetTransformation", name=code),
        "ListTransformations": lambda: registry("ListTransformations", parent=here),
        "UpdateTransformation": lambda: registry(
            "UpdateTransformation", transformation=registry_pb2.Transformation(name=code, description="new"), **check
        ),
        "DeleteTransformation": lambda: registry("DeleteTransformation", name=code, **check),
        "CreateVersion": lambda: registry(
            "CreateVersion", parent=code, version=registry_pb2.Version(engine="python", source=IDENTITY), **check
        ),
        "GetVersion": lambda: registry("GetVersion", name=f"{code}/versions/1"),
        "ListVersions": lambda: registry("ListVersions", parent=code),
        "DiffVersions": lambda: registry("DiffVersions", base=f"{code}/versions/1", target=f"{code}/versions/2"),
        "GetAlias": lambda: registry("GetAlias", name=live),
        "ListAliases": lambda: registry("ListAliases", parent=code),
        "ActivateVersion": lambda: registry("ActivateVersion", name=live, version=1, **check),
        "RollbackAlias": lambda: registry("RollbackAlias", name=live, **check),
        "DeleteAlias": lambda: registry("DeleteAlias", name=live, **check),
        "ListAliasHistory": lambda: registry("ListAliasHistory", parent=live),
        "ListAuditEntries": lambda: registry("ListAuditEntries", parent=here),
        "CreateKey": lambda: access_pb2.CreateKeyRequest(
            key=access_pb2.Key(label="new", workspace=here, role=access_pb2.ROLE_TRANSFORM), **check
        ),
        "GetKey": lambda: access_pb2.GetKeyRequest(name=known[workspace]),
        "ListKeys": lambda: access_pb2.ListKeysRequest(workspace=here),
        "RevokeKey": lambda: access_pb2.RevokeKeyRequest(name=known[workspace], **check),
        "Watch": lambda: tap_pb2.WatchRequest(name=code),
        "CreateLibraryVersion": lambda: libraries_pb2.CreateLibraryVersionRequest(
            parent=here, handle="tools", engine="python", source="x = 1", **check
        ),
        "GetLibraryVersion": lambda: libraries_pb2.GetLibraryVersionRequest(name=f"{here}/libraries/tools/versions/1"),
        "ListLibraries": lambda: libraries_pb2.ListLibrariesRequest(parent=here),
        "CreateSecret": lambda: secrets_pb2.CreateSecretRequest(parent=here, secret_id="NEW", value="v", **check),
        "UpdateSecret": lambda: secrets_pb2.UpdateSecretRequest(name=secret, value="v", **check),
        "GetSecret": lambda: secrets_pb2.GetSecretRequest(name=secret),
        "ListSecrets": lambda: secrets_pb2.ListSecretsRequest(parent=here),
        "DeleteSecret": lambda: secrets_pb2.DeleteSecretRequest(name=secret, **check),
        "RotateSecrets": lambda: secrets_pb2.RotateSecretsRequest(**check),
        "PushTable": lambda: tables_pb2.PushTableRequest(start=start),
        "GetTable": lambda: tables_pb2.GetTableRequest(name=table),
        "ListTables": lambda: tables_pb2.ListTablesRequest(parent=here),
        "ListTableVersions": lambda: tables_pb2.ListTableVersionsRequest(parent=table),
        "ActivateTableVersion": lambda: tables_pb2.ActivateTableVersionRequest(name=table, version=1, **check),
        "DeleteTable": lambda: tables_pb2.DeleteTableRequest(name=table, **check),
        "PushDefinition": lambda: definition("PushDefinition", name=flow, content=FLOW, **check),
        "ApplyDefinitions": lambda: definition("ApplyDefinitions", parent=here, **check),
        "GetApplied": lambda: definition("GetApplied", parent=here),
        "GetDefinition": lambda: definition("GetDefinition", name=flow),
        "ListDefinitions": lambda: definition("ListDefinitions", parent=f"{here}/pipelines"),
        "ListDefinitionVersions": lambda: definition("ListDefinitionVersions", parent=flow),
        "ActivateDefinitionVersion": lambda: definition("ActivateDefinitionVersion", name=flow, version=1, **check),
        "DeleteDefinition": lambda: definition("DeleteDefinition", name=flow, **check),
        "grpc.health.v1.Health/Check": health_pb2.HealthCheckRequest,
        "grpc.health.v1.Health/List": health_pb2.HealthListRequest,
        "grpc.health.v1.Health/Watch": health_pb2.HealthCheckRequest,
        "ServerReflectionInfo": lambda: reflection_pb2.ServerReflectionRequest(list_services=""),
    }[method if method.startswith("grpc.health") else method.partition("/")[2]]()


def expected(rule, role, scope, workspace):
    """What the table says about a cell."""
    if rule.role is None:
        return "UNIMPLEMENTED" if rule.method == "List" else "OK"  # the library's servicer lacks it
    if role is None:
        return "UNAUTHENTICATED"
    elsewhere = bool(scope) and scope != workspace
    if role < rule.role or (rule.where == EVERYWHERE and scope):
        return "PERMISSION_DENIED"
    if rule.where in {"", EVERYWHERE} or not elsewhere:
        return "OK"
    if rule.where == OWN:  # a key of somebody else's is as if it were not there; a list cannot be asked about them at all
        return {"GetKey": "NOT_FOUND", "RevokeKey": "NOT_FOUND", "ListKeys": "PERMISSION_DENIED"}.get(rule.method, "OK")
    return "PERMISSION_DENIED"


async def status_of(channel, name, request, metadata):
    """The name of the status that a call ends with; OK as soon as there is an answer."""
    method = METHODS[name]
    answer = message_factory.GetMessageClass(method.output_type)
    kind = "stream" if method.client_streaming else "unary"
    called = getattr(channel, f"{kind}_{'stream' if method.server_streaming else 'unary'}")(
        f"/{name}", type(request).SerializeToString, answer.FromString
    )
    given = iter([request]) if method.client_streaming else request
    call = called(given, metadata=metadata, timeout=20)
    try:
        told = await call.read() if method.server_streaming else await call
    except grpc.aio.AioRpcError as error:
        return error.code().name
    finally:
        call.cancel()
    if told is grpc.aio.EOF:
        return (await call.code()).name
    failed = getattr(told, "error", b"")
    return "PERMISSION_DENIED" if b"PERMISSION_DENIED" in failed else f"error {failed}" if failed else "OK"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(open_server):
    """A server that asks for keys, two workspaces alike, and a key for each role and scope."""
    async with open_server(authentication="keys", secrets_key=new_key()) as server:
        store, sealer = server._store, server.sealer
        known, sent = {}, {}

        def fill():
            for workspace in (OURS, THEIRS):
                store.create_workspace(workspace, "")
                store.create_transformation(workspace, "code", "")
                for number in (1, 2):
                    store.add_version(workspace, "code", VersionDraft("python", IDENTITY + "\n" * number))
                    store.activate(workspace, "code", "live", number)
                store.secrets.create(workspace, "KEY", sealer.seal(workspace, "KEY", "value"), "f")
                file = store.tables.keep([b"bytes"])
                store.libraries.add(workspace, "tools", "python", "x = 1\n")
                store.definitions.push(workspace, DefinitionDraft("pipelines", "flow", FLOW, DefinitionUses()))
                store.tables.push(workspace, "plans", TableDraft(file, "id", 1, 5, "0" * 64, "0" * 64))
                made = keys.make()
                known[workspace] = store.create_key(KeyDraft(made.id, made.digest, "known", workspace, "transform")).name
            for role, scope in CREDENTIALS:
                made = keys.make()
                store.create_key(KeyDraft(made.id, made.digest, f"{role.text} {scope}", scope, role.text), call=Call("test"))
                sent[role, scope] = (("authorization", f"Bearer {made.text}"),)

        await asyncio.to_thread(fill)
        async with grpc.aio.insecure_channel(server.address) as channel:
            yield channel, known, sent


async def test_every_method_has_one_rule_and_every_rule_a_method():
    assert set(RULES) == set(METHODS)


async def test_names_of_our_own_methods_are_unique():
    ours = [rule.method for rule in RULES.values() if rule.service.startswith("transformer.")]
    assert len(ours) == len(set(ours))


@pytest.mark.parametrize("name", sorted(RULES))
async def test_each_cell_is_what_the_table_says(guarded, name):
    channel, known, sent = guarded
    rule = RULES[name]
    nobody = {(None, "no key"): (), (None, "no such key"): (("authorization", f"Bearer {keys.make().text}"),)}
    found, wanted = {}, {}
    for ((role, scope), metadata), workspace in itertools.product((sent | nobody).items(), (OURS, THEIRS)):
        cell = (role and role.text, scope or "every", workspace)
        found[cell] = await status_of(channel, name, request_for(name, workspace, known), metadata)
        wanted[cell] = expected(rule, role, scope if role else "", workspace)
    assert found == wanted


async def test_a_foreign_workspace_looks_the_same_whether_it_exists_or_not(guarded):
    """The whole answer, rich details too, is the same for what is there and for what is not."""
    channel, known, sent = guarded
    for name, rule in RULES.items():
        if rule.where in {"", OWN, EVERYWHERE} or METHODS[name].server_streaming:
            continue
        told = []
        for workspace in (THEIRS, "no-such-workspace"):
            request = request_for(name, workspace, known | {workspace: "keys/none"})
            empty = message_factory.GetMessageClass(METHODS[name].output_type)
            call = channel.unary_unary(f"/{name}", type(request).SerializeToString, empty.FromString)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(request, metadata=sent[Role.ADMIN, OURS])
            told.append((refused.value.code(), refused.value.details(), tuple(refused.value.trailing_metadata())))
        assert told[0] == told[1], name
        assert told[0][1] == "these credentials act in workspaces/ours only"


async def test_lists_of_a_scoped_caller_are_about_its_workspace_only(guarded):
    channel, _, sent = guarded
    list_keys = channel.unary_unary(
        "/transformer.v1.AccessService/ListKeys",
        access_pb2.ListKeysRequest.SerializeToString,
        access_pb2.ListKeysResponse.FromString,
    )
    found = await list_keys(access_pb2.ListKeysRequest(page_size=1000), metadata=sent[Role.ADMIN, OURS])
    assert {key.workspace for key in found.keys} == {"workspaces/ours"}
    every = await list_keys(access_pb2.ListKeysRequest(page_size=1000), metadata=sent[Role.ADMIN, EVERY])
    assert {key.workspace for key in every.keys} >= {"", "workspaces/ours", "workspaces/theirs"}
    list_workspaces = channel.unary_unary(
        "/transformer.v1.RegistryService/ListWorkspaces",
        registry_pb2.ListWorkspacesRequest.SerializeToString,
        registry_pb2.ListWorkspacesResponse.FromString,
    )
    told = await list_workspaces(registry_pb2.ListWorkspacesRequest(), metadata=sent[Role.AUTHOR, OURS])
    assert [workspace.name for workspace in told.workspaces] == ["workspaces/ours"]


@pytest.mark.parametrize(
    "named", ["", "workspaces/", "workspaces/-", "ours", "workspaces/ours2", "workspaces/OURS", "workspaces//ours"]
)
async def test_a_name_that_only_looks_like_ones_own_opens_nothing(guarded, named):
    channel, _, sent = guarded
    for method, request in (
        ("RegistryService/ListAuditEntries", registry("ListAuditEntries", parent=named)),
        ("RegistryService/GetWorkspace", registry("GetWorkspace", name=named)),
        ("AccessService/CreateKey", access_pb2.CreateKeyRequest(key=access_pb2.Key(label="x", workspace=named, role=4))),
    ):
        status = await status_of(channel, f"transformer.v1.{method}", request, sent[Role.ADMIN, OURS])
        assert status == "PERMISSION_DENIED", method


async def test_a_pipeline_cannot_borrow_code_of_another_workspace(guarded):
    channel, _, sent = guarded
    batch = transform_pb2.TransformRequest(
        workspace="workspaces/ours", transformations=["workspaces/theirs/transformations/code"], events=[transform_pb2.Event()]
    )
    name = "transformer.v1.TransformService/Transform"
    assert await status_of(channel, name, batch, sent[Role.TRANSFORM, OURS]) == "INVALID_ARGUMENT"
    diff = registry(
        "DiffVersions",
        base="workspaces/ours/transformations/code/versions/1",
        target="workspaces/theirs/transformations/code/versions/1",
    )
    name = "transformer.v1.RegistryService/DiffVersions"
    assert await status_of(channel, name, diff, sent[Role.ADMIN, OURS]) == "INVALID_ARGUMENT"


async def test_every_http_route_is_what_the_table_says_and_there_is_no_other(open_server):
    """Each route is open to whoever reaches its address, with a key or without; there is none without the setting."""
    async with open_server(authentication="keys", metrics_listen="127.0.0.1:0") as server:
        address = server.observation.address
        for route in HTTP:
            method, path = route.split()
            for headers in ({}, {"authorization": "Bearer tk_wrong"}):
                assert (await asyncio.to_thread(asked, address, method, path, headers))[0] == 200
        for method, path in (("GET", "/"), ("GET", "/keys"), ("POST", "/metrics"), ("PUT", "/metrics"), ("DELETE", "/metrics")):
            assert (await asyncio.to_thread(asked, address, method, path, {}))[0] >= 400, (method, path)
    async with open_server() as server:
        assert server.observation.address == ""


def asked(address, method, path, headers):
    connection = HTTPConnection(address, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
