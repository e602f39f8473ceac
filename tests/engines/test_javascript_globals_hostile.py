"""User code that reaches through the globals: for the host's objects, and for what the globals themselves stand on."""

import pytest

from transformer.engines.base import Host
from transformer.engines.javascript.spec import JAVASCRIPT

# Uses everything, in ways that succeed and in ways that fail, without any method that user code can replace.
EXERCISE = """
async function exercise(tried) {
  const url = new URL("http://üser:p@a.example:81/b c?x=1&y=%20#h");
  url.searchParams.append("z", "ä 1");
  url.searchParams.sort();
  url.host = "b.example";
  tried("url", url.href + url.origin + url.searchParams.get("z") + URL.canParse("nope"));
  const params = new URLSearchParams("b=2&a=%C3%A4&c");
  params.set("b", "3");
  params.delete("c");
  tried("params", params.toString() + params.size + params.has("a"));
  tried("base64", btoa("hello") + atob("aGVsbG8="));
  const bytes = new TextEncoder().encode("aä€😀");
  tried("encoder", bytes[0] + "," + bytes[9]);
  tried("decoder", new TextDecoder().decode(bytes));
  const clone = structuredClone({a: [1, {b: date}], m: map, s: set, r: pattern, u: bytes, e: error});
  tried("clone", clone.a[0] + clone.e.message + clone.u[0]);
  const digest = new U8(await crypto.subtle.digest("SHA-256", bytes));
  tried("digest", digest[0] + "," + digest[31]);
  const key = await crypto.subtle.importKey("raw", bytes, {name: "HMAC", hash: "SHA-256", length: undefined}, true, usages);
  const signed = await crypto.subtle.sign("HMAC", key, bytes);
  tried("hmac", "" + await crypto.subtle.verify("HMAC", key, signed, bytes));
  tried("uuid", "" + crypto.randomUUID().length);
  tried("random", crypto.getRandomValues(new U8(4))[4] + "");
  console.log("%s is", "x", {a: 1});
  console.table(rows);
  tried("now", typeof performance.now());
  const wrong = { __proto__: null };
  try { new URL("nope"); } catch (thrown) { wrong[0] = thrown.message; }
  try { atob("a"); } catch (thrown) { wrong[1] = thrown.name; }
  try { structuredClone(exercise); } catch (thrown) { wrong[2] = thrown.name; }
  try { await crypto.subtle.digest("MD5", bytes); } catch (thrown) { wrong[3] = thrown.name; }
  tried("wrong", wrong[0] + wrong[1] + wrong[2] + wrong[3]);
}
const date = new Date(0), map = new Map([[1, 2]]), set = new Set([3]), pattern = /x/g, error = new RangeError("m");
const usages = ["sign", "verify"], rows = [{a: 1}, {b: 2}], U8 = Uint8Array;
"""

# Replaces every method and accessor of the language by one that remembers what it was given, and fails.
SABOTAGE = """
const seen = { __proto__: null, length: 0 };
let armed = false;
function sabotage() {
  const { ownKeys, getOwnPropertyDescriptor, defineProperty, apply, getPrototypeOf } = Reflect;
  const keep = [Reflect, globalThis];
  const TypedArray = getPrototypeOf(Uint8Array);
  const places = [Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Map, Set, WeakMap, WeakSet, WeakRef, Date, RegExp,
    Error, TypeError, RangeError, ArrayBuffer, DataView, TypedArray, Uint8Array, Uint16Array, Proxy].flatMap((it) =>
    it.prototype ? [it, it.prototype] : [it]);
  places.push(JSON, Math, Reflect, getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(new Map()[Symbol.iterator]()),
    getPrototypeOf(""[Symbol.iterator]()), Promise, Promise.prototype);
  const trap = (name, original) => function (...given) {
    if (!armed) return new.target ? Reflect.construct(original, given) : apply(original, this, given);
    seen[seen.length++] = name;
    seen[seen.length++] = this;
    for (let at = 0; at < given.length; at++) seen[seen.length++] = given[at];
    throw "sabotaged " + name;
  };
  for (const place of places) {
    for (const key of ownKeys(place)) {
      if (key === "prototype" || (place === Function.prototype && (key === "caller" || key === "arguments"))) continue;
      if (place === Array.prototype && key === Symbol.iterator) continue; // sequences are iterated as the user has it
      if (getPrototypeOf([][Symbol.iterator]()) === place && key === "next") continue;
      if (key === Symbol.toPrimitive || key === "toString" || key === "valueOf" || key === "constructor") continue;
      if (key === "then" || key === Symbol.species || key === Symbol.toStringTag || key === "__proto__") continue;
      const found = getOwnPropertyDescriptor(place, key);
      if (!found.configurable) continue;
      const name = String(key);
      if (typeof found.value === "function") defineProperty(place, key, { ...found, value: trap(name, found.value) });
      else if (found.get) {
        defineProperty(place, key, { ...found, get: trap("get " + name, found.get), set: found.set && trap("set " + name, found.set) });
      }
    }
  }
  for (const name of ["Uint8Array", "Uint16Array", "Map", "Set", "WeakMap", "Error", "TypeError", "RangeError", "String", "Number", "Boolean",
    "Object", "Symbol", "Reflect", "JSON", "Math", "Date", "RegExp", "Array", "ArrayBuffer", "DataView", "Promise", "parseInt", "parseFloat",
    "DOMException", "isNaN", "Function", "Proxy"]) {
    defineProperty(globalThis, name, { get() { if (armed) { seen[seen.length++] = "global " + name; throw "sabotaged " + name; } return undefined; },
      configurable: true });
  }
  for (const key of ["get", "set", "value", "writable", "enumerable", "configurable", "0", "1", "length", "message", "code"]) {
    defineProperty(Object_.prototype, key, {
      __proto__: null,
      get() { if (armed && key !== "message" && key !== "code") seen[seen.length++] = "Object.prototype." + key; return undefined; },
      set(value) { if (armed) { seen[seen.length++] = "set Object.prototype." + key; seen[seen.length++] = this; } },
      configurable: true,
    });
  }
}
const Object_ = Object;
"""

# Walks whatever can be reached from an object: properties, accessors, prototypes, what iterators and functions of errors give.
WALK = """
function walk(roots) {
  const known = new Set(), strange = [];
  const queue = [...roots];
  const call = (make) => { try { const got = make(); if (got !== null && (typeof got === "object" || typeof got === "function")) queue.push(got); } catch (e) { if (typeof e === "object" && e !== null) queue.push(e); } };
  while (queue.length && known.size < 20000) {
    const it = queue.pop();
    if (it === null || (typeof it !== "object" && typeof it !== "function") || known.has(it)) continue;
    known.add(it);
    for (const name of ["__class__", "__dict__", "__globals__", "__code__", "__self__", "__builtins__", "__module__", "func_globals"]) {
      if (name in it || it[name] !== undefined) strange.push(name + " of " + Object.prototype.toString.call(it));
    }
    if (typeof it === "function" && !Function.prototype.isPrototypeOf(it) && it !== Function.prototype) strange.push("a foreign function");
    call(() => Object.getPrototypeOf(it));
    for (const key of Reflect.ownKeys(it)) {
      const found = Object.getOwnPropertyDescriptor(it, key);
      if (!found) continue;
      queue.push(found.value ?? null, found.get ?? null, found.set ?? null);
      call(() => it[key]);
    }
    if (typeof it === "function") { call(() => it.caller); call(() => it.arguments); }
  }
  return { count: known.size, strange };
}
"""


@pytest.fixture(scope="module")
def run(need, open_spec):
    """run(source) → what its entry point returned."""
    need("javascript")
    engine = open_spec(JAVASCRIPT)
    return lambda source: engine.load(source, "x", Host()).call({}, lambda _: {})


def test_the_globals_stand_when_everything_below_them_is_replaced(run):
    honest = run(
        EXERCISE
        + """
async function transformEvent() {
  const told = {};
  await exercise((name, value) => { told[name] = value; });
  return told;
}"""
    )
    sabotaged = run(
        EXERCISE
        + SABOTAGE
        + """
async function transformEvent() {
  const told = { __proto__: null };
  sabotage();
  armed = true;
  let failed;
  try { await exercise((name, value) => { told[name] = value; }); } catch (thrown) { failed = thrown; }
  armed = false;
  told.failed = typeof failed === "object" ? failed.stack : failed;
  told.seen = "";
  for (let at = 0; at < seen.length; at++) if (typeof seen[at] === "string") told.seen += seen[at] + ";";
  return told;
}"""
    )
    assert sabotaged.pop("seen") == ""
    assert sabotaged == honest


def test_nothing_of_the_host_is_reachable(run):
    found = run(
        WALK
        + EXERCISE
        + """
async function transformEvent() {
  const roots = [globalThis], collect = (thrown) => roots.push(thrown);
  Error.prepareStackTrace = (error, sites) => {
    for (const site of sites) {
      for (const name of ["getThis", "getFunction", "getEvalOrigin", "getTypeName", "getFileName"]) {
        try { roots.push(site[name]()); } catch (e) { roots.push(e); }
      }
      roots.push(site);
    }
    return "stack";
  };
  await exercise(() => 0);
  for (const bad of [() => new URL("x"), () => atob("a"), () => btoa("€"), () => structuredClone(() => 1), () => new TextDecoder("x"),
    () => crypto.getRandomValues([]), () => new CryptoKey(), () => URL.prototype.href, () => new URLSearchParams([1]),
    () => new URL({ toString() { roots.push(new Error("inside").stack); throw new Error("mine"); } }),
    () => new URLSearchParams("a=1").forEach(function inner() { roots.push(inner.caller, inner.arguments, arguments.callee); new Error("x").stack; }),
    () => structuredClone({ get a() { roots.push(new Error("in a getter").stack); } }),
    () => console.log({ toJSON() { roots.push(new Error("in toJSON").stack); return 1; } }),
    () => (function deep() { crypto.randomUUID(); deep(); })(),
    () => (function deep() { new URL("http://a"); deep(); })(),
    () => (function deep() { log("x"); deep(); })()]) {
    try { bad(); } catch (thrown) { collect(thrown); try { roots.push(thrown.stack); } catch (e) { collect(e); } }
  }
  for (const bad of [crypto.subtle.digest("x", 1), crypto.subtle.sign("HMAC", {}, 1), crypto.subtle.importKey(1, 2, 3, 4, 5)]) {
    try { await bad; } catch (thrown) { collect(thrown); thrown.stack; }
  }
  roots.push(new URL("http://a"), new URLSearchParams("a").keys(), new TextEncoder(), new TextDecoder(), crypto, console, performance);
  return walk(roots);
}"""
    )
    assert found["strange"] == []
    assert found["count"] > 800


REACHES = {
    "a species": """
      class Mine extends Uint8Array { static get [Symbol.species]() { log("species"); return Array; } }
      const told = crypto.getRandomValues(new Mine(8)); return [told.length, structuredClone(new Mine(3)).length];""",
    "a thenable result": """
      Object.defineProperty(ArrayBuffer.prototype, "then", { get() { return undefined; }, configurable: true });
      return [8, 3];""",
    "caller": """
      function inner() { return inner.caller; }
      const told = [];
      new URLSearchParams("a=1").forEach(() => told.push(inner() === null || typeof inner()));
      return told.length === 1 ? [8, 3] : told;""",
    "a proxy": """
      const p = new Proxy({}, { get: (target, key) => (key === "toString" ? () => "http://a/" : undefined) });
      return [new URL(p).href.length - 1, structuredClone(new Proxy({a: 1, b: 2, c: 3}, {})).c];""",
    "a lying length": """
      const a = new Uint8Array(4); Object.defineProperty(a, "length", { value: 1e9 }); Object.defineProperty(a, "byteLength", { value: 1e9 });
      crypto.getRandomValues(a); return [new TextDecoder().decode(a.fill(65)).length * 2, 3];""",
    "a shrinking source": """
      const params = new URLSearchParams("a=1&b=2&c=3"); params.forEach(() => params.delete("b")); return [8, params.size + 1];""",
    "a maker's secret": """
      let told = 0;
      for (const maker of [Crypto, crypto.subtle.constructor, CryptoKey, Performance]) {
        try { new maker({}, {}); } catch { told++; }
        try { Reflect.construct(maker, [Object.create(null)], Object); } catch { told++; }
      }
      return [told, 3];""",
    "a key that is not extractable": """
      return crypto.subtle.importKey("raw", new Uint8Array(4), {name: "HMAC", hash: "SHA-256"}, false, ["sign"]).then(async (key) => {
        key.algorithm.hash.name = "SHA-1"; key.usages.push("verify");
        const signed = await crypto.subtle.sign("HMAC", key, new Uint8Array(1));
        const verified = await crypto.subtle.verify("HMAC", key, signed, new Uint8Array(1)).catch((e) => e.name);
        return [verified === "InvalidAccessError" ? 8 : 0, signed.byteLength === 32 ? 3 : 0];
      });""",
    "a moved buffer": """
      const buffer = new ArrayBuffer(8), view = new Uint8Array(buffer);
      structuredClone(buffer, { transfer: [buffer] });
      let told = 3;
      for (const use of [() => structuredClone(view), () => crypto.getRandomValues(view), () => new TextDecoder().decode(view)]) {
        try { use(); } catch (e) { if (!(e instanceof Error)) told = 0; }
      }
      return [8, told];""",
    "depth": """
      let deep = {}; for (let at = 0; at < 100000; at++) deep = {deep};
      try { structuredClone(deep); } catch (e) { return [8, e instanceof RangeError ? 3 : 0]; }""",
    "an iterator": """
      const walker = new URLSearchParams("a=1").keys(), { next } = Object.getPrototypeOf(walker);
      try { next.call({}); } catch (e) { return [8, e instanceof TypeError ? 3 : 0]; }""",
}


@pytest.mark.parametrize("name", REACHES)
def test_reaching_through(run, name):
    assert run(
        f"async function transformEvent() {{ const [a, b] = await (async () => {{ {REACHES[name]} }})(); return {{a, b}}; }}"
    ) == {
        "a": 8,
        "b": 3,
    }
