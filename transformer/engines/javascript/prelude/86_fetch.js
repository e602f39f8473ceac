// fetch, as in the Fetch standard, over the host's client: it decides where requests may go, and carries no cookies. And what
// existing transformations know: fetchV2(url, options), and under the flag `legacy_fetch` a fetch(url, options) that gives the
// parsed body, or the text "ERROR" whatever went wrong.
(function (kit) {
  "use strict";
  const { Request, DOMException, TypeError, Error, Number, create, parse, put } = kit;
  const { Promise, URL } = globalThis;
  const protocolOf = kit.getter(URL.prototype, "protocol");
  const hostOf = kit.getter(URL.prototype, "hostname");
  const hidden = (object, key, value) =>
    kit.defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });

  // An error of ours for what the host said.
  function failure(wrong) {
    if (!kit.isHostError(wrong)) return wrong;
    const told = "fetch failed: " + (kit.indexOf(wrong.message, "fetch: ") === 0 ? kit.slice(wrong.message, 7) : wrong.message);
    const error = wrong.kind === "timeout" ? new DOMException(told, "TimeoutError") : new TypeError(told);
    hidden(error, "kind", wrong.kind);
    return error;
  }

  function cacheOf(given) {
    if (given === undefined || given === null || typeof given === "string") return undefined; // words for caches of browsers
    if (typeof given !== "object") throw new TypeError("cache is { seconds, key }, or a word of the standard, which changes nothing");
    const told = { __proto__: null, seconds: given.seconds === undefined ? 60 : Number(given.seconds) };
    if (!(told.seconds > 0)) throw new TypeError("cache is { seconds, key }, and the seconds are a number above 0");
    if (given.key !== undefined) told.key = kit.text(given.key);
    return told;
  }

  // In seconds; 0: as long as a call may take.
  function timeoutOf(given) {
    if (given === undefined || given === null) return 0;
    const told = Number(given);
    if (!(told >= 0)) throw new TypeError("timeout is a number of milliseconds; 0: as long as a call may take");
    return told / 1000;
  }

  // What the host is asked, and the signal.
  function asked(input, init) {
    const request = new Request(input, init);
    const own = init === undefined || init === null ? create(null) : init;
    const body = kit.takeBody(request);
    const parts = kit.partsOf(request);
    const values = { __proto__: null, method: parts.method, url: parts.url, redirect: parts.redirect };
    values.headers = kit.headerPairs(parts.headers);
    if (kit.header(parts.headers, "accept") === null) put(values.headers, values.headers.length, ["accept", "*/*"]);
    if (kit.header(parts.headers, "user-agent") === null) put(values.headers, values.headers.length, ["user-agent", "transformer"]);
    if (body !== null && body.text !== undefined) values.body = body.text;
    else if (body !== null) values.body64 = kit.toBase64(body.bytes);
    const timeout = timeoutOf(own.timeout);
    if (timeout > 0) values.timeout = timeout;
    const cache = cacheOf(own.cache);
    if (cache !== undefined) values.cache = cache;
    return { __proto__: null, sent: kit.stringify(values), signal: parts.signal };
  }

  async function fetched(input, init) {
    const { sent, signal } = asked(input, init);
    try {
      if (signal === undefined) return kit.response(parse(await kit.begin("fetch", sent)));
      let stop;
      const stopped = new Promise((_, reject) => {
        stop = (reason) => reject({ __proto__: null, stopped: true, reason });
      });
      kit.follow(signal, stop);
      return kit.response(parse(await first(stopped, kit.isAborted(signal) ? undefined : kit.begin("fetch", sent))));
    } catch (wrong) {
      if (typeof wrong === "object" && wrong !== null && wrong.stopped === true) throw wrong.reason;
      throw failure(wrong);
    }
  }

  // Whichever of the two is settled first.
  const first = (one, other) =>
    new Promise((resolve, reject) => {
      const wait = async (promise) => {
        try {
          resolve(await promise);
        } catch (wrong) {
          reject(wrong);
        }
      };
      wait(one);
      if (other !== undefined) wait(other);
    });

  // A body as what it says: JSON, or else its text.
  async function read(response) {
    const told = kit.bodyText(response);
    try {
      return parse(told);
    } catch {
      return told;
    }
  }

  // A URL without what may be secret in it.
  function shownUrl(told, host) {
    for (let at = 0; at < told.length; at++) {
      if (told[at] === "@") return host;
      if (told[at] === "?" || told[at] === "#") return kit.slice(told, 0, at);
    }
    return told;
  }

  // What went wrong, in the words that code around fetchV2 knows. An address that a name has is not told.
  function legacyMessage(url, wrong) {
    const message = kit.String(wrong.message);
    let at;
    try {
      at = new URL(kit.text(url));
    } catch {
      return message;
    }
    const protocol = protocolOf(at);
    const host = hostOf(at);
    if (protocol !== "http:" && protocol !== "https:") return "invalid protocol, only http and https are supported";
    if (wrong.kind !== "refused" || kit.indexOf(message, "public address") < 0) return message;
    const last = kit.charCodeAt(host, host.length - 1);
    if (host[0] === "[" || (last >= 48 && last <= 57)) return `blocked request to non-public address: ${host}`;
    return `request to ${shownUrl(kit.text(url), host)} failed, reason: cannot use a non-public IP address for ${host}`;
  }

  kit.global("fetchV2", async function fetchV2(url, options = undefined) {
    try {
      const response = await fetched(url, options);
      const parts = kit.responseParts(response);
      const headers = {};
      const pairs = kit.headerPairs(parts.headers);
      for (let at = 0; at < pairs.length; at++) put(headers, pairs[at][0], kit.header(parts.headers, pairs[at][0]));
      return { url: parts.url, status: parts.status, headers, body: await read(response) };
    } catch (wrong) {
      const told = {};
      const names = typeof wrong === "object" && wrong !== null ? kit.ownKeys(wrong) : [];
      for (let at = 0; at < names.length; at++) {
        if (typeof names[at] === "string") put(told, names[at], wrong[names[at]]);
      }
      if (typeof told.message === "string") told.message = legacyMessage(url, told);
      throw told;
    }
  });

  async function legacy(url, options) {
    try {
      return parse(kit.bodyText(await fetched(url, options)));
    } catch {
      return "ERROR";
    }
  }

  let isLegacy; // asked for once: a version does not change
  kit.global("fetch", async function fetch(input, init = undefined) {
    if (isLegacy === undefined) isLegacy = kit.ask("legacy fetch", "") === "1";
    if (isLegacy) return legacy(input, init);
    kit.need(1, arguments.length, "fetch");
    return fetched(input, init);
  });
})
