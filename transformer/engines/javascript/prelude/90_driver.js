// Loads a program and calls its entry point. Gives the host functions of text to text; their replies are those of values.js
// and errors.js, and
//   l name     the program is loaded: the entry point that it has
//   x          the event is to be read by the host side before it is handed over: no code has seen it
//   =          the JSON of what was returned is the text that came in, letter for letter
//   p number   the outcome is not there yet: a promise was returned. The event keeps this number until it is settled, and
//              others may be called meanwhile
//   t ms       nothing of the event's own can go on before its next timer is due
//   n          nothing of the event's own can go on, but for host calls that it waits for
// Promises go on when a call of the host's has returned, so the host asks `settled` after one.
(function (kit) {
  "use strict";
  const { parse, isArray, Map, mapGet, mapSet, mapDelete, create, stringify } = kit;
  const NAMES = ["transformBatch", "transformEvent", "transform"]; // in the order of their precedence

  let entry;
  let batch = false;
  let last = 0;
  const pending = new Map(); // the events that wait for a promise, by their numbers

  // What belongs to one call of the entry point. `kit.event` is the one at work: its code runs, or a promise of its.
  //   input     the object that the entry point was called with
  //   inputs    copy of the list that a batch function was called with: it may be sorted in place
  //   indices   Map from the items of `inputs` to their places, made when it is asked for
  //   timers    its timers, if it has any
  //   outcome   the reply, once there is one
  //   waiting   whether it waits for a promise
  //   over      whether it has its outcome: a promise that outlives its event settles nothing
  function Begun() {
    this.input = undefined;
    this.inputs = undefined;
    this.indices = undefined;
    this.timers = undefined;
    this.outcome = "";
    this.waiting = false;
    this.over = false;
  }
  Begun.prototype = kit.freeze(create(null)); // a literal with `__proto__: null` would be a slow dictionary

  kit.event = new Begun();

  function indexed(event) {
    const { inputs } = event;
    if (event.indices === undefined) {
      event.indices = new Map();
      for (let at = 0; at < inputs.length; at++) {
        if (typeof inputs[at] === "object" && inputs[at] !== null) mapSet(event.indices, inputs[at], at);
      }
    }
    return event.indices;
  }

  // metadata(event): a fresh object; keys that the data plane did not send are missing. The event is found by being the
  // object that came in, or else by its messageId.
  function metadata(event) {
    let asked = "";
    const own = kit.event;
    if (event !== own.input || batch) {
      const place = batch && own.inputs !== undefined ? mapGet(indexed(own), event) : undefined;
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

  // A copy that does not look up `slice`, and is not seen by setters on Array.prototype.
  function copied(list) {
    const copy = create(null);
    for (let at = 0; at < list.length; at++) copy[at] = list[at];
    copy.length = list.length;
    return copy;
  }

  const reply = (value, event) =>
    batch ? kit.replyBatch(value, isArray(value) ? indexed(event) : undefined) : kit.reply(value);

  async function follow(value, event) {
    let told;
    try {
      told = reply(await value, event);
    } catch (thrown) {
      told = kit.thrown(thrown);
    }
    if (!event.over) event.outcome = told;
  }

  const waits = (value) => typeof value === "object" && value !== null && typeof value.then === "function";

  // An event or events that the host side has read and written.
  function call(text) {
    let input;
    try {
      input = parse(text);
    } catch (thrown) {
      return kit.thrown(thrown);
    }
    return begin(input, true);
  }

  // An event as it came, for code that takes each for itself. What the host side refuses to read, it is to refuse here, too:
  // what is no object, is nested too deep, or has a number that is beyond all doubles.
  function callRaw(text) {
    let input;
    try {
      input = parse(text);
    } catch {
      return "x";
    }
    if (typeof input !== "object" || input === null || isArray(input)) return "x";
    const told = begin(input, false);
    return told === text ? "=" : told;
  }

  function begin(input, known) {
    if (!kit.event.waiting) kit.event.over = true;
    const event = (kit.event = new Begun());
    try {
      if (!known && !kit.sayable(input, 1)) return "x";
      event.input = input;
      if (batch) event.inputs = copied(input);
      const value = entry(event.input, metadata);
      if (!waits(value)) return reply(value, event);
      event.waiting = true;
      follow(value, event);
      mapSet(pending, ++last, event);
      return "p" + last;
    } catch (thrown) {
      return kit.thrown(thrown);
    }
  }

  // What a microtask throws is the failure of the event that still waits, as it is for timers. Otherwise the log says it.
  const { uncaught } = kit;
  kit.uncaught = (thrown) => {
    const { event } = kit;
    if (!event.waiting || event.over) uncaught(thrown);
    else if (event.outcome === "") event.outcome = kit.thrown(thrown);
  };

  // What has become of the event of this number. It is the one at work until another call comes.
  function settled(number) {
    const event = (kit.event = mapGet(pending, number));
    if (event.outcome !== "") {
      finish(number);
      return event.outcome;
    }
    const wait = kit.nextTimer(event);
    return wait < 0 ? "n" : "t" + wait;
  }

  // Nobody asks for it any more.
  function finish(number) {
    const event = mapGet(pending, number);
    event.over = true;
    event.timers = undefined;
    mapDelete(pending, number);
    return "";
  }

  function tick(number) {
    const event = (kit.event = mapGet(pending, number));
    try {
      kit.runTimer();
    } catch (thrown) {
      if (event.outcome === "") event.outcome = kit.thrown(thrown);
    }
    return "";
  }

  // A host call of the event has its answer.
  function answered(number, id, text) {
    kit.event = mapGet(pending, number);
    kit.answered(id, text);
    return "";
  }

  // Runs the program, whose value is the list of its entry points (../syntax.py), in the order of NAMES, and takes the first.
  // `evaluate` is eval, in strict code or not.
  function load(source, evaluate) {
    let at = 0;
    try {
      const found = evaluate(source + LAST);
      while (at < NAMES.length && typeof found[at] !== "function") at++;
      if (at === NAMES.length) return "l";
      entry = found[at];
    } catch (thrown) {
      return kit.thrown(thrown);
    }
    kit.loading = false;
    batch = NAMES[at] !== "transformEvent";
    return "l" + (batch ? "transformBatch" : "transformEvent");
  }

  // Libraries, by their keys: frozen objects of what they export. `bind` lists names and where each comes from: the key of a
  // library and the name there, "*" for all of it. The names are constants around the code, which its own may not be called.
  const libraries = create(null);

  function evaluateWithin(bind, more, source) {
    let text = "(function () { ";
    const values = create(null);
    for (let at = 0; at < bind.length; at++) {
      const exported = libraries[bind[at][1]];
      values[at] = bind[at][2] === "*" ? exported : exported[bind[at][2]];
      text += "const " + bind[at][0] + " = arguments[0][" + at + "]; ";
    }
    if (more !== undefined) {
      values.parameters = more;
      text += "const parameters = arguments[0].parameters; ";
    }
    return evalStrict(text + "return eval(arguments[1]); })")(values, source);
  }

  function sealed(value) {
    if (typeof value === "object" && value !== null) {
      const names = kit.keys(value);
      for (let at = 0; at < names.length; at++) sealed(value[names[at]]);
      kit.freeze(value);
    }
    return value;
  }

  // Runs a library, which is there for others from then on.
  function define(text) {
    const told = parse(text);
    kit.Error.stackTraceLimit = 50; // whose line it was is behind the frames of libraries
    try {
      const source = told.source + "\n//# sourceURL=" + told.script;
      libraries[told.key] = kit.freeze(evaluateWithin(told.bind, sealed(parse(told.parameters)), source));
      return "l";
    } catch (thrown) {
      return kit.thrown(thrown);
    }
  }

  // Runs a program that imports libraries.
  function loadWithin(text) {
    const told = parse(text);
    return load(told.source, (source) => evaluateWithin(told.bind, undefined, source));
  }

  const LAST = "\n//# sourceURL=" + kit.script; // the name in its stacks

  const { evalStrict, evalLoose } = kit;
  kit.doors = {
    __proto__: null,
    load: (source) => load(source, evalLoose),
    loadStrict: (source) => load(source, evalStrict),
    call,
    callRaw,
    settled,
    finish,
    tick,
    answered,
    define,
    loadWithin,
  };
})
