// What user code threw, as text: JSON lists that begin with a letter for what it is.
//   e [name, message, stack]            anything
//   D [reason, stack]                   new Drop(reason)
//   R [afterSeconds, reason, stack]     new Retry(afterSeconds, reason)
//   I [message, stack]                  new Invalid(message)
// No user code runs for an ordinary error: names and messages are read as plain properties, no getter or toString is called,
// and Error.prepareStackTrace is put aside while the stack is made. A Proxy cannot be told from an object, so its traps may
// run; whatever they do is survived.
(function (kit) {
  "use strict";
  const { apply, stringify, getPrototypeOf, getOwnPropertyDescriptor, defineProperty, deleteProperty, slice, Error } = kit;
  const { toWellFormed, weakGet, weakSet } = kit;
  const MOST_TEXT = 2100; // code units: more than the characters that are shown, so that the host sees what to cut
  const MOST_STACK = 8000;
  const MOST_PROTOTYPES = 20;
  const stackOf = getOwnPropertyDescriptor(new Error(), "stack").get;
  const verdicts = new kit.WeakMap();

  const quote = (text, most) => stringify(toWellFormed(slice(text, 0, most)));

  // The value of a plain property of the object or of what it inherits from; undefined if it is none.
  function plainProperty(object, name) {
    for (let step = 0; object !== null && step < MOST_PROTOTYPES; step++) {
      const found = getOwnPropertyDescriptor(object, name);
      if (found !== undefined) return found.value;
      object = getPrototypeOf(object);
    }
    return undefined;
  }

  function stackText(thrown) {
    const own = getOwnPropertyDescriptor(Error, "prepareStackTrace");
    if (own !== undefined && !own.configurable) return ""; // it would run
    defineProperty(Error, "prepareStackTrace", { __proto__: null, value: undefined, configurable: true });
    try {
      const stack = apply(stackOf, thrown, []);
      return typeof stack === "string" ? stack : "";
    } finally {
      if (own === undefined) deleteProperty(Error, "prepareStackTrace");
      else defineProperty(Error, "prepareStackTrace", own);
    }
  }

  function attempt(read, thrown, otherwise) {
    try {
      return read(thrown);
    } catch {
      return otherwise;
    }
  }

  function said(value) {
    return typeof value === "string" ? value : value === undefined || typeof value === "object" ? "" : kit.String(value);
  }

  function nameOf(thrown) {
    const name = plainProperty(thrown, "name");
    return typeof name === "string" ? name : "Error";
  }

  function messageOf(thrown) {
    return said(plainProperty(thrown, "message"));
  }

  function typeOf(thrown) {
    const maker = plainProperty(thrown, "constructor");
    const name = typeof maker === "function" ? plainProperty(maker, "name") : "";
    return typeof name === "string" && name !== "" ? name : "Object";
  }

  const unstacked = (message) => "e[\"\"," + quote(message, MOST_TEXT) + ",\"\"]";

  // The reply for something thrown. Never throws.
  kit.thrown = (thrown) => {
    if (typeof thrown === "string") return unstacked(thrown === "" ? "an empty string was thrown" : thrown);
    if (thrown === null || (typeof thrown !== "object" && typeof thrown !== "function")) {
      return unstacked((typeof thrown === "symbol" ? "a symbol" : kit.String(thrown)) + " was thrown");
    }
    const stack = quote(attempt(stackText, thrown, ""), MOST_STACK);
    const verdict = weakGet(verdicts, thrown);
    if (verdict !== undefined) return verdict + stack + "]";
    const message = attempt(messageOf, thrown, "(its text cannot be made)");
    if (stack === "\"\"" && message === "") {
      return unstacked("a value of type " + attempt(typeOf, thrown, "Object") + " was thrown; throw an Error");
    }
    return "e[" + quote(attempt(nameOf, thrown, "Error"), 100) + "," + quote(message, MOST_TEXT) + "," + stack + "]";
  };

  // What a verdict carries becomes text when it is made, as in Python.
  const told = (value) => (value === undefined || value === null ? "" : kit.spell(value));

  class Drop extends Error {
    constructor(reason) {
      const text = told(reason);
      super(text);
      weakSet(verdicts, this, "D[" + quote(text, MOST_TEXT) + ",");
    }
  }

  class Retry extends Error {
    constructor(afterSeconds, reason) {
      const text = told(reason);
      super(text);
      const seconds = typeof afterSeconds === "number" && afterSeconds - afterSeconds === 0 ? kit.String(afterSeconds) : "null";
      weakSet(verdicts, this, "R[" + seconds + "," + quote(text, MOST_TEXT) + ",");
    }
  }

  class Invalid extends Error {
    constructor(message) {
      const text = told(message);
      super(text);
      weakSet(verdicts, this, "I[" + quote(text, MOST_TEXT) + ",");
    }
  }

  const classes = [Drop, Retry, Invalid];
  for (let at = 0; at < classes.length; at++) {
    const name = classes[at].name;
    defineProperty(classes[at].prototype, "name", { __proto__: null, value: name, writable: true, enumerable: false, configurable: true });
    kit.global(name, classes[at]);
  }
})
