"""The classes of fetch are those of the standard: Headers, Request, Response, AbortController. Node says the same."""

import json
import subprocess

import pytest

from tests import node
from transformer.engines.base import Host
from transformer.engines.javascript.spec import JAVASCRIPT

IN_THE_ENGINE = """
async function transformEvent(event) {
  try {
    const value = await (0, eval)("(async () => {" + event.code + "\\n})()");
    return {value: value === undefined ? "undefined" : value};
  } catch (thrown) {
    return {value: String(thrown)};
  }
}
"""

# Code, and what it returns. Checked against Node too, where it needs no host.
WEB = {
    # Headers
    "const h = new Headers({'X-B': ' 2 ', a: 1}); h.append('x-b', 3); return [...h]": [["a", "1"], ["x-b", "2, 3"]],
    "const h = new Headers([['a', '1'], ['A', '2']]); h.set('a', '3'); h.delete('b'); return [...h.keys(), ...h.values(), h.has('A')]": [
        "a",
        "3",
        True,
    ],
    "const h = new Headers([['set-cookie', 'a'], ['set-cookie', 'b']]); return [h.getSetCookie(), [...h.entries()]]": [
        ["a", "b"],
        [["set-cookie", "a"], ["set-cookie", "b"]],
    ],
    "const told = []; new Headers({b: '1', a: '2'}).forEach((value, name) => told.push(name + value)); return told": [
        "a2",
        "b1",
    ],
    "try { new Headers({'a b': 1}) } catch (e) { return e.name }": "TypeError",
    "try { new Headers({a: 'x\\r\\nb: y'}) } catch (e) { return e.name }": "TypeError",
    "try { new Headers({a: '\\u0100'}) } catch (e) { return e.name }": "TypeError",
    "return new Headers().get('nothing')": None,
    "return String(new Headers())": "[object Headers]",
    # Response
    "const r = new Response('grüße'); return [r.status, r.ok, r.headers.get('content-type'), await r.text(), r.bodyUsed]": [
        200,
        True,
        "text/plain;charset=UTF-8",
        "grüße",
        True,
    ],
    "const r = Response.json({a: 1}, {status: 201, headers: {b: 'c'}}); return [r.status, r.headers.get('content-type'), r.headers.get('b'), await r.json()]": [
        201,
        "application/json",
        "c",
        {"a": 1},
    ],
    "const r = new Response('x'); await r.text(); try { await r.text() } catch (e) { return e.name }": "TypeError",
    "const r = new Response('x'), c = r.clone(); return [await r.text(), await c.text()]": ["x", "x"],
    "return [...new Uint8Array(await new Response(new Uint8Array([1, 255, 0])).arrayBuffer())]": [1, 255, 0],
    "return [...new Uint8Array(await new Response('ü').arrayBuffer())]": [195, 188],
    "return await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff])).text()": "a\ufffd",
    "const r = new Response(new URLSearchParams({a: 'b c'})); return [r.headers.get('content-type'), await r.text()]": [
        "application/x-www-form-urlencoded;charset=UTF-8",
        "a=b+c",
    ],
    "try { new Response('x', {status: 204}) } catch (e) { return e.name }": "TypeError",
    "try { new Response('x', {status: 99}) } catch (e) { return e.name }": "RangeError",
    "try { await new Response('{').json() } catch (e) { return e.name }": "SyntaxError",
    "return [Response.error().type, Response.error().status, new Response().type]": ["error", 0, "default"],
    # Request
    "const r = new Request('https://a.example/ä', {method: 'post', body: 'x', headers: {a: 'b'}}); return [r.method, r.url, r.headers.get('a'), await r.text()]": [
        "POST",
        "https://a.example/%C3%A4",
        "b",
        "x",
    ],
    "const r = new Request(new Request('https://a.example/', {method: 'PUT', body: 'x'}), {headers: {c: 'd'}}); return [r.method, r.headers.get('c'), await r.text()]": [
        "PUT",
        "d",
        "x",
    ],
    "try { new Request('/path') } catch (e) { return e.name }": "TypeError",
    "try { new Request('https://a.example', {body: 'x'}) } catch (e) { return e.name }": "TypeError",
    "try { new Request('https://a.example', {redirect: 'x'}) } catch (e) { return e.name }": "TypeError",
    "return [new Request('https://a.example').redirect, new Request('https://a.example').signal.aborted]": ["follow", False],
    # AbortController
    "const c = new AbortController(); c.abort(); c.abort('again'); return [c.signal.aborted, c.signal.reason.name]": [
        True,
        "AbortError",
    ],
    "const c = new AbortController(), told = []; c.signal.addEventListener('abort', e => told.push(e.type)); c.signal.onabort = () => told.push('on');"
    " c.abort(1); c.abort(2); return [told, c.signal.reason]": [["abort", "on"], 1],
    "const c = new AbortController(), told = [], f = () => told.push(1); c.signal.addEventListener('abort', f); c.signal.removeEventListener('abort', f);"
    " c.abort(); return told": [],
    "try { AbortSignal.abort('why').throwIfAborted() } catch (e) { return e }": "why",
    "const c = new AbortController(), any = AbortSignal.any([new AbortController().signal, c.signal]); c.abort('x'); return [any.aborted, any.reason]": [
        True,
        "x",
    ],
    "const s = AbortSignal.timeout(5); await new Promise(r => s.addEventListener('abort', r)); return s.reason.name": "TimeoutError",
    "try { new AbortSignal() } catch (e) { return e.name }": "TypeError",
    "try { await fetch('https://a.example', {signal: AbortSignal.abort('before')}) } catch (e) { return e }": "before",
}


def test_the_classes_of_fetch_are_those_of_the_standard(need, open_spec):
    need("javascript")
    program = open_spec(JAVASCRIPT).load(IN_THE_ENGINE, "test", Host())
    assert [program.call({"code": code}, lambda _: {})["value"] for code in WEB] == list(WEB.values())


@pytest.mark.need("node")
def test_node_says_the_same_of_the_classes_of_fetch():
    each = "for (const code of codes) told.push(await (0, eval)('(async () => {' + code + '\\n})()'));"
    script = f"const busy = setInterval(() => {{}}, 1000), told = [], codes = {json.dumps(list(WEB))}; (async () => {{ {each} "
    script += "console.log(JSON.stringify(told)); clearInterval(busy); })()"
    done = subprocess.run(
        [node.program(), "-e", script],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == list(WEB.values())
