// Headers, as in the Fetch standard: names in lower case and in their order, several values of one name as one text.
(function (kit) {
  "use strict";
  const { charCodeAt, slice, need, put, TypeError } = kit;
  const { iterator } = Symbol;
  const TOKEN = new kit.Uint8Array(128);
  const letters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (let at = 0; at < letters.length; at++) TOKEN[charCodeAt(letters, at)] = 1;
  let isHeaders;

  function nameOf(given) {
    const name = `${given}`;
    for (let at = 0; at < name.length; at++) {
      const unit = charCodeAt(name, at);
      if (unit > 127 || TOKEN[unit] === 0) throw new TypeError("A header has a name that is not allowed");
    }
    if (name === "") throw new TypeError("A header needs a name");
    return kit.toLowerCase(name);
  }

  const blank = (unit) => unit === 32 || unit === 9 || unit === 10 || unit === 13;

  function valueOf(given, name) {
    const value = `${given}`;
    let from = 0;
    let to = value.length;
    while (from < to && blank(charCodeAt(value, from))) from++;
    while (to > from && blank(charCodeAt(value, to - 1))) to--;
    for (let at = from; at < to; at++) {
      const unit = charCodeAt(value, at);
      if (unit > 255 || unit === 0 || unit === 10 || unit === 13) {
        throw new TypeError(`The header ${name} has a value with a character that is not allowed`);
      }
    }
    return slice(value, from, to);
  }

  // A list of names and values, one after the other.
  const empty = () => ({ __proto__: null, length: 0 });

  function add(list, name, value) {
    const as = nameOf(name);
    list[list.length++] = as;
    list[list.length++] = valueOf(value, as);
  }

  function fill(list, init) {
    if (typeof init !== "object" || init === null) throw new TypeError("Headers are made of an object, or of pairs");
    const pairs = init[iterator];
    if (pairs !== undefined && pairs !== null) {
      for (const pair of init) {
        const items = typeof pair === "object" && pair !== null ? kit.sequence(pair) : pair;
        if (typeof items !== "object" || items === null || items.length !== 2) throw new TypeError("Each header is a pair of name and value");
        add(list, items[0], items[1]);
      }
      return;
    }
    const keys = kit.ownKeys(init);
    for (let at = 0; at < keys.length; at++) {
      const described = kit.getOwnPropertyDescriptor(init, keys[at]);
      if (described !== undefined && described.enumerable) add(list, keys[at], init[keys[at]]);
    }
  }

  // The values of a name as one text; null if there is none.
  function joined(list, name) {
    let out = null;
    for (let at = 0; at < list.length; at += 2) {
      if (list[at] === name) out = out === null ? list[at + 1] : out + ", " + list[at + 1];
    }
    return out;
  }

  // Pairs as they are told: sorted by name, and cookies each for itself.
  function combined(list) {
    const out = [];
    const names = empty();
    for (let at = 0; at < list.length; at += 2) {
      let place = 0;
      while (place < names.length && names[place] < list[at]) place++;
      if (place < names.length && names[place] === list[at]) continue;
      for (let move = names.length; move > place; move--) names[move] = names[move - 1];
      names[place] = list[at];
      names.length++;
    }
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      if (name !== "set-cookie") put(out, out.length, [name, joined(list, name)]);
      for (let each = 0; name === "set-cookie" && each < list.length; each += 2) {
        if (list[each] === name) put(out, out.length, [name, list[each + 1]]);
      }
    }
    return out;
  }

  class Headers {
    #list = empty();
    #fixed = false;

    static {
      isHeaders = (value) => typeof value === "object" && value !== null && #list in value;
      // For requests and responses: pairs that are known to be right, whether they may be changed, and how to read them.
      kit.headers = (pairs, fixed) => {
        const made = new Headers();
        for (let at = 0; at < pairs.length; at++) {
          made.#list[made.#list.length++] = kit.toLowerCase(pairs[at][0]);
          made.#list[made.#list.length++] = pairs[at][1];
        }
        made.#fixed = fixed;
        return made;
      };
      kit.copyHeaders = (headers) => {
        const made = new Headers();
        for (let at = 0; at < headers.#list.length; at++) made.#list[made.#list.length++] = headers.#list[at];
        return made;
      };
      kit.header = (headers, name) => joined(headers.#list, name);
      kit.setHeader = (headers, name, value) => {
        add(headers.#list, name, value);
      };
      kit.headerPairs = (headers) => {
        const pairs = [];
        for (let at = 0; at < headers.#list.length; at += 2) put(pairs, pairs.length, [headers.#list[at], headers.#list[at + 1]]);
        return pairs;
      };
    }

    constructor(init = undefined) {
      if (init === undefined) return;
      if (isHeaders(init)) {
        for (let at = 0; at < init.#list.length; at++) this.#list[this.#list.length++] = init.#list[at];
      } else {
        fill(this.#list, init);
      }
    }

    #free() {
      if (this.#fixed) throw new TypeError("These headers cannot be changed: they came with a response");
    }

    #remove(name) {
      const list = this.#list;
      let to = 0;
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === name) continue;
        list[to++] = list[at];
        list[to++] = list[at + 1];
      }
      list.length = to;
    }

    append(name, value) {
      this.#free();
      need(2, arguments.length, "append");
      add(this.#list, name, value);
    }

    delete(name) {
      this.#free();
      need(1, arguments.length, "delete");
      this.#remove(nameOf(name));
    }

    get(name) {
      need(1, arguments.length, "get");
      return joined(this.#list, nameOf(name));
    }

    getSetCookie() {
      const list = this.#list;
      const found = [];
      for (let at = 0; at < list.length; at += 2) {
        if (list[at] === "set-cookie") put(found, found.length, list[at + 1]);
      }
      return found;
    }

    has(name) {
      need(1, arguments.length, "has");
      return joined(this.#list, nameOf(name)) !== null;
    }

    set(name, value) {
      this.#free();
      need(2, arguments.length, "set");
      const as = nameOf(name);
      const now = valueOf(value, as);
      this.#remove(as);
      add(this.#list, as, now);
    }

    forEach(callback, self = undefined) {
      need(1, arguments.length, "forEach");
      if (typeof callback !== "function") throw new TypeError("The callback of forEach must be a function");
      const pairs = combined(this.#list);
      for (let at = 0; at < pairs.length; at++) kit.apply(callback, self, [pairs[at][1], pairs[at][0], this]);
    }

    keys() {
      return kit.walk(combined(this.#list), 0);
    }

    values() {
      return kit.walk(combined(this.#list), 1);
    }

    entries() {
      return kit.walk(combined(this.#list));
    }
  }

  // Iterators over pairs, or over the first or second of each.
  const walks = new kit.WeakMap();
  const walkPrototype = kit.create(kit.getPrototypeOf(kit.getPrototypeOf([][iterator]())));
  put(walkPrototype, "next", function next() {
    const walked = typeof this === "object" && this !== null ? kit.weakGet(walks, this) : undefined;
    if (walked === undefined) throw new TypeError("next was called on what is no iterator of Headers");
    if (walked.at >= walked.pairs.length) return { value: undefined, done: true };
    const pair = walked.pairs[walked.at++];
    return { value: walked.part === undefined ? pair : pair[walked.part], done: false };
  });
  kit.walk = (pairs, part) => {
    const walker = kit.create(walkPrototype);
    kit.weakSet(walks, walker, { __proto__: null, at: 0, pairs, part });
    return walker;
  };

  kit.isHeaders = isHeaders;
  kit.platform("Headers", Headers, isHeaders);
  kit.defineProperty(Headers.prototype, iterator, {
    __proto__: null,
    value: Headers.prototype.entries,
    writable: true,
    enumerable: false,
    configurable: true,
  });
})
