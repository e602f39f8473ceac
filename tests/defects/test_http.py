"""The defects as data planes meet them: over HTTP, with code that comes as it does there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from time import monotonic
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.gateway.config_backend import ConfigBackend
from transformer.gateway import open_gateway
from transformer.service import Server
from transformer.settings import Settings

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.need("landlock"),
    pytest.mark.need("seccomp"),
    pytest.mark.need("javascript"),
]


@pytest.fixture(scope="module")
def code() -> Iterator[ConfigBackend]:
    with ConfigBackend() as backend:
        yield backend


class Plane:
    """Asks as a data plane does."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}"

    async def get(self, path: str) -> int:
        async with aiohttp.ClientSession() as session, session.get(self._url + path) as answer:
            return answer.status

    async def run(self, version: str, events: list[dict[str, Any]], **metadata: Any) -> list[dict[str, Any]]:
        """The replies to events, each with what is common in its metadata."""
        known = [{"sourceId": "s", "destinationId": "d", "messageId": f"m{n}", **metadata} for n in range(len(events))]
        items = [
            {"message": event, "metadata": own, "destination": {"Transformations": [{"VersionID": version}]}}
            for event, own in zip(events, known, strict=True)
        ]
        return await self.ask(items)

    async def ask(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        headers = {"Content-Type": "application/json", "X-Feature-Filter-Code": "?1"}
        body = json.dumps(items)
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._url + "/customTransform", data=body, headers=headers) as answer,
        ):
            assert (answer.status, answer.headers["apiVersion"]) == (200, "2")
            replies: list[dict[str, Any]] = await answer.json()
            return replies


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(code: ConfigBackend, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plane]:
    """With the settings that everybody gets."""
    url = f"sqlite:///{tmp_path_factory.mktemp('registry')}/registry.db"
    changes = {"listen": "127.0.0.1:0", "gateway_listen": "127.0.0.1:0", "config_backend_url": code.url, "log_level": "error"}
    settings = Settings(database_url=url, **changes)
    async with Server(settings, doors=open_gateway(settings)) as server:
        yield Plane(server.doors[0].address)


def statuses(replies: list[dict[str, Any]]) -> list[int]:
    return [one["statusCode"] for one in replies]


async def test_1_a_loop_after_an_await_costs_its_event_and_nobody_else_waits(plane, code):
    source = "export async function transformEvent(e) { try { await fetchV2('http://a.invalid'); } catch {} while (e.bad); return e; }"
    code.code("loops", source)
    running = asyncio.create_task(plane.run("loops", [{"bad": True}, {"n": 1}]))
    while not running.done():
        assert await plane.get("/health") == 200
        await asyncio.sleep(0.05)
    assert statuses(await running) == [400, 200]


async def test_2_a_promise_that_never_settles_is_told_at_once(plane, code):
    code.code("waits", "export const transformEvent = (e) => (e.bad ? new Promise(() => {}) : e);")
    assert statuses(await plane.run("waits", [{"bad": True}, {"n": 1}])) == [400, 200]


@pytest.mark.parametrize(
    "what", ["while (true);", "const a = []; for (;;) a.push(new Array(1e5).fill(1));", "return { f: () => 1 };"]
)
async def test_3_one_poison_event_fails_alone(plane, code, what):
    code.code(f"poison {what}", f"export function transformEvent(e) {{ if (e.bad) {{ {what} }} return e; }}")
    replies = await plane.run(f"poison {what}", [{"n": n, "bad": n == 7} for n in range(20)])
    assert statuses(replies) == [400 if n == 7 else 200 for n in range(20)]


async def test_4_each_output_once_whatever_the_groups(plane, code):
    code.code("same", "export const transformEvent = (e) => e;")
    items = [
        {
            "message": {"n": n},
            "metadata": {"destinationId": f"d{n % 3}", "sourceId": "s", "messageId": f"m{n}"},
            "destination": {"Transformations": [{"VersionID": "same"}]},
        }
        for n in range(9)
    ]
    assert [one["output"] for one in await plane.ask(items)] == [{"n": n} for n in range(9)]


async def test_5_code_is_compiled_once_and_stays_warm(plane, code):
    code.code("warm", "let runs = 0;\nexport const transformEvent = () => ({ runs: ++runs });")
    began = [(await plane.run("warm", [{}]))[0]["output"]["runs"] for _ in range(5)]
    assert began == [1, 2, 3, 4, 5]
    assert sum("warm" in path for path in code.asked) == 1


async def test_6_code_may_log_in_every_request(plane, code):
    code.code("logs", "export function transformEvent(e) { log('here', e); return e; }")
    for _ in range(3):
        assert statuses(await plane.run("logs", [{}])) == [200]


async def test_6_a_memory_bomb_takes_no_other_request_along(plane, code):
    bomb = "export async function transformEvent(e) { const a = []; while (e.bad) a.push(new Array(1e5).fill(1)); return e; }"
    code.code("bomb", bomb)
    answers = await asyncio.gather(*(plane.run("bomb", [{"bad": n == 3}]) for n in range(7)))
    assert [statuses(replies) for replies in answers] == [[400] if n == 3 else [200] for n in range(7)]


async def test_7_replies_keep_the_order_of_events_whoever_is_first(plane, code):
    source = "export async function transformEvent(e) { await new Promise((r) => setTimeout(r, 50 - 10 * e.n)); return e; }"
    code.code("races", source)
    replies = await plane.run("races", [{"n": n, "messageId": "same"} for n in range(5)])
    assert [(one["output"]["n"], one["metadata"]["messageId"]) for one in replies] == [(n, f"m{n}") for n in range(5)]


async def test_7_no_id_is_made_up(plane, code):
    code.code("all", "function transform(events) { return events.filter((e) => e.n); }", codeVersion="0")
    replies = await plane.run("all", [{"n": n} for n in range(3)])
    assert [(one["statusCode"], one["metadata"]["messageId"]) for one in replies] == [(298, "m0"), (200, "m1"), (200, "m2")]


async def test_8_no_events_are_an_answer_and_a_batch_that_throws_is_one_for_each(plane, code):
    assert await plane.ask([]) == []
    code.code("throws", "export function transformBatch() { throw new Error('all of it'); }")
    replies = await plane.run("throws", [{}, {}, {}])
    assert statuses(replies) == [400] * 3
    assert [one["metadata"]["messageId"] for one in replies] == ["m0", "m1", "m2"]


async def test_9_each_group_has_libraries_and_credentials_of_its_own(plane, code):
    code.code("asks", "import { x } from 'lib';\nexport const transformEvent = () => ({ x, c: getCredential('c') });")
    for n in range(2):
        code.library(f"lib{n}", "lib", f"export const x = {n};")
    items = [
        {
            "message": {},
            "metadata": {"destinationId": f"d{n}", "sourceId": "s"},
            "destination": {"Transformations": [{"VersionID": "asks"}]},
            "libraries": [{"VersionID": f"lib{n}"}],
            "credentials": [{"key": "c", "value": f"c{n}"}],
        }
        for n in range(2)
    ]
    assert [one["output"] for one in await plane.ask(items)] == [{"x": 0, "c": "c0"}, {"x": 1, "c": "c1"}]


async def test_12_python_needs_nothing_more_and_its_first_request_is_answered(plane, code):
    code.code("python", "def transformEvent(event, metadata):\n    return {'ok': True}\n", language="pythonfaas")
    began = monotonic()
    assert (await plane.run("python", [{}]))[0]["output"] == {"ok": True}
    assert monotonic() - began < 20


async def test_15_limits_are_on_without_a_word(plane, code):
    code.code("deep", "export const transformEvent = (e) => ({ text: 'x'.repeat(2 ** 20) });")
    (reply,) = await plane.run("deep", [{}])
    assert reply["statusCode"] == 400
    assert "limit" in reply["error"]


async def test_16_what_code_does_to_an_event_no_other_event_sees(plane, code):
    source = "export function transformBatch(events) { events[0].list.push(1); return events; }"
    code.code("mutates", source)
    shared = {"list": []}
    replies = await plane.run("mutates", [shared, shared])
    assert [one["output"]["list"] for one in replies] == [[1], []]
