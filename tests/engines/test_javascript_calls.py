"""What JavaScript offers over host calls: fetch and its classes, kv, lookup, credentials, geolocation. Real workers, answers of ours."""

import asyncio
import json

import orjson
import pytest
import pytest_asyncio

from transformer.broker import Broker
from transformer.capabilities import Capabilities
from transformer.errors import Code
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings
from transformer.wire.calls import CallError

ALL = Capabilities(hosts=("*",), secrets=("key", "none", "1", "true"), kv="", geolocation=True, tables=("plans",))
LEGACY = Capabilities(hosts=("*",), legacy_fetch=True)
TELLS = """
const told = (thrown) => thrown instanceof Error || thrown instanceof DOMException
  ? {name: thrown.name, message: thrown.message, kind: thrown.kind} : {thrown};
async function transformEvent(event, metadata) {
  try {
    const value = await (0, eval)("(async () => {" + event.code + "\\n})()");
    return {value: value === undefined ? "undefined" : value};
  } catch (thrown) {
    return told(thrown);
  }
}
"""


class Upstream:
    """Answers every kind of call as the names in it say, and keeps what was asked."""

    def __init__(self):
        self.asked = []
        self.kept = {}

    async def fetch(self, workspace, capabilities, arguments):
        self.asked.append(arguments)
        path = arguments["url"].partition("://")[2].partition("/")[2]
        if path in {"timeout", "connection", "refused", "unavailable", "too_large"}:
            raise CallError(path, f"it is {path}")
        if path.startswith("private"):
            raise CallError("refused", "fetch: the host has no public address")
        if path == "never":
            await asyncio.Event().wait()
        body = {
            "text": "grüße".encode(),
            "bom": b"\xef\xbb\xbf{}",
            "binary": bytes(range(256)),
            "json": b'{"a":[1,null,"\xc3\xbc"],"__proto__":1}',
            "empty": b"",
            "echo": orjson.dumps({**arguments, "body": arguments.get("body", b"-").decode("latin-1")}),
        }.get(path, b"{}")
        return {
            "status": {"missing": 404, "moved": 301}.get(path, 200),
            "reason": "Fine",
            "url": arguments["url"],
            "headers": [["Content-Type", "application/json"], ["Set-Cookie", "a=1"], ["set-cookie", "b=2"], ["X-A", "1"]],
            "history": [{"status": 302}] if path == "redirected" else [],
            "body": body,
            "elapsed": 0.1,
            "cached": False,
        }

    async def kv(self, workspace, capabilities, arguments):
        self.asked.append(arguments)
        kept = self.kept
        match arguments["op"]:
            case "get":
                return {"values": [kept.get(key) for key in arguments["keys"]]}
            case "set":
                kept |= arguments["items"]
                return None
            case "set_if_absent":
                return kept.setdefault(arguments["key"], arguments["value"]) is arguments["value"]
            case "increment":
                kept[arguments["key"]] = kept.get(arguments["key"], 0) + arguments["by"]
                return kept[arguments["key"]]
            case _:
                return sum(kept.pop(key, None) is not None for key in arguments["keys"])

    async def secret(self, workspace, capabilities, arguments):
        if arguments["key"] not in {"key", "1", "true"}:
            raise CallError("missing" if arguments["key"] == "none" else "refused", "there is no such secret")
        return f"value of {arguments['key']}"

    async def geolocation(self, workspace, capabilities, arguments):
        match arguments["ip"]:
            case "1.2.3.4":
                return {"ip": "1.2.3.4", "city": "Bern"}
            case "::429":
                raise CallError("status", "status code: 429", {"code": "429"})
            case "::0ff":
                raise CallError("unsupported", "not here")
            case "::9":
                raise CallError("unavailable", "not now")
            case _:
                raise CallError("invalid", "no address")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream():
    return Upstream()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(upstream):
    broker = Broker()
    for kind in ("fetch", "kv", "secret", "geolocation"):
        broker.register(kind, getattr(upstream, kind))
    async with Pool(Settings(spare_workers=0), broker=broker) as made:
        yield made


@pytest.fixture
def run(need, pool):
    """run(codes, source) → what became of each: its output, or its Failure."""
    need("javascript")

    async def run_them(codes, source=TELLS, capabilities=ALL):
        plan = Plan(
            "w", (Step(f"{hash(source)}{capabilities}", "javascript", "t", source, capabilities=capabilities),), Limits()
        )
        ledger = await pool.run(plan, Batch([orjson.dumps({"code": code}) for code in codes]))
        payloads = iter(ledger.outputs()[0])
        return [ledger.failures[at] if at in ledger.failures else json.loads(next(payloads)) for at, _ in enumerate(codes)]

    return run_them


GOT = {
    "const r = await fetch('https://a.example/json'); return [r.status, r.ok, r.url, r.redirected, r.type, await r.json()]": [
        200,
        True,
        "https://a.example/json",
        False,
        "basic",
        {"a": [1, None, "ü"], "__proto__": 1},
    ],
    "const r = await fetch('https://a.example/missing'); return [r.status, r.ok, r.statusText]": [404, False, "Fine"],
    "return (await fetch('https://a.example/redirected')).redirected": True,
    "return await (await fetch(new URL('https://a.example/text'))).text()": "grüße",
    "return await (await fetch('https://a.example/bom')).json()": {},
    "return [...await (await fetch('https://a.example/binary')).bytes()].reduce((a, b) => a + b)": 255 * 128,
    "return await (await fetch('https://a.example/empty')).text()": "",
    "const h = (await fetch('https://a.example/x')).headers; try { h.set('a', 'b') } catch (e) { return [e.name, h.get('content-type'), h.getSetCookie()] }": [
        "TypeError",
        "application/json",
        ["a=1", "b=2"],
    ],
    "const c = new AbortController(); setTimeout(() => c.abort(), 5); try { await fetch('https://a.example/never', {signal: c.signal}) } catch (e) { return e.name }": (
        "AbortError"
    ),
    "try { await fetch('https://a.example/never', {signal: AbortSignal.timeout(5)}) } catch (e) { return e.name }": "TimeoutError",
    "try { await fetch('https://a.example/timeout') } catch (e) { return [e.name, e.kind] }": ["TimeoutError", "timeout"],
    "try { await fetch('https://a.example/refused') } catch (e) { return [e.name, e.message, e.kind] }": [
        "TypeError",
        "fetch failed: it is refused",
        "refused",
    ],
    "try { await fetch('/x') } catch (e) { return e.name }": "TypeError",
    "return (await Promise.all([1, 2, 3].map(n => fetch('https://a.example/' + n)))).map(r => r.url.at(-1))": ["1", "2", "3"],
    "const r = await fetchV2('https://a.example/json'); return [r.url, r.status, r.headers['x-a'], r.headers['set-cookie'], r.body.a]": [
        "https://a.example/json",
        200,
        "1",
        "a=1, b=2",
        [1, None, "ü"],
    ],
    "return (await fetchV2('https://a.example/text')).body": "grüße",
    "try { await fetchV2('https://a.example/connection') } catch (e) { return [e instanceof Error, e.message, typeof e.stack] }": [
        False,
        "fetch failed: it is connection",
        "string",
    ],
    "try { await fetch('https://a.example/json', {timeout: -1}) } catch (e) { return e.message }": (
        "timeout is a number of milliseconds; 0: as long as a call may take"
    ),
    "try { await fetch('https://a.example/json', {cache: 5}) } catch (e) { return e.message }": (
        "cache is { seconds, key }, or a word of the standard, which changes nothing"
    ),
    "return (await fetch('https://a.example/json', {timeout: 0, cache: 'no-store'})).status": 200,
    "try { await fetch('https://a.example/private') } catch (e) { return e.message }": (
        "fetch failed: the host has no public address"
    ),
    "try { await fetchV2('https://a.example/private?key=s3cret') } catch (e) { return e.message }": (
        "request to https://a.example/private failed, reason: cannot use a non-public IP address for a.example"
    ),
    "try { await fetchV2('https://me:s3cret@a.example/private') } catch (e) { return e.message }": (
        "request to a.example failed, reason: cannot use a non-public IP address for a.example"
    ),
    "try { await fetchV2() } catch (e) { return [e instanceof Error, typeof e.message] }": [False, "string"],
    # kv
    "await kv.set('a', {n: [1]}, 60); await kv.setMany({b: 2, c: null}); return [await kv.get('a'), await kv.get('z'), await kv.get('z', 5), await kv.getMany(['a', 'z', 'b'])]": [
        {"n": [1]},
        None,
        5,
        {"a": {"n": [1]}, "b": 2},
    ],
    "return [await kv.increment('n'), await kv.increment('n', 2.5, {ttl: 5}), await kv.setIfAbsent('n', 1), await kv.delete('n', 'm')]": [
        1,
        3.5,
        False,
        1,
    ],
    "try { await kv.get(1) } catch (e) { return e.name }": "TypeError",
    "try { await kv.set('a', undefined) } catch (e) { return e.name }": "TypeError",
    "try { await kv.increment('a', '1') } catch (e) { return e.name }": "TypeError",
    # the rest
    "return [getCredential('key'), getCredential('key'), getCredential('none'), getCredential(1), getCredential(true), getCredential({})].map(String)": [
        "value of key",
        "value of key",
        "undefined",
        "value of 1",
        "value of true",
        "undefined",
    ],
    "try { getCredential() } catch (e) { return [e.name, e.message] }": ["TypeError", "Key should be valid and defined"],
    "try { getCredential('undeclared') } catch (e) { return [e.name, e.kind] }": ["HostCallError", "refused"],
    "return (await geolocation('1.2.3.4')).city": "Bern",
    "try { await geolocation() } catch (e) { return e.message }": "ip address is required",
    "try { await geolocation('x') } catch (e) { return e.message }": "invalid ip address",
    "try { await geolocation('1.2.3') } catch (e) { return e.message }": "invalid ip address",
    "try { await geolocation({}) } catch (e) { return e.message }": "invalid ip address",
    "try { await geolocation('::429') } catch (e) { return e.message }": "request to fetch geolocation failed with status code: 429",
    "try { await geolocation('::0ff') } catch (e) { return e.message }": "geolocation is not available right now",
    "try { lookup('plans', 1) } catch (e) { return [e.name, e.kind] }": ["HostCallError", "missing"],
    "try { lookup(1, 1) } catch (e) { return e.name }": "TypeError",
}


@pytest.mark.asyncio(loop_scope="module")
async def test_what_the_host_answers_reaches_the_code_as_it_expects(run, upstream):
    upstream.kept.clear()
    found = []
    for code in GOT:  # one after the other: they share their keys
        found += await run([code])
    assert [one.get("value", one) if isinstance(one, dict) else one for one in found] == list(GOT.values())


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_leaves_as_it_was_written(run, upstream):
    code = """
      await fetch("https://a.example/echo?q=1#f", {method: "PATCH", body: JSON.stringify({a: "ü"}), headers: {"X-A": "1", Accept: "text/html"},
                  redirect: "manual", timeout: 1500, cache: {seconds: 60, key: "k"}});
      await fetch(new Request("https://a.example/echo", {method: "POST", body: new Uint8Array([0, 255])}));
      await fetch("https://a.example/echo", {cache: "no-store"});
    """
    upstream.asked.clear()
    assert await run([code]) == [{"value": "undefined"}]
    first, second, third = upstream.asked
    assert {name: value for name, value in first.items() if name != "headers"} == {
        "method": "PATCH",
        "url": "https://a.example/echo?q=1#f",
        "redirect": "manual",
        "body": '{"a":"ü"}'.encode(),
        "timeout": 1.5,
        "cache": {"seconds": 60, "key": "k"},
    }
    assert dict(first["headers"]) == {
        "x-a": "1",
        "accept": "text/html",
        "content-type": "text/plain;charset=UTF-8",
        "user-agent": "transformer",
    }
    assert (second["method"], second["body"]) == ("POST", b"\x00\xff")
    assert (third["method"], "body" in third, "cache" in third) == ("GET", False, False)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_legacy_fetch_gives_the_body_or_a_word(run):
    codes = {
        "return await fetch('https://a.example/json')": {"a": [1, None, "ü"], "__proto__": 1},
        "return await fetch('https://a.example/missing')": {},
        "return await fetch('https://a.example/text')": "ERROR",
        "return await fetch('https://a.example/timeout')": "ERROR",
        "return await fetch('no address')": "ERROR",
        "return (await fetchV2('https://a.example/json')).status": 200,
    }
    found = await run(list(codes), capabilities=LEGACY)
    assert [one.get("value", one) for one in found] == list(codes.values())


@pytest.mark.asyncio(loop_scope="module")
async def test_our_own_trouble_ends_the_event_whatever_the_code_makes_of_it(run):
    codes = [
        "try { await fetch('https://a.example/unavailable') } catch { return 'survived' }",
        "try { await geolocation('::9') } catch { return 'survived' }",
        "return 1",
    ]
    found = await run(codes)
    assert [one.code for one in found[:2]] == [Code.CALL_UNAVAILABLE] * 2
    assert found[2] == {"value": 1}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_failure_says_the_line_that_waited(run):
    source = "async function transformEvent(event) {\n  const a = 1;\n  await fetch('https://a.example/connection');\n  return event;\n}"
    (failure,) = await run(["x"], source)
    assert (failure.code, failure.message, failure.place.line) == (
        Code.EXCEPTION,
        "TypeError: fetch failed: it is connection",
        3,
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_not_declared_is_refused(run):
    codes = [
        "try { await kv.get('a') } catch (e) { return [e.name, e.kind] }",
        "try { await fetch('https://a.example') } catch (e) { return [e.name, e.kind] }",
        "try { getCredential('key') } catch (e) { return [e.name, e.kind] }",
    ]
    found = await run(codes, capabilities=Capabilities())
    assert [one["value"][1] for one in found] == ["refused"] * 3


HOSTILE = """
const seen = [];
const spy = (where) => function (...given) { seen.push(where, ...given, this); return undefined; };
for (const maker of [Array, Map, WeakMap, Promise, Object, Response, Request, Headers, URL, AbortSignal]) {
  for (const name of Object.getOwnPropertyNames(maker.prototype)) {
    if (name === "constructor") continue;
    try { Object.defineProperty(maker.prototype, name, {get: spy(name), set: spy(name), configurable: true}); } catch {}
  }
}
Object.defineProperty(Object.prototype, "body", {get: spy("body"), configurable: true});
Object.defineProperty(Object.prototype, "signal", {get: spy("signal"), configurable: true});
async function transformEvent(event) {
  try { await fetch("https://a.example/json"); } catch {}
  try { await kv.get("a"); } catch {}
  try { lookup("a", "b"); } catch {}
  try { getCredential("key"); } catch {}
  delete Object.prototype.body;
  delete Object.prototype.signal;
  const ours = new Set([undefined, null, globalThis]);
  return {reached: seen.some((one) => typeof one === "function" && !ours.has(one) && one.constructor !== Function)};
}
"""


@pytest.mark.asyncio(loop_scope="module")
async def test_code_that_replaces_what_the_language_has_gets_hold_of_nothing_else(run):
    found = await run(["x", "y"], HOSTILE)
    assert all(one == {"reached": False} or one.code in {Code.EXCEPTION, Code.BAD_RETURN} for one in found), found
    assert await run(["return 1"]) == [{"value": 1}]
