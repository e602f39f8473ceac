// Request and Response, as in the Fetch standard, with whole bodies: there are no streams, blobs or forms with files.
(function (kit) {
  "use strict";
  const { apply, put, text, TypeError, RangeError, Uint8Array } = kit;
  const { URL, URLSearchParams, Headers } = globalThis;
  const { stringify, parse } = kit;
  const spellParams = kit.uncurry(URLSearchParams.prototype.toString);
  const hrefOf = kit.getter(URL.prototype, "href");
  const METHODS = { __proto__: null, delete: "DELETE", get: "GET", head: "HEAD", options: "OPTIONS", post: "POST", put: "PUT" };
  const TEXT = "text/plain;charset=UTF-8";
  let isRequest, isResponse;

  const isParams = (value) => {
    try {
      spellParams(value);
      return typeof value === "object";
    } catch {
      return false;
    }
  };

  // A body is a text, or bytes as a text that has a character for each.
  const ofText = (told) => ({ __proto__: null, text: told, bytes: undefined });
  const ofBytes = (bytes) => ({ __proto__: null, text: undefined, bytes });

  // A body of what user code gives, and the type that it has by itself.
  function extracted(given) {
    if (given === null || given === undefined) return { __proto__: null, body: null, type: null };
    if (typeof given === "object") {
      const bytes = kit.bytesOf(given);
      if (bytes !== undefined) {
        return { __proto__: null, body: ofBytes(kit.unitsText(bytes, kit.typedLength(bytes))), type: null };
      }
      if (isParams(given)) {
        return { __proto__: null, body: ofText(spellParams(given)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
      }
    }
    return { __proto__: null, body: ofText(text(given)), type: TEXT };
  }

  function decoded(body) {
    if (body === null) return "";
    if (body.text !== undefined) return body.text;
    const told = kit.fromUTF8(kit.textBytes(body.bytes));
    return kit.charCodeAt(told, 0) === 0xfeff ? kit.slice(told, 1) : told;
  }

  function encoded(body) {
    if (body === null) return new Uint8Array(0);
    return body.text !== undefined ? kit.utf8(body.text) : kit.textBytes(body.bytes);
  }

  kit.bodyText = (owner) => decoded(kit.takeBody(owner));

  // What both have: a body that is read once.
  class Body {
    #body = null;
    #used = false;

    static {
      kit.bodyOf = (owner) => owner.#body;
      kit.fillBody = (owner, body) => {
        owner.#body = body;
      };
      kit.takeBody = (owner) => {
        if (owner.#used) throw new TypeError("The body was read already: clone() before reading it twice");
        if (owner.#body !== null) owner.#used = true;
        return owner.#body;
      };
      kit.isUsed = (owner) => owner.#used;
    }

    get body() {
      this.#used;
      return null; // there are no streams
    }

    get bodyUsed() {
      return this.#used;
    }

    async text() {
      return decoded(kit.takeBody(this));
    }

    async json() {
      return parse(decoded(kit.takeBody(this)));
    }

    async arrayBuffer() {
      return kit.typedBuffer(encoded(kit.takeBody(this)));
    }

    async bytes() {
      return encoded(kit.takeBody(this));
    }
  }

  function headersOf(init) {
    return init === undefined || init === null ? new Headers() : new Headers(init);
  }

  class Response extends Body {
    #status = 200;
    #statusText = "";
    #headers;
    #url = "";
    #redirected = false;
    #type = "default";

    static {
      isResponse = (value) => typeof value === "object" && value !== null && #url in value;
      kit.responseParts = (made) => ({ __proto__: null, url: made.#url, status: made.#status, headers: made.#headers });
      // One that came from the network.
      kit.response = (told) => {
        const made = new Response();
        made.#status = told.status;
        made.#statusText = told.reason;
        made.#headers = kit.headers(told.headers, true);
        made.#url = told.url;
        made.#redirected = told.history !== undefined && told.history.length > 0;
        made.#type = "basic";
        if (told.body64 !== undefined) kit.fillBody(made, ofBytes(kit.fromBase64(told.body64)));
        else kit.fillBody(made, ofText(told.body === undefined ? "" : told.body));
        return made;
      };
    }

    constructor(body = null, init = undefined) {
      super();
      const given = init === undefined || init === null ? kit.create(null) : init;
      const status = given.status === undefined ? 200 : kit.Number(given.status);
      if (!(status >= 200 && status <= 599)) throw new RangeError("The status of a response is a number from 200 to 599");
      this.#status = kit.floor(status);
      this.#statusText = given.statusText === undefined ? "" : text(given.statusText);
      this.#headers = headersOf(given.headers);
      const found = extracted(body);
      if (found.body !== null && (status === 204 || status === 205 || status === 304)) {
        throw new TypeError(`A response with the status ${status} has no body`);
      }
      kit.fillBody(this, found.body);
      if (found.type !== null && kit.header(this.#headers, "content-type") === null) {
        kit.setHeader(this.#headers, "content-type", found.type);
      }
    }

    static error() {
      const made = new Response();
      made.#status = 0;
      made.#type = "error";
      return made;
    }

    static json(data, init = undefined) {
      const told = stringify(data);
      if (told === undefined) throw new TypeError("The data cannot be said in JSON");
      const made = new Response(told, init);
      const own = init === undefined || init === null ? headersOf() : headersOf(init.headers);
      if (kit.header(own, "content-type") === null) kit.setHeader(own, "content-type", "application/json");
      made.#headers = own;
      return made;
    }

    get status() {
      return this.#status;
    }

    get statusText() {
      return this.#statusText;
    }

    get ok() {
      return this.#status >= 200 && this.#status < 300;
    }

    get headers() {
      return this.#headers;
    }

    get url() {
      return this.#url;
    }

    get redirected() {
      return this.#redirected;
    }

    get type() {
      return this.#type;
    }

    clone() {
      if (kit.isUsed(this)) throw new TypeError("The body was read already: clone() before reading it");
      const made = new Response();
      made.#status = this.#status;
      made.#statusText = this.#statusText;
      made.#headers = kit.copyHeaders(this.#headers);
      made.#url = this.#url;
      made.#redirected = this.#redirected;
      made.#type = this.#type;
      kit.fillBody(made, kit.bodyOf(this));
      return made;
    }
  }

  function urlOf(given) {
    if (typeof given === "object" && given !== null) {
      try {
        return hrefOf(given);
      } catch {
        // no URL: its text may be one
      }
    }
    const written = text(given);
    try {
      return hrefOf(new URL(written));
    } catch {
      throw new TypeError("Failed to parse URL: write a whole one, as in https://api.example.com/path");
    }
  }

  class Request extends Body {
    #url;
    #method = "GET";
    #headers;
    #redirect = "follow";
    #signal;

    static {
      isRequest = (value) => typeof value === "object" && value !== null && #url in value;
      kit.partsOf = (made) => ({
        __proto__: null,
        method: made.#method,
        url: made.#url,
        headers: made.#headers,
        redirect: made.#redirect,
        signal: made.#signal,
      });
    }

    constructor(input, init = undefined) {
      super();
      kit.need(1, arguments.length, "Request");
      const given = init === undefined || init === null ? kit.create(null) : init;
      const base = isRequest(input) ? input : undefined;
      this.#url = base === undefined ? urlOf(input) : base.#url;
      if (given.method !== undefined) {
        const method = text(given.method);
        this.#method = METHODS[kit.toLowerCase(method)] ?? method;
      } else if (base !== undefined) {
        this.#method = base.#method;
      }
      this.#headers = given.headers === undefined && base !== undefined ? kit.copyHeaders(base.#headers) : headersOf(given.headers);
      const redirect = given.redirect ?? (base === undefined ? "follow" : base.#redirect);
      if (redirect !== "follow" && redirect !== "error" && redirect !== "manual") {
        throw new TypeError("redirect is follow, error or manual");
      }
      this.#redirect = redirect;
      const signal = given.signal === undefined && base !== undefined ? base.#signal : given.signal ?? undefined;
      if (signal !== undefined && !kit.isSignal(signal)) throw new TypeError("signal must be an AbortSignal");
      this.#signal = signal;
      let found;
      if (given.body !== undefined && given.body !== null) found = extracted(given.body);
      else if (base !== undefined) found = { __proto__: null, body: kit.takeBody(base), type: null };
      else return;
      if (found.body !== null && (this.#method === "GET" || this.#method === "HEAD")) {
        throw new TypeError("Request with GET/HEAD method cannot have body");
      }
      kit.fillBody(this, found.body);
      if (found.type !== null && kit.header(this.#headers, "content-type") === null) {
        kit.setHeader(this.#headers, "content-type", found.type);
      }
    }

    get method() {
      return this.#method;
    }

    get url() {
      return this.#url;
    }

    get headers() {
      return this.#headers;
    }

    get redirect() {
      return this.#redirect;
    }

    get signal() {
      if (this.#signal === undefined) this.#signal = kit.newSignal();
      return this.#signal;
    }

    clone() {
      if (kit.isUsed(this)) throw new TypeError("The body was read already: clone() before reading it");
      const made = new Request(this.#url);
      made.#method = this.#method;
      made.#headers = kit.copyHeaders(this.#headers);
      made.#redirect = this.#redirect;
      made.#signal = this.#signal;
      kit.fillBody(made, kit.bodyOf(this));
      return made;
    }
  }

  // The members of Body are theirs: there is no such class to be seen.
  const shared = ["body", "bodyUsed", "text", "json", "arrayBuffer", "bytes"];
  const makers = [Response, Request];
  for (let at = 0; at < makers.length; at++) {
    for (let each = 0; each < shared.length; each++) {
      kit.defineProperty(makers[at].prototype, shared[each], kit.getOwnPropertyDescriptor(Body.prototype, shared[each]));
    }
    Object.setPrototypeOf(makers[at].prototype, Object.prototype);
  }
  kit.isRequest = isRequest;
  kit.isResponse = isResponse;
  kit.Request = Request;
  kit.platform("Response", Response, isResponse);
  kit.platform("Request", Request, isRequest);
})
