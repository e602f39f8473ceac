"""What is not served here goes to an incumbent as it came, and its answer comes back as it was."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import web

from tests.gateway.plane import Plane, settings_of
from transformer.access import Role, keys
from transformer.gateway import open_gateway
from transformer.gateway.endpoints.passing import PassesOn
from transformer.registry.records import Call, KeyDraft
from transformer.service import Server
from transformer.settings import Settings, SettingsError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

ITEM = {"message": {"type": "track"}, "metadata": {"jobId": 1, "workspaceId": "w1"}, "destination": {"ID": "d", "Config": {}}}


class Incumbent:
    """Notes what it is asked, and answers as told."""

    def __init__(self):
        self.asked = []
        self.answer = lambda: web.Response(status=200, body=b'{"output": []}', headers={"apiVersion": "2", "X-Own": "a, b"})

    async def take(self, request):
        self.asked.append(
            (request.method, request.path_qs, {k.lower(): v for k, v in request.headers.items()}, await request.read())
        )
        return self.answer()


@asynccontextmanager
async def serving(incumbent):
    application = web.Application(client_max_size=2**30)
    application.router.add_route("*", "/{path:.*}", incumbent.take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def gateway(folder, **changes):
    settings = settings_of(folder, **changes)
    async with Server(settings, doors=open_gateway(settings)) as server:
        yield server, Plane(server.doors[0].address)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def both(tmp_path_factory):
    incumbent = Incumbent()
    async with (
        serving(incumbent) as url,
        gateway(tmp_path_factory.mktemp("passing"), gateway_fallback_url=url + "/own/", gateway_fallback_seconds=30.0) as (
            _,
            plane,
        ),
    ):
        yield incumbent, plane


PATHS = [
    "/v0/destinations/nowhere",
    "/v1/destinations/braze/proxy",
    "/v0/destinations/am/proxyTest",
    "/v2/sources/webhook",
    "/v2/sources/facebook_lead_ads_native/hydrate?a=b%20c",
    "/deleteUsers",
]


@pytest.mark.parametrize("path", PATHS)
async def test_it_is_passed_on_as_it_came(both, path):
    incumbent, plane = both
    body = json.dumps([ITEM]).encode()
    answer = await plane.post(path, body, **{"X-Feature-Filter-Code": "?1", "Oauth-Secret": "{}", "RdProxy-Timeout": "10"})
    assert (answer.status, answer.body, answer.headers["x-own"]) == (200, b'{"output": []}', "a, b")
    assert answer.headers["apiversion"] == "2"
    method, target, headers, sent = incumbent.asked.pop()
    assert (method, target, sent) == ("POST", "/own" + path, body)
    assert (headers["x-feature-filter-code"], headers["oauth-secret"], headers["rdproxy-timeout"]) == ("?1", "{}", "10")
    assert headers["content-type"] == "application/json; charset=utf-8"


async def test_a_destination_of_ours_is_not_passed_on(both):
    incumbent, plane = both
    await plane.post("/v0/destinations/am", [ITEM])
    assert incumbent.asked == []


async def test_a_router_of_an_unknown_destination_is_passed_on(both):
    incumbent, plane = both
    await plane.post("/routerTransform", {"input": [ITEM], "destType": "NOWHERE"})
    assert incumbent.asked.pop()[1] == "/own/routerTransform"


@pytest.mark.parametrize("status", [404, 500, 503, 302])
async def test_whatever_it_says_is_handed_back(both, status):
    incumbent, plane = both
    usual, incumbent.answer = incumbent.answer, lambda: web.Response(status=status, body=b"no", headers={"Location": "/x"})
    answer = await plane.post("/deleteUsers", [])
    incumbent.answer = usual
    assert (answer.status, answer.body) == (status, b"no")
    assert "apiversion" not in answer.headers
    assert len(incumbent.asked) == 1
    incumbent.asked.clear()


async def test_what_was_passed_on_once_is_not_passed_on_again(both):
    incumbent, plane = both
    answer = await plane.post("/deleteUsers", [], **{"X-Transformer-Passed-On": "1"})
    assert answer.status == 508
    assert incumbent.asked == []


async def test_whose_events_are_is_the_incumbents_to_know(both):
    incumbent, plane = both
    answer = await plane.post("/v0/destinations/nowhere", [ITEM | {"metadata": {"workspaceId": "no id of ours/"}}])
    assert answer.status == 200
    assert len(incumbent.asked) == 1
    incumbent.asked.clear()


async def test_a_large_body_goes_through(both):
    incumbent, plane = both
    body = json.dumps([ITEM | {"message": {"a": "x" * 3_000_000}}]).encode()
    await plane.post("/v2/sources/webhook", body)
    assert incumbent.asked.pop()[3] == body


async def test_one_that_is_away_is_to_be_asked_again(tmp_path):
    incumbent = Incumbent()
    async with serving(incumbent) as url:
        pass
    async with gateway(tmp_path, gateway_fallback_url=url) as (_, plane):
        answer = await plane.post("/v0/destinations/nowhere", [ITEM])
        assert (answer.status, answer.headers["x-rudder-should-retry"]) == (503, "true")
        assert answer.headers["x-rudder-error-reason"] == "unreachable"


async def test_an_answer_that_is_too_large_is_not_held(tmp_path):
    incumbent = Incumbent()
    incumbent.answer = lambda: web.Response(body=b"x" * 10_000)
    async with serving(incumbent) as url, gateway(tmp_path, gateway_fallback_url=url, gateway_body_bytes=5000) as (_, plane):
        assert (await plane.post("/deleteUsers", [])).status == 503


async def test_keys_stay_here_and_workspaces_too(tmp_path):
    incumbent = Incumbent()
    async with (
        serving(incumbent) as url,
        gateway(tmp_path, gateway_fallback_url=url, authentication="keys") as (server, plane),
    ):
        own, every = keys.make(), keys.make()

        def fill():
            server._store.create_workspace("w1", "")
            for key, scope in ((own, "w1"), (every, "")):
                server._store.create_key(
                    KeyDraft(key.id, key.digest, f"k{scope}", scope, Role.TRANSFORM.text), call=Call("test")
                )

        await asyncio.to_thread(fill)
        theirs = ITEM | {"metadata": {"workspaceId": "w2"}}
        for key, path, item, passed in (
            (own, "/v0/destinations/nowhere", ITEM, True),
            (own, "/v0/destinations/nowhere", theirs, False),
            (own, "/deleteUsers", ITEM, False),
            (every, "/deleteUsers", ITEM, True),
            (every, "/v0/destinations/nowhere", theirs, True),
        ):
            await plane.post(path, [item], Authorization=f"Bearer {key.text}")
            assert [("authorization" in headers) for _, _, headers, _ in incumbent.asked] == [False] * passed
            incumbent.asked.clear()


@pytest.mark.parametrize("url", ["x", "ftp://a", "http://", "http://u:p@a", "http://a?b=c", "http://a#b", "//a", "http://[::"])
async def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(SettingsError, match="gateway_fallback_url"):
        PassesOn(Settings(gateway_fallback_url=url))
