// What the globals of the web share: how their classes look from outside, texts, sequences, bytes, and DOMException.
(function (kit) {
  "use strict";
  const { apply, uncurry, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, toWellFormed, global, TypeError, Error } = kit;
  const { Uint8Array, Uint16Array } = globalThis;
  const { getOwnPropertyNames } = Object;
  const { construct, ownKeys } = Reflect;
  const { isView } = ArrayBuffer;
  const { fromCharCode } = String;
  const { toStringTag } = Symbol;
  const captureStackTrace = Error.captureStackTrace;
  const TypedArray = getPrototypeOf(Uint8Array).prototype;
  const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);

  kit.getter = getter;
  kit.ownKeys = ownKeys;
  kit.isView = isView;
  kit.fromCharCode = fromCharCode;
  kit.Uint8Array = Uint8Array;
  kit.Uint16Array = Uint16Array;
  kit.typedName = getter(TypedArray, toStringTag); // undefined for what is no typed array
  kit.typedBuffer = getter(TypedArray, "buffer");
  kit.typedOffset = getter(TypedArray, "byteOffset");
  kit.typedSize = getter(TypedArray, "byteLength");
  kit.typedLength = getter(TypedArray, "length");
  kit.viewBuffer = getter(DataView.prototype, "buffer");
  kit.viewOffset = getter(DataView.prototype, "byteOffset");
  kit.viewSize = getter(DataView.prototype, "byteLength");
  kit.bufferSize = getter(ArrayBuffer.prototype, "byteLength"); // throws for what is no ArrayBuffer
  kit.copyInto = uncurry(TypedArray.set);
  kit.toLowerCase = uncurry(String.prototype.toLowerCase);
  kit.toUpperCase = uncurry(String.prototype.toUpperCase);

  const brands = { __proto__: null, length: 0 };

  // Whether the object is of one of the classes below, whatever its prototype is now.
  kit.isPlatform = (value) => {
    for (let at = 0; at < brands.length; at++) {
      if (brands[at](value)) return true;
    }
    return false;
  };

  // Makes `maker` a global class as the web's own are: its members are listed, its objects have its name as their tag.
  // `brand` tells its objects.
  kit.platform = (name, maker, brand) => {
    const { prototype } = maker;
    const keys = getOwnPropertyNames(prototype);
    for (let at = 0; at < keys.length; at++) {
      if (keys[at] !== "constructor") defineProperty(prototype, keys[at], { __proto__: null, enumerable: true });
    }
    defineProperty(prototype, toStringTag, { __proto__: null, value: name, configurable: true });
    brands[brands.length++] = brand;
    global(name, maker);
  };

  // Sets a property that no setter sees.
  kit.put = (object, key, value) =>
    defineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });

  // A value as the web's functions take a text: no lone surrogates.
  kit.text = (value) => toWellFormed(`${value}`);

  kit.need = (count, given, what) => {
    if (given < count) throw new TypeError(`${what} takes at least ${count} argument${count === 1 ? "" : "s"}, but got ${given}`);
  };

  // What an iterable of the user's gives, in a list that nobody's setters see.
  kit.sequence = (iterable) => {
    const list = { __proto__: null, length: 0 };
    for (const item of iterable) list[list.length++] = item;
    return list;
  };

  // The bytes of an ArrayBuffer or of a view of one; undefined for anything else.
  kit.bytesOf = (value) => {
    if (isView(value)) {
      return kit.typedName(value) === undefined
        ? new Uint8Array(kit.viewBuffer(value), kit.viewOffset(value), kit.viewSize(value))
        : new Uint8Array(kit.typedBuffer(value), kit.typedOffset(value), kit.typedSize(value));
    }
    if (typeof value !== "object" || value === null) return undefined;
    try {
      kit.bufferSize(value);
    } catch {
      return undefined;
    }
    return new Uint8Array(value);
  };

  kit.neededBytes = (value, what) => {
    const bytes = kit.bytesOf(value);
    if (bytes === undefined) throw new TypeError(`${what} must be an ArrayBuffer, a typed array or a DataView`);
    return bytes;
  };

  // The text that has these code units, `length` of them: a character for each byte if they are bytes.
  kit.unitsText = (units, length) => {
    let text = "";
    let at = 0;
    for (; at + 8 <= length; at += 8) {
      text += fromCharCode(
        units[at], units[at + 1], units[at + 2], units[at + 3], units[at + 4], units[at + 5], units[at + 6], units[at + 7],
      );
    }
    for (; at < length; at++) text += fromCharCode(units[at]);
    return text;
  };

  // The bytes whose values are the characters of a text that has none above U+00FF.
  kit.textBytes = (text) => {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = kit.charCodeAt(text, at);
    return bytes;
  };

  const CODES = {
    __proto__: null,
    IndexSizeError: 1,
    HierarchyRequestError: 3,
    WrongDocumentError: 4,
    InvalidCharacterError: 5,
    NoModificationAllowedError: 7,
    NotFoundError: 8,
    NotSupportedError: 9,
    InUseAttributeError: 10,
    InvalidStateError: 11,
    SyntaxError: 12,
    InvalidModificationError: 13,
    NamespaceError: 14,
    InvalidAccessError: 15,
    TypeMismatchError: 17,
    SecurityError: 18,
    NetworkError: 19,
    AbortError: 20,
    URLMismatchError: 21,
    QuotaExceededError: 22,
    TimeoutError: 23,
    InvalidNodeTypeError: 24,
    DataCloneError: 25,
  };
  const CONSTANTS = [
    "INDEX_SIZE_ERR", "DOMSTRING_SIZE_ERR", "HIERARCHY_REQUEST_ERR", "WRONG_DOCUMENT_ERR", "INVALID_CHARACTER_ERR",
    "NO_DATA_ALLOWED_ERR", "NO_MODIFICATION_ALLOWED_ERR", "NOT_FOUND_ERR", "NOT_SUPPORTED_ERR", "INUSE_ATTRIBUTE_ERR",
    "INVALID_STATE_ERR", "SYNTAX_ERR", "INVALID_MODIFICATION_ERR", "NAMESPACE_ERR", "INVALID_ACCESS_ERR", "VALIDATION_ERR",
    "TYPE_MISMATCH_ERR", "SECURITY_ERR", "NETWORK_ERR", "ABORT_ERR", "URL_MISMATCH_ERR", "QUOTA_EXCEEDED_ERR", "TIMEOUT_ERR",
    "INVALID_NODE_TYPE_ERR", "DATA_CLONE_ERR",
  ];
  const exceptions = new kit.WeakMap();

  // Its fields are plain properties of each exception, as those of other errors are: what reads errors finds them.
  class DOMException {
    constructor(message = "", options = "Error") {
      const custom = typeof options === "object" && options !== null;
      const name = custom ? (options.name === undefined ? "Error" : `${options.name}`) : `${options}`;
      const self = construct(Error, [`${message}`], new.target);
      const hidden = (key, value) =>
        defineProperty(self, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
      hidden("name", name);
      hidden("code", CODES[name] || 0);
      if (custom && "cause" in options) hidden("cause", options.cause);
      captureStackTrace(self, DOMException);
      kit.weakSet(exceptions, self, true);
      return self;
    }
  }
  Object.setPrototypeOf(DOMException.prototype, Error.prototype);
  for (let at = 0; at < CONSTANTS.length; at++) {
    const constant = { __proto__: null, value: at + 1, enumerable: true };
    defineProperty(DOMException, CONSTANTS[at], constant);
    defineProperty(DOMException.prototype, CONSTANTS[at], constant);
  }
  kit.DOMException = DOMException;
  kit.isException = (value) => kit.weakGet(exceptions, value) === true;
  kit.platform("DOMException", DOMException, kit.isException);

  const { spell } = kit;
  const errorText = uncurry(Error.prototype.toString);
  kit.spell = (value) => (typeof value === "object" && value !== null && kit.isException(value) ? errorText(value) : spell(value));

  // Functions that are no more than a way to say "wait a moment": their errors are those of the event that runs.
  const { then } = Promise.prototype;
  const settled = Promise.resolve();
  global("queueMicrotask", function queueMicrotask(callback) {
    if (typeof callback !== "function") throw new TypeError("The callback of queueMicrotask must be a function");
    apply(then, settled, [
      () => {
        try {
          callback();
        } catch (thrown) {
          kit.uncaught(thrown);
        }
      },
    ]);
  });

  // What a microtask threw has nowhere to go: the log says it, as browsers do. The driver may know better.
  kit.uncaught = (thrown) => kit.log("Uncaught " + kit.spell(thrown));
})
