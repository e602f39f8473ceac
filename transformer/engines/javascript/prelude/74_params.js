// URLSearchParams, as in the URL standard. One that belongs to a URL tells it what changed.
(function (kit) {
  "use strict";
  const { charCodeAt, fromCharCode, slice, text, need, TypeError, Uint8Array } = kit;
  const { iterator, toStringTag } = Symbol;
  const HEX = "0123456789ABCDEF";
  const BARE = new Uint8Array(128); // what a form does not encode
  const bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
  for (let at = 0; at < bare.length; at++) BARE[charCodeAt(bare, at)] = 1;

  const digit = (byte) => {
    if (byte >= 48 && byte <= 57) return byte - 48;
    const letter = byte | 32;
    return letter >= 97 && letter <= 102 ? letter - 87 : -1;
  };

  function decoded(piece) {
    let at = 0;
    for (; at < piece.length; at++) {
      const unit = charCodeAt(piece, at);
      if (unit === 37 || unit === 43) break; // % +
    }
    if (at === piece.length) return piece;
    const bytes = kit.utf8(piece);
    let to = at = 0;
    const size = kit.typedLength(bytes);
    for (; at < size; at++) {
      let byte = bytes[at];
      if (byte === 43) {
        byte = 32;
      } else if (byte === 37 && at + 2 < size) {
        const high = digit(bytes[at + 1]);
        const low = digit(bytes[at + 2]);
        if (high >= 0 && low >= 0) {
          byte = high * 16 + low;
          at += 2;
        }
      }
      bytes[to++] = byte;
    }
    return kit.fromUTF8(new Uint8Array(kit.typedBuffer(bytes), 0, to));
  }

  function encoded(value) {
    let at = 0;
    for (; at < value.length; at++) {
      const unit = charCodeAt(value, at);
      if (unit > 127 || BARE[unit] === 0) break;
    }
    if (at === value.length) return value;
    const bytes = kit.utf8(value);
    const size = kit.typedLength(bytes);
    let out = "";
    for (at = 0; at < size; at++) {
      const byte = bytes[at];
      if (byte < 128 && BARE[byte] === 1) out += fromCharCode(byte);
      else if (byte === 32) out += "+";
      else out += "%" + HEX[byte >> 4] + HEX[byte & 15];
    }
    return out;
  }

  // A list of names and values, one after the other.
  const empty = () => ({ __proto__: null, length: 0 });

  function add(list, name, value) {
    list[list.length++] = name;
    list[list.length++] = value;
  }

  function parsed(query) {
    const list = empty();
    let from = 0;
    while (from < query.length) {
      let to = kit.indexOf(query, "&", from);
      if (to < 0) to = query.length;
      if (to > from) {
        const piece = slice(query, from, to);
        const equals = kit.indexOf(piece, "=");
        if (equals < 0) add(list, decoded(piece), "");
        else add(list, decoded(slice(piece, 0, equals)), decoded(slice(piece, equals + 1)));
      }
      from = to + 1;
    }
    return list;
  }

  function serialised(list) {
    let out = "";
    for (let at = 0; at < list.length; at += 2) out += (at ? "&" : "") + encoded(list[at]) + "=" + encoded(list[at + 1]);
    return out;
  }

  function fromObject(init) {
    const list = empty();
    const pairs = init[iterator];
    if (pairs !== undefined && pairs !== null) {
      if (typeof pairs !== "function") throw new TypeError("Query pairs must be iterable");
      for (const pair of init) {
        if (typeof pair !== "object" || pair === null) throw new TypeError("Each query pair must be an iterable [name, value] tuple");
        const items = kit.sequence(pair);
        if (items.length !== 2) throw new TypeError("Each query pair must be an iterable [name, value] tuple");
        add(list, text(items[0]), text(items[1]));
      }
      return list;
    }
    const keys = kit.ownKeys(init);
    const places = new kit.Map(); // keys that become the same text are one: the last value counts
    for (let at = 0; at < keys.length; at++) {
      const described = kit.getOwnPropertyDescriptor(init, keys[at]);
      if (described === undefined || !described.enumerable) continue;
      if (typeof keys[at] === "symbol") throw new TypeError("Cannot convert a Symbol value to a string");
      const name = text(keys[at]);
      const value = text(init[keys[at]]);
      const place = kit.mapGet(places, name);
      if (place === undefined) {
        kit.mapSet(places, name, list.length + 1);
        add(list, name, value);
      } else {
        list[place] = value;
      }
    }
    return list;
  }

  let isParams;

  class URLSearchParams {
    #list;
    #changed = undefined;

    static {
      isParams = (value) => #list in value;
      // For a URL: its parameters, and how to give them other ones.
      kit.linkedParams = (query, changed) => {
        const params = new URLSearchParams();
        params.#list = parsed(query);
        params.#changed = changed;
        return params;
      };
      kit.resetParams = (params, query) => {
        params.#list = parsed(query);
      };
    }

    constructor(init = undefined) {
      if (init === undefined) {
        this.#list = empty();
      } else if ((typeof init === "object" && init !== null) || typeof init === "function") {
        this.#list = fromObject(init);
      } else {
        const query = text(init);
        this.#list = parsed(query[0] === "?" ? slice(query, 1) : query);
      }
    }

    #done() {
      const changed = this.#changed;
      if (changed !== undefined) changed(serialised(this.#list));
    }

    // Keeps the pairs that `kept` says.
    #keep(kept) {
      const list = this.#list;
      let to = 0;
      for (let at = 0; at < list.length; at += 2) {
        const name = list[at];
        const value = list[at + 1];
        if (kept(name, value)) {
          list[to++] = name;
          list[to++] = value;
        }
      }
      list.length = to;
    }

    get size() {
      return this.#list.length / 2;
    }

    append(name, value) {
      const list = this.#list;
      need(2, arguments.length, "append");
      const as = text(name);
      add(list, as, text(value));
      this.#done();
    }

    delete(name, value = undefined) {
      this.#list;
      need(1, arguments.length, "delete");
      const gone = text(name);
      const only = value === undefined ? undefined : text(value);
      this.#keep((other, its) => other !== gone || (only !== undefined && its !== only));
      this.#done();
    }

    get(name) {
      const list = this.#list;
      need(1, arguments.length, "get");
      const wanted = text(name);
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === wanted) return list[at + 1];
      }
      return null;
    }

    getAll(name) {
      const list = this.#list;
      need(1, arguments.length, "getAll");
      const wanted = text(name);
      const found = [];
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === wanted) kit.put(found, found.length, list[at + 1]);
      }
      return found;
    }

    has(name, value = undefined) {
      const list = this.#list;
      need(1, arguments.length, "has");
      const wanted = text(name);
      const only = value === undefined ? undefined : text(value);
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === wanted && (only === undefined || list[at + 1] === only)) return true;
      }
      return false;
    }

    set(name, value) {
      const list = this.#list;
      need(2, arguments.length, "set");
      const wanted = text(name);
      const now = text(value);
      let first = -1;
      let place = -2;
      this.#keep((other) => {
        place += 2;
        if (other !== wanted) return true;
        if (first >= 0) return false;
        first = place; // nothing before it went: it stays where it is
        return true;
      });
      if (first < 0) add(list, wanted, now);
      else list[first + 1] = now;
      this.#done();
    }

    sort() {
      this.#list = sorted(this.#list);
      this.#done();
    }

    forEach(callback, self = undefined) {
      this.#list;
      need(1, arguments.length, "forEach");
      if (typeof callback !== "function") throw new TypeError("The callback of forEach must be a function");
      for (let at = 0; at < this.#list.length; at += 2) {
        kit.apply(callback, self, [this.#list[at + 1], this.#list[at], this]);
      }
    }

    keys() {
      return walk(this, (at) => this.#list[at], () => this.#list.length);
    }

    values() {
      return walk(this, (at) => this.#list[at + 1], () => this.#list.length);
    }

    entries() {
      return walk(this, (at) => [this.#list[at], this.#list[at + 1]], () => this.#list.length);
    }

    toString() {
      return serialised(this.#list);
    }
  }

  // Merges runs of pairs: in the order of names, by code units; equal names stay as they were.
  function sorted(list) {
    let from = list;
    const pairs = list.length / 2;
    for (let width = 1; width < pairs; width *= 2) {
      const to = empty();
      for (let low = 0; low < pairs; low += 2 * width) {
        const middle = low + width < pairs ? low + width : pairs;
        const high = low + 2 * width < pairs ? low + 2 * width : pairs;
        let left = low;
        let right = middle;
        while (left < middle || right < high) {
          const first = right >= high || (left < middle && from[2 * left] <= from[2 * right]);
          const at = first ? left++ : right++;
          add(to, from[2 * at], from[2 * at + 1]);
        }
      }
      from = to;
    }
    return from;
  }

  // Iterators over pairs, which see what is changed meanwhile.
  const walks = new kit.WeakMap();
  const walkPrototype = kit.create(kit.getPrototypeOf(kit.getPrototypeOf([][iterator]())));
  kit.put(walkPrototype, "next", function next() {
    const walked = typeof this === "object" && this !== null ? kit.weakGet(walks, this) : undefined;
    if (walked === undefined) throw new TypeError("next was called on what is no iterator of URLSearchParams");
    if (walked.at >= walked.length()) return { value: undefined, done: true };
    const value = walked.item(walked.at);
    walked.at += 2;
    return { value, done: false };
  });
  kit.defineProperty(walkPrototype, toStringTag, { __proto__: null, value: "URLSearchParams Iterator", configurable: true });

  function walk(params, item, length) {
    length(); // `params` is what it says
    const walker = kit.create(walkPrototype);
    kit.weakSet(walks, walker, { __proto__: null, at: 0, item, length });
    return walker;
  }

  kit.platform("URLSearchParams", URLSearchParams, isParams);
  kit.defineProperty(URLSearchParams.prototype, iterator, {
    __proto__: null,
    value: URLSearchParams.prototype.entries,
    writable: true,
    enumerable: false,
    configurable: true,
  });
})
