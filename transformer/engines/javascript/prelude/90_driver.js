// Loads a program and calls its entry point. Gives the host functions of text to text; their replies are those of values.js
// and errors.js, and
//   l name     the program is loaded: the entry point that it has
//   p          the outcome is not there yet: a promise was returned
//   t ms       nothing can go on before the next timer is due
//   n          nothing can go on: the promise will never settle
// Promises go on when a call of the host's has returned, so the host asks `outcome` after one.
(function (kit) {
  "use strict";
  const { parse, isArray, Map, mapGet, mapSet, create, stringify } = kit;
  const NAMES = ["transformBatch", "transformEvent", "transform"]; // in the order of their precedence

  let entry;
  let batch = false;
  let input; // the object that the entry point was called with
  let inputs; // copy of the list that a batch function was called with: it may be sorted in place
  let indices; // Map from the items of `inputs` to their places, made when it is asked for
  let turn = 0; // a promise that outlives its event must not settle a later one
  let outcome = "";
  let waiting = false; // for a promise

  function indexed() {
    if (indices === undefined) {
      indices = new Map();
      for (let at = 0; at < inputs.length; at++) {
        if (typeof inputs[at] === "object" && inputs[at] !== null) mapSet(indices, inputs[at], at);
      }
    }
    return indices;
  }

  // metadata(event): a fresh object; keys that the data plane did not send are missing. The event is found by being the
  // object that came in, or else by its messageId.
  function metadata(event) {
    let asked = "";
    if (event !== input || batch) {
      const place = batch && inputs !== undefined ? mapGet(indexed(), event) : undefined;
      if (place !== undefined) {
        asked = kit.String(place);
      } else {
        const id = typeof event === "object" && event !== null ? event.messageId : undefined;
        asked = typeof id === "string" || typeof id === "number" ? "=" + stringify(id) : "=null";
      }
    }
    return parse(kit.ask("metadata", asked));
  }

  kit.global("metadata", metadata);

  function forget() {
    kit.clearTimers();
    inputs = indices = undefined;
    outcome = "";
    waiting = false;
    return ++turn;
  }

  // A copy that does not look up `slice`, and is not seen by setters on Array.prototype.
  function copied(list) {
    const copy = create(null);
    for (let at = 0; at < list.length; at++) copy[at] = list[at];
    copy.length = list.length;
    return copy;
  }

  const reply = (value) => (batch ? kit.replyBatch(value, isArray(value) ? indexed() : undefined) : kit.reply(value));

  async function follow(value, of) {
    let told;
    try {
      told = reply(await value);
    } catch (thrown) {
      told = kit.thrown(thrown);
    }
    if (of === turn) outcome = told;
  }

  const waits = (value) => typeof value === "object" && value !== null && typeof value.then === "function";

  function call(text) {
    const of = forget();
    try {
      input = parse(text);
      if (batch) inputs = copied(input);
      const value = entry(input, metadata);
      if (!waits(value)) return reply(value);
      waiting = true;
      follow(value, of);
      return "p";
    } catch (thrown) {
      return kit.thrown(thrown);
    }
  }

  // What a microtask throws is the failure of the event that still waits, as it is for timers. Otherwise the log says it.
  const { uncaught } = kit;
  kit.uncaught = (thrown) => {
    if (!waiting) uncaught(thrown);
    else if (outcome === "") outcome = kit.thrown(thrown);
  };

  function settled() {
    if (outcome !== "") return outcome;
    const wait = kit.nextTimer();
    return wait < 0 ? "n" : "t" + wait;
  }

  function tick() {
    try {
      kit.runTimer();
    } catch (thrown) {
      if (outcome === "") outcome = kit.thrown(thrown);
    }
    return "";
  }

  // Runs the program, whose value is the list of its entry points (../syntax.py), in the order of NAMES, and takes the first.
  // `evaluate` is eval, in strict code or not.
  function load(source, evaluate) {
    forget();
    let at = 0;
    try {
      const found = evaluate(source + LAST);
      while (at < NAMES.length && typeof found[at] !== "function") at++;
      if (at === NAMES.length) return "l";
      entry = found[at];
    } catch (thrown) {
      return kit.thrown(thrown);
    }
    batch = NAMES[at] !== "transformEvent";
    return "l" + (batch ? "transformBatch" : "transformEvent");
  }

  const LAST = "\n//# sourceURL=" + kit.script; // the name in its stacks

  const { evalStrict, evalLoose } = kit;
  kit.doors = {
    __proto__: null,
    load: (source) => load(source, evalLoose),
    loadStrict: (source) => load(source, evalStrict),
    call,
    settled,
    tick,
  };
})
