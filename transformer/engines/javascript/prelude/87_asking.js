// What code may ask its host for besides fetch: kv, lookup, getCredential, geolocation. All but lookup and getCredential wait.
(function (kit) {
  "use strict";
  const { Error, TypeError, Number, parse, stringify, put, text, need, mapGet, mapSet } = kit;
  const { iterator, toStringTag } = Symbol;
  const CREDENTIAL_MS = 1000;

  // The error of a host call that has no value: `kind` is the reason in a word.
  class HostCallError extends Error {
    constructor(message = "", kind = "") {
      super(message);
      kit.defineProperty(this, "kind", { __proto__: null, value: kind, writable: true, enumerable: false, configurable: true });
    }
  }
  kit.defineProperty(HostCallError.prototype, "name", { __proto__: null, value: "HostCallError", writable: true, configurable: true });
  kit.global("HostCallError", HostCallError);

  const failure = (wrong) => (kit.isHostError(wrong) ? new HostCallError(wrong.message, wrong.kind) : wrong);

  async function ask(kind, values) {
    try {
      return parse(await kit.begin(kind, stringify(values)));
    } catch (wrong) {
      throw failure(wrong);
    }
  }

  // kv

  function timeOf(given) {
    if (given === undefined || given === null) return null;
    const seconds = typeof given === "object" ? given.ttl : given;
    if (seconds === undefined || seconds === null) return null;
    if (typeof seconds !== "number") throw new TypeError("ttl is a number of seconds");
    return seconds;
  }

  function keyOf(given, what) {
    if (typeof given !== "string" || given === "") throw new TypeError(`${what} takes a key: a text that is not empty`);
    return text(given);
  }

  function keysOf(given, what) {
    const keys = [];
    const list = kit.sequence(given);
    for (let at = 0; at < list.length; at++) put(keys, at, keyOf(list[at], what));
    return keys;
  }

  // A value as JSON has it, so that what is kept is what it was when it was set.
  function valueOf(given) {
    const told = stringify(given);
    if (told === undefined) throw new TypeError("The value cannot be said in JSON");
    return parse(told);
  }

  const kv = {};
  const method = (name, value) => put(kv, name, value);

  method("get", async function get(key, otherwise = null) {
    const { values } = await ask("kv", { __proto__: null, op: "get", keys: [keyOf(key, "kv.get")] });
    return values[0] === null ? otherwise : values[0];
  });
  method("set", async function set(key, value, ttl = undefined) {
    const items = {};
    put(items, keyOf(key, "kv.set"), valueOf(value));
    await ask("kv", { __proto__: null, op: "set", items, ttl: timeOf(ttl) });
  });
  method("setIfAbsent", async function setIfAbsent(key, value, ttl = undefined) {
    const as = keyOf(key, "kv.setIfAbsent");
    return ask("kv", { __proto__: null, op: "set_if_absent", key: as, value: valueOf(value), ttl: timeOf(ttl) });
  });
  method("increment", async function increment(key, by = 1, ttl = undefined) {
    if (typeof by !== "number") throw new TypeError("kv.increment takes a number to add");
    return ask("kv", { __proto__: null, op: "increment", key: keyOf(key, "kv.increment"), by, ttl: timeOf(ttl) });
  });
  method("delete", async function (...keys) {
    return ask("kv", { __proto__: null, op: "delete", keys: keysOf(keys, "kv.delete") });
  });
  method("getMany", async function getMany(keys) {
    const wanted = keysOf(keys, "kv.getMany");
    const { values } = await ask("kv", { __proto__: null, op: "get", keys: wanted });
    const found = {};
    for (let at = 0; at < wanted.length; at++) {
      if (values[at] !== null) put(found, wanted[at], values[at]);
    }
    return found;
  });
  method("setMany", async function setMany(entries, ttl = undefined) {
    if (typeof entries !== "object" || entries === null) throw new TypeError("kv.setMany takes an object of keys and values");
    const items = {};
    const names = kit.keys(entries);
    for (let at = 0; at < names.length; at++) put(items, keyOf(names[at], "kv.setMany"), valueOf(entries[names[at]]));
    await ask("kv", { __proto__: null, op: "set", items, ttl: timeOf(ttl) });
  });
  kit.defineProperty(kv, toStringTag, { __proto__: null, value: "kv", configurable: true });
  kit.global("kv", kv);

  // lookup(table, key, otherwise): the row of a reference table, a new object each time.
  kit.global("lookup", function lookup(table, key, otherwise = undefined) {
    need(2, arguments.length, "lookup");
    if (typeof table !== "string") throw new TypeError("lookup(table, key) takes the table's name, a text");
    const scalar = typeof key === "string" || typeof key === "number" || typeof key === "boolean";
    let row;
    try {
      row = kit.table(text(table), stringify(scalar ? key : null));
    } catch (wrong) {
      throw failure(wrong);
    }
    return row === "" ? otherwise : parse(row);
  });

  // getCredential(key): the value of a secret; undefined where there is none of this name.
  const known = new kit.Map();
  kit.global("getCredential", function getCredential(key = undefined) {
    if (key === undefined || key === null) throw new TypeError("Key should be valid and defined");
    if (typeof key === "symbol" || typeof key === "object" || typeof key === "function") return undefined;
    const name = kit.String(key);
    const given = kit.ask("given", stringify(text(name)));
    if (given !== "") return parse(given) ?? undefined;
    const held = mapGet(known, name);
    if (held !== undefined && kit.now() < held.until) return held.value;
    let value;
    try {
      value = parse(kit.wait("secret", stringify({ __proto__: null, key: name }))) ?? undefined;
    } catch (wrong) {
      if (!kit.isHostError(wrong) || wrong.kind !== "missing") throw failure(wrong);
    }
    mapSet(known, name, { __proto__: null, value, until: kit.now() + CREDENTIAL_MS });
    return value;
  });

  // Whether a text has nothing but what addresses are written with; the host looks closer.
  function mayBeAddress(ip) {
    let separators = 0;
    for (let at = 0; at < ip.length; at++) {
      const unit = kit.charCodeAt(ip, at);
      const letter = unit | 32;
      if (unit === 46 || unit === 58) separators++; // . :
      else if (!((unit >= 48 && unit <= 57) || (letter >= 97 && letter <= 102))) return false;
    }
    return separators >= 2 && ip.length <= 45;
  }

  // geolocation(ip): where an address is. The words are those that existing code knows.
  kit.global("geolocation", async function geolocation(ip = undefined) {
    if (ip === undefined || ip === null || ip === "") throw new Error("ip address is required");
    if (typeof ip !== "string" || !mayBeAddress(ip)) throw new Error("invalid ip address");
    try {
      return parse(await kit.begin("geolocation", stringify({ __proto__: null, ip: text(ip) })));
    } catch (wrong) {
      if (!kit.isHostError(wrong)) throw wrong;
      if (wrong.kind === "invalid") throw new Error("invalid ip address");
      if (wrong.kind === "unsupported") throw new Error("geolocation is not available right now");
      if (wrong.kind === "status") throw new Error(`request to fetch geolocation failed with status code: ${wrong.details.code}`);
      throw failure(wrong);
    }
  });
})
