// structuredClone, as in the HTML standard: cycles, Map, Set, Date, RegExp, errors, buffers and views; DataCloneError for
// functions, symbols, promises and whatever else holds more than its properties.
(function (kit) {
  "use strict";
  const { uncurry, getter, isArray, getPrototypeOf, getOwnPropertyDescriptor, defineProperty, keys, tag, slice } = kit;
  const { Map, Set, Date, RegExp, Error, ArrayBuffer, DataView, Uint8Array, TypeError, String, Object } = globalThis;
  const { mapGet, mapSet, mapForEach, typedName, DOMException, ObjectPrototype } = kit;
  const setAdd = uncurry(Set.prototype.add);
  const setForEach = uncurry(Set.prototype.forEach);
  const dateValue = uncurry(Date.prototype.getTime);
  const patternSource = getter(RegExp.prototype, "source");
  const FLAGS = { __proto__: null };
  for (const [name, letter] of [
    ["hasIndices", "d"], ["global", "g"], ["ignoreCase", "i"], ["multiline", "m"], ["dotAll", "s"], ["unicode", "u"],
    ["unicodeSets", "v"], ["sticky", "y"],
  ]) {
    FLAGS[letter] = getter(RegExp.prototype, name);
  }
  const LETTERS = keys(FLAGS);
  const functionText = uncurry(Function.prototype.toString);
  const resizable = getter(ArrayBuffer.prototype, "resizable");
  const mostSize = getter(ArrayBuffer.prototype, "maxByteLength");
  const moved = uncurry(ArrayBuffer.prototype.transfer);
  const VIEWS = { __proto__: null };
  for (const View of [
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
    BigInt64Array, BigUint64Array,
  ]) {
    VIEWS[View.name] = View;
  }
  const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const BOXES = {
    __proto__: null,
    "[object Boolean]": uncurry(Boolean.prototype.valueOf),
    "[object Number]": uncurry(Number.prototype.valueOf),
    "[object String]": uncurry(String.prototype.valueOf),
    "[object BigInt]": uncurry(BigInt.prototype.valueOf),
  };
  const CLOSED = {
    __proto__: null,
    "[object WeakMap]": 1,
    "[object WeakSet]": 1,
    "[object WeakRef]": 1,
    "[object FinalizationRegistry]": 1,
    "[object Promise]": 1,
    "[object Generator]": 1,
    "[object AsyncGenerator]": 1,
    "[object SharedArrayBuffer]": 1,
    "[object Symbol]": 1,
    "[object Map Iterator]": 1,
    "[object Set Iterator]": 1,
    "[object Array Iterator]": 1,
    "[object String Iterator]": 1,
  };

  const refusal = (value) => new DOMException(`${shown(value)} could not be cloned.`, "DataCloneError");

  function shown(value) {
    if (typeof value === "function") return functionText(value);
    if (typeof value === "symbol") return String(value);
    return `#<${slice(tag(value), 8, -1)}>`;
  }

  const hidden = (object, key, value) =>
    defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });

  function clone(value, seen) {
    if (typeof value === "function" || typeof value === "symbol") throw refusal(value);
    if (typeof value !== "object" || value === null) return value;
    const before = mapGet(seen, value);
    return before === undefined ? cloneObject(value, seen) : before;
  }

  function fill(copy, value, seen) {
    mapSet(seen, value, copy);
    const names = keys(value);
    for (let at = 0; at < names.length; at++) {
      const name = names[at];
      const item = clone(value[name], seen);
      if (name in copy) kit.put(copy, name, item); // inherited: __proto__, or what user code put there
      else copy[name] = item;
    }
    return copy;
  }

  function cloneObject(value, seen) {
    if (isArray(value)) {
      const copy = [];
      copy.length = value.length;
      return fill(copy, value, seen);
    }
    const prototype = getPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return fill({}, value, seen);
    const special = cloneSpecial(value, seen);
    if (special === undefined) return fill({}, value, seen);
    return special;
  }

  // By what is inside of the object; its tag only says where to look first. undefined if it is plain inside.
  function cloneSpecial(value, seen) {
    if (kit.isException(value)) return remember(value, new DOMException(value.message, value.name), seen);
    if (kit.isPlatform(value)) throw refusal(value);
    if (kit.isView(value)) return cloneView(value, seen);
    const told = tag(value);
    if (CLOSED[told]) throw refusal(value);
    try {
      if (BOXES[told]) return remember(value, Object(BOXES[told](value)), seen);
      if (told === "[object Date]") return remember(value, new Date(dateValue(value)), seen);
      if (told === "[object RegExp]") return remember(value, clonePattern(value), seen);
    } catch {
      return undefined; // it only calls itself so
    }
    if (told === "[object Map]") return cloneMap(value, seen);
    if (told === "[object Set]") return cloneSet(value, seen);
    if (told === "[object Error]") return cloneError(value, seen);
    if (told === "[object ArrayBuffer]") return cloneBuffer(value, seen);
    return undefined;
  }

  function remember(value, copy, seen) {
    mapSet(seen, value, copy);
    return copy;
  }

  function clonePattern(value) {
    const source = patternSource(value);
    let flags = "";
    for (let at = 0; at < LETTERS.length; at++) {
      if (FLAGS[LETTERS[at]](value)) flags += LETTERS[at];
    }
    return new RegExp(source, flags);
  }

  // What a Map or Set holds is copied first: getters may change it while its parts are cloned.
  function parts(forEach, value) {
    const list = { __proto__: null, length: 0 };
    try {
      forEach(value, (item, key) => {
        list[list.length++] = key;
        list[list.length++] = item;
      });
    } catch {
      return undefined;
    }
    return list;
  }

  function cloneMap(value, seen) {
    const list = parts(mapForEach, value);
    if (list === undefined) return undefined;
    const copy = remember(value, new Map(), seen);
    for (let at = 0; at < list.length; at += 2) mapSet(copy, clone(list[at], seen), clone(list[at + 1], seen));
    return copy;
  }

  function cloneSet(value, seen) {
    const list = parts(setForEach, value);
    if (list === undefined) return undefined;
    const copy = remember(value, new Set(), seen);
    for (let at = 0; at < list.length; at += 2) setAdd(copy, clone(list[at], seen));
    return copy;
  }

  function cloneError(value, seen) {
    const name = value.name;
    const maker = (typeof name === "string" && ERRORS[name]) || Error;
    const message = getOwnPropertyDescriptor(value, "message");
    const copy = message === undefined ? new maker() : new maker(`${message.value}`);
    remember(value, copy, seen);
    const stack = value.stack;
    if (typeof stack === "string") hidden(copy, "stack", stack);
    const cause = getOwnPropertyDescriptor(value, "cause");
    if (cause !== undefined) hidden(copy, "cause", clone(value.cause, seen));
    return copy;
  }

  function cloneBuffer(value, seen) {
    const bytes = kit.bytesOf(value);
    if (bytes === undefined) return undefined;
    const size = kit.typedSize(bytes);
    const copy = resizable(value) ? new ArrayBuffer(size, { __proto__: null, maxByteLength: mostSize(value) }) : new ArrayBuffer(size);
    kit.copyInto(new Uint8Array(copy), bytes);
    return remember(value, copy, seen);
  }

  function cloneView(value, seen) {
    const name = typedName(value);
    const buffer = clone(name === undefined ? kit.viewBuffer(value) : kit.typedBuffer(value), seen);
    if (name === undefined) return remember(value, new DataView(buffer, kit.viewOffset(value), kit.viewSize(value)), seen);
    return remember(value, new VIEWS[name](buffer, kit.typedOffset(value), kit.typedLength(value)), seen);
  }

  kit.global("structuredClone", function structuredClone(value, options = undefined) {
    kit.need(1, arguments.length, "structuredClone");
    const seen = new Map();
    const asked = options?.transfer;
    const moves = asked === undefined ? undefined : kit.sequence(asked);
    if (moves === undefined) return clone(value, seen);
    for (let at = 0; at < moves.length; at++) {
      if (kit.isView(moves[at]) || kit.bytesOf(moves[at]) === undefined) {
        throw new DOMException("Only an ArrayBuffer can be transferred.", "DataCloneError");
      }
      for (let other = 0; other < at; other++) {
        if (moves[other] === moves[at]) throw new DOMException("An ArrayBuffer is listed twice.", "DataCloneError");
      }
    }
    const copy = clone(value, seen);
    for (let at = 0; at < moves.length; at++) moved(moves[at]); // the copy has its bytes; the original ends here
    return copy;
  });
})
