// URL, as in the URL standard. The host side parses and changes (ada); all parts are found in the normal form that it gives.
(function (kit) {
  "use strict";
  const { charCodeAt, slice, indexOf, text, need, ask, TypeError } = kit;
  const ORIGINS = { __proto__: null, "http:": 1, "https:": 1, "ws:": 1, "wss:": 1, "ftp:": 1 };

  // The normal form of a URL; "" if it is none. A normal form is ASCII and has no line breaks.
  function normal(url, base) {
    if (base === undefined) return ask("url", url);
    const from = ask("url", base);
    return from === "" ? "" : ask("url_with_base", from + "\n" + url);
  }

  function refusal(url, base) {
    const wrong = new TypeError("Invalid URL");
    kit.put(wrong, "code", "ERR_INVALID_URL");
    kit.put(wrong, "input", url);
    if (base !== undefined) kit.put(wrong, "base", base);
    return wrong;
  }

  // Where the parts of a normal form begin. After the scheme: "//", credentials and "@", host and port, path, "?...", "#...".
  function places(href) {
    const scheme = indexOf(href, ":") + 1;
    let hash = indexOf(href, "#", scheme);
    if (hash < 0) hash = href.length;
    let query = indexOf(href, "?", scheme);
    if (query < 0 || query > hash) query = hash;
    let host = scheme;
    let port = scheme; // at its ":"
    let path = scheme;
    if (charCodeAt(href, scheme) === 47 && charCodeAt(href, scheme + 1) === 47) {
      path = indexOf(href, "/", scheme + 2);
      if (path < 0 || path > query) path = query;
      const at = indexOf(href, "@", scheme + 2);
      host = at < 0 || at > path ? scheme + 2 : at + 1;
      port = path;
      for (let last = path - 1; last >= host; last--) {
        const unit = charCodeAt(href, last);
        if (unit === 58) port = last;
        if (unit < 48 || unit > 57) break;
      }
    } else if (slice(href, scheme, scheme + 4) === "/.//") {
      path = scheme + 2; // "/." keeps a path that begins with "//" from being read as a host
    }
    return { __proto__: null, scheme, host, port, path, query, hash };
  }

  let isURL;

  class URL {
    #href;
    #places = undefined;
    #params = undefined;

    static {
      isURL = (value) => #href in value;
    }

    static canParse(url, base = undefined) {
      need(1, arguments.length, "URL.canParse");
      return normal(text(url), base === undefined ? undefined : text(base)) !== "";
    }

    static parse(url, base = undefined) {
      need(1, arguments.length, "URL.parse");
      const href = normal(text(url), base === undefined ? undefined : text(base));
      return href === "" ? null : new URL(href);
    }

    constructor(url, base = undefined) {
      need(1, arguments.length, "URL");
      const wanted = text(url);
      const from = base === undefined ? undefined : text(base);
      const href = normal(wanted, from);
      if (href === "") throw refusal(wanted, from);
      this.#href = href;
    }

    get #at() {
      const known = this.#places;
      return known === undefined ? (this.#places = places(this.#href)) : known;
    }

    #become(href) {
      this.#href = href;
      this.#places = undefined;
    }

    #set(part, value) {
      const before = this.#href;
      this.#become(ask("url_set", part + "\n" + before + "\n" + text(value)));
    }

    #reread() {
      const at = this.#at;
      if (this.#params !== undefined) kit.resetParams(this.#params, slice(this.#href, at.query + 1, at.hash));
    }

    get href() {
      return this.#href;
    }

    set href(value) {
      this.#href;
      const wanted = text(value);
      const href = normal(wanted, undefined);
      if (href === "") throw refusal(wanted, undefined);
      this.#become(href);
      this.#reread();
    }

    get origin() {
      const href = this.#href;
      const at = this.#at;
      const scheme = slice(href, 0, at.scheme);
      if (ORIGINS[scheme]) return scheme + "//" + slice(href, at.host, at.path);
      if (scheme === "blob:") {
        const inner = normal(slice(href, at.scheme), undefined);
        if (slice(inner, 0, 5) === "http:" || slice(inner, 0, 6) === "https:") {
          const its = places(inner);
          return slice(inner, 0, its.scheme) + "//" + slice(inner, its.host, its.path);
        }
      }
      return "null";
    }

    get protocol() {
      return slice(this.#href, 0, this.#at.scheme);
    }

    set protocol(value) {
      this.#set("protocol", value);
    }

    get username() {
      const href = this.#href;
      const at = this.#at;
      if (at.host < at.scheme + 3) return "";
      const user = slice(href, at.scheme + 2, at.host - 1);
      const colon = indexOf(user, ":");
      return colon < 0 ? user : slice(user, 0, colon);
    }

    set username(value) {
      this.#set("username", value);
    }

    get password() {
      const href = this.#href;
      const at = this.#at;
      if (at.host < at.scheme + 3) return "";
      const user = slice(href, at.scheme + 2, at.host - 1);
      const colon = indexOf(user, ":");
      return colon < 0 ? "" : slice(user, colon + 1);
    }

    set password(value) {
      this.#set("password", value);
    }

    get host() {
      const at = this.#at;
      return at.host === at.scheme ? "" : slice(this.#href, at.host, at.path);
    }

    set host(value) {
      this.#set("host", value);
    }

    get hostname() {
      return slice(this.#href, this.#at.host, this.#at.port);
    }

    set hostname(value) {
      this.#set("hostname", value);
    }

    get port() {
      const at = this.#at;
      return at.host === at.scheme ? "" : slice(this.#href, at.port + 1, at.path);
    }

    set port(value) {
      this.#set("port", value);
    }

    get pathname() {
      return slice(this.#href, this.#at.path, this.#at.query);
    }

    set pathname(value) {
      this.#set("pathname", value);
    }

    get search() {
      const at = this.#at;
      return at.hash - at.query > 1 ? slice(this.#href, at.query, at.hash) : "";
    }

    set search(value) {
      this.#set("search", value);
      this.#reread();
    }

    get searchParams() {
      const known = this.#params;
      if (known !== undefined) return known;
      const at = this.#at;
      return (this.#params = kit.linkedParams(slice(this.#href, at.query + 1, at.hash), (query) => {
        const href = this.#href;
        if (query === "") {
          this.#set("search", "");
          return;
        }
        const now = this.#at;
        this.#become(slice(href, 0, now.query) + "?" + query + slice(href, now.hash));
      }));
    }

    get hash() {
      const at = this.#at;
      return this.#href.length - at.hash > 1 ? slice(this.#href, at.hash) : "";
    }

    set hash(value) {
      this.#set("hash", value);
    }

    toString() {
      return this.#href;
    }

    toJSON() {
      return this.#href;
    }
  }

  kit.platform("URL", URL, isURL);
})
