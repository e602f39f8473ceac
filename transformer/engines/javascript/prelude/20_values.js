// What user code returned, as text. The first character of a reply says what it is:
//   {             JSON of an object, which says in full what was returned: the common case, so nothing stands before it
//   j JSON        JSON of any other value, in full
//   m JSON        JSON in which some strings begin with the mark: each stands for a value that JSON cannot say
//   b [i,...]\nJSON a list, with the index of the input object that each item is, or -1; B if the JSON holds marks
//   u             undefined or null
// JSON.stringify leaves out functions without a word, makes null of NaN and {} of a Map at the top, and ends at the first
// BigInt or cycle. So a value is looked through before; only one with something unsayable in it goes the slow way, where
// such values are marked, for the host side to refuse by path.
(function (kit) {
  "use strict";
  const { stringify, isArray, getPrototypeOf, ObjectPrototype, tag, slice, mark, create } = kit;
  const DEEPEST = 250; // JSON_DEPTH of transformer/limits.py
  // From 64 bits on, whole numbers are written in all their digits here, and by the host side in another way. It does so for
  // all, since those go the slow way. NaN is neither more nor less than anything.
  const LEAST = -(2 ** 63);
  const MOST = 2 ** 64;

  // Whether JSON says all of the value. Getters run here and again in stringify: user code, on the user's own time.
  function sayable(value, depth) {
    switch (typeof value) {
      case "string":
      case "boolean":
      case "undefined":
        return true;
      case "number":
        return value >= LEAST && value < MOST;
      case "object": {
        if (value === null) return true;
        if (depth >= DEEPEST) return false;
        if (isArray(value)) {
          for (let at = 0; at < value.length; at++) {
            if (!sayable(value[at], depth + 1)) return false;
          }
          return true;
        }
        for (const key in value) {
          const part = value[key];
          if (typeof part !== "string" && !sayable(part, depth + 1)) return false; // most are texts
        }
        return true;
      }
      default:
        return false;
    }
  }

  // A replacer for stringify that puts marks for what JSON cannot say. `above` are the holders from the root down.
  function marker() {
    const above = create(null);
    let depth = 0;
    return function (key, value) {
      while (depth > 0 && above[depth - 1] !== this) depth--;
      switch (typeof value) {
        case "number":
          return value - value === 0 ? value : mark + "number " + value;
        case "bigint":
          return mark + "bigint " + kit.String(value);
        case "function":
        case "symbol":
          return mark + typeof value;
        case "object":
          if (value === null) return value;
          for (let at = 0; at < depth; at++) {
            if (above[at] === value) return mark + "cycle";
          }
          if (depth > DEEPEST) return mark + "deep";
          above[depth++] = value;
          return value;
        default:
          return value;
      }
    };
  }

  // The kind of a value that is no plain object and nothing that JSON says by itself; "" for all others.
  function kind(value) {
    if (typeof value !== "object" || value === null) {
      return typeof value === "function" || typeof value === "symbol" ? typeof value : "";
    }
    const prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null || isArray(value)) return "";
    const told = tag(value); // "[object Object]" for instances of classes: those are welcome
    return told === "[object Object]" ? "" : slice(told, 8, -1);
  }

  kit.sayable = sayable;

  const plain = (value) => kind(value) === "" && sayable(value, 1);

  function slowly(value) {
    const told = kind(value);
    if (told !== "") return stringify(mark + "kind " + told);
    const text = stringify(value, marker());
    return text === undefined ? "null" : text;
  }

  function list(values) {
    let text = "[";
    for (let at = 0; at < values.length; at++) text += (at ? "," : "") + slowly(values[at]);
    return text + "]";
  }

  // The reply for what an event function returned.
  kit.reply = (value) => {
    if (value === undefined || value === null) return "u";
    if (isArray(value)) {
      let at = 0;
      while (at < value.length && plain(value[at])) at++;
      if (at < value.length) return "m" + list(value);
    } else if (!plain(value)) {
      return "m" + slowly(value);
    }
    const text = stringify(value);
    if (text === undefined) return "u"; // its toJSON said so
    return text[0] === "{" ? text : "j" + text;
  };

  // The reply for what a batch function returned. `indices` is a Map from the input objects to their place.
  kit.replyBatch = (value, indices) => {
    const reply = kit.reply(value);
    if (!isArray(value) || (reply[0] !== "j" && reply[0] !== "m")) return reply;
    let places = "[";
    for (let at = 0; at < value.length; at++) {
      const place = kit.mapGet(indices, value[at]);
      places += (at ? "," : "") + (place === undefined ? -1 : place);
    }
    return (reply[0] === "j" ? "b" : "B") + places + "]\n" + slice(reply, 1);
  };
})
