"""Every route of the gateway, every role, in one's own workspace and in somebody else's: each cell of the table is tried."""

import asyncio
import base64

import pytest
import pytest_asyncio

from tests.gateway.plane import Plane, settings_of
from transformer.access import Role, keys
from transformer.access.roles import EVENTS, ROUTES
from transformer.gateway import open_gateway
from transformer.registry.records import Call, KeyDraft
from transformer.service import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

OURS, THEIRS, EVERY = "ours", "theirs", ""
REASONS = {"unauthenticated", "permission_denied"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guarded(tmp_path_factory):
    """Asks a server that asks for keys; a key for each role and scope, None for none."""
    settings = settings_of(tmp_path_factory.mktemp("guarded"), authentication="keys")
    async with Server(settings, doors=open_gateway(settings)) as server:
        sent = {(None, "none"): {}, (None, "unknown"): {"Authorization": f"Bearer {keys.make().text}"}}

        def fill():
            for workspace in (OURS, THEIRS):
                server._store.create_workspace(workspace, "")
            for role in Role:
                for scope in (OURS, EVERY):
                    made = keys.make()
                    draft = KeyDraft(made.id, made.digest, f"{role.text} {scope}", scope, role.text)
                    server._store.create_key(draft, call=Call("test"))
                    sent[role, scope] = {"Authorization": f"Bearer {made.text}"}

        await asyncio.to_thread(fill)
        yield Plane(server.doors[0].address), sent


def body_for(workspace):
    """One event, in every shape that a route may read."""
    metadata = {"workspaceId": workspace, "jobId": 1, "messageId": "m", "sourceId": "s", "destinationId": "d"}
    destination = {"ID": "d", "Config": {}, "Transformations": [{"VersionID": "code"}]}
    return {"message": {"messageId": "m", "type": "track"}, "metadata": metadata, "destination": destination}


def request_for(name, workspace):
    method, path = name.split()
    for part, value in (("{version}", "v0"), ("{destination}", "webhook"), ("{path:path}", "anything")):
        path = path.replace(part, value)
    if method == "GET":
        return method, path, None
    item = body_for(workspace)
    return method, path, {"input": [item], "destType": "webhook"} if path in {"/routerTransform", "/batch"} else [item]


def kept_out(answer):
    return answer.status in {401, 403} or answer.headers.get("x-rudder-error-reason") in REASONS


@pytest.mark.parametrize("name", sorted(ROUTES))
async def test_each_cell_is_what_the_table_says(guarded, name):
    plane, sent = guarded
    rule = ROUTES[name]
    found, wanted = {}, {}
    for (role, scope), headers in sent.items():
        for workspace in (OURS, THEIRS):
            method, path, body = request_for(name, workspace)
            answer = await plane.ask(method, path, body, **headers)
            cell = (role and role.text, scope or "every", workspace)
            found[cell] = kept_out(answer)
            allowed = rule.role is None or (role is not None and role >= rule.role)
            wanted[cell] = not allowed or bool(
                rule.where == EVENTS and scope == OURS and workspace == THEIRS and role is not None
            )
            if found[cell] and rule.where == EVENTS:
                assert answer.status == 503
                assert answer.headers["x-rudder-should-retry"] == "true"
    assert found == wanted


@pytest.mark.parametrize("form", ["{key}:", ":{key}", "anybody:{key}"])
async def test_a_key_comes_as_an_address_carries_it(guarded, form):
    plane, sent = guarded
    key = sent[Role.TRANSFORM, OURS]["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(form.format(key=key).encode()).decode()
    answer = await plane.post("/customTransform", [body_for(OURS)], Authorization=f"Basic {basic}")
    assert not kept_out(answer)
    answer = await plane.post("/customTransform", [body_for(OURS)], Authorization="Basic !!!")
    assert kept_out(answer)
