"""What only JavaScript can show, where the service that people come from runs nothing else: defects 1, 2, 3, 6, 7 and 10."""

import asyncio
import functools
import time

import pytest

from transformer.client import Event, Status
from transformer.errors import Code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

E = Status.EMITTED


def codes(result):
    return [outcome.failure.code if outcome.failure else outcome.status for outcome in result.outcomes]


@pytest.fixture
def publish_javascript(publish):
    """await publish_javascript(source): the id of a new transformation with that code."""
    return functools.partial(publish, engine="javascript")


@pytest.fixture
def send(client, publish_javascript):
    """await send(source, events): the result of a transformation with that code."""

    async def send_it(source, events):
        name = await publish_javascript(source)
        return await client.transform(workspace="default", transformations=[name], events=events)

    return send_it


async def test_1_loop_behind_an_await_costs_one_event_and_health_answers_meanwhile(client, send):
    loop = "export async function transformEvent(event) {\n  await 0;\n  if (event.n === 1) while (true);\n  return event;\n}\n"
    looping = asyncio.ensure_future(send(loop, [{"n": n} for n in range(3)]))
    answered = 0
    while not looping.done():
        assert await client.health(timeout=10) == "SERVING"
        answered += 1
        await asyncio.wait([looping], timeout=0.05)
    assert answered > 3
    assert codes(await looping) == [E, Code.TIME_LIMIT, E]


async def test_2_promise_that_never_settles_is_told_at_once(send):
    begun = time.monotonic()
    never = "export function transformEvent(event) {\n  return event.n === 1 ? new Promise(() => {}) : event;\n}\n"
    result = await send(never, [{"n": n} for n in range(3)])
    assert codes(result) == [E, Code.EXCEPTION, E]
    assert "never settle" in result.outcomes[1].failure.message
    assert time.monotonic() - begun < 30  # it was 600 there


async def test_3_poison_of_every_kind_fails_alone(send):
    poison = """
export async function transformEvent(event) {
  if (event.n === 1) return { f() {} };
  if (event.n === 3) throw new Error("not me");
  if (event.n === 5) { const held = []; for (;;) held.push(new Array(100_000).fill(0.5)); }
  return event;
}
"""
    result = await send(poison, [{"n": n} for n in range(7)])
    assert codes(result) == [E, Code.OUTPUT_NOT_JSON, E, Code.EXCEPTION, E, Code.MEMORY_LIMIT, E]


async def test_6_log_works_in_every_request_and_a_bomb_hits_no_request_in_flight(client, publish_javascript):
    name = await publish_javascript(
        "export function transformEvent(event) {\n"
        "  log('n is', event.n);\n"
        "  if (event.bomb) { const held = []; for (;;) held.push(new Array(100_000).fill(0.5)); }\n"
        "  return event;\n}\n"
    )

    async def one(n):
        event = {"n": n, "bomb": n == 3}
        result = await client.transform(workspace="default", transformations=[name], events=[event])
        return codes(result)[0]

    assert await one(0) == E
    assert await asyncio.gather(*map(one, range(1, 7))) == [E, E, Code.MEMORY_LIMIT, E, E, E]
    assert await one(7) == E


async def test_7_order_and_metadata_are_those_of_the_events(send):
    slow = """
export async function transformEvent(event, metadata) {
  await new Promise((resolve) => setTimeout(resolve, event.n % 2 ? 1 : 4));
  return { n: event.n, id: metadata(event).messageId };
}
"""
    events = [Event(b'{"n":%d,"messageId":"same"}' % n, f"m{n}") for n in range(6)]
    result = await send(slow, events)
    assert [output.inputs for output in result.outputs] == [(n,) for n in range(6)]
    assert [output.json()["n"] for output in result.outputs] == list(range(6))


async def test_10_what_the_sandbox_lacked_is_there(send):
    code = """
export async function transformEvent(event) {
  await new Promise((resolve) => setTimeout(resolve, 1));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("a"));
  return {
    host: new URL("https://example.com:8443/a?b=c").host,
    b: new URLSearchParams("b=c&b=d").getAll("b"),
    text: new TextDecoder().decode(Uint8Array.from([195, 164])),
    base64: atob(btoa("hello")),
    clone: structuredClone({ d: new Date(0) }).d.getTime(),
    digest: new Uint8Array(digest).length,
    uuid: crypto.randomUUID().length,
  };
}
"""
    result = await send(code, [{"n": 1}])
    assert result.outputs[0].json() == {
        "host": "example.com:8443",
        "b": ["c", "d"],
        "text": "ä",
        "base64": "hello",
        "clone": 0,
        "digest": 32,
        "uuid": 36,
    }
