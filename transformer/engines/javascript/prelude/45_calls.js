// Host calls, for whoever offers them to user code. Arguments and values are JSON text.
//   kit.begin(kind, text)   sent at once; a promise of the value, which comes while the event waits
//   kit.wait(kind, text)    the value at once: everything waits for it, so only for what is quick
//   kit.table(name, key)    the row of a reference table, at once and without a trip; "" if it has none for the key
// Where there is no value they throw, or reject with, an Error that has `kind` and `details`. Bytes: an argument named `body64`
// is base64 and is sent as the bytes `body`, a text named `body` as UTF-8; in values, bytes named k come as k where they are
// text in UTF-8, else in base64 as k with 64 behind.
(function (kit) {
  "use strict";
  const { ask, parse, slice, mapGet, mapSet, mapDelete, defineProperty } = kit;
  const { Promise } = globalThis;
  const waiting = new kit.Map();

  const failures = new kit.WeakMap();

  kit.loading = true; // the top level of the code runs

  function failed(text) {
    const told = parse(text);
    const error = new kit.Error(told[1]);
    defineProperty(error, "kind", { __proto__: null, value: told[0], writable: true, enumerable: true, configurable: true });
    defineProperty(error, "details", { __proto__: null, value: told[2], writable: true, enumerable: true, configurable: true });
    kit.weakSet(failures, error, true);
    return error;
  }

  // Whether it is one of these errors, and not one that user code made.
  kit.isHostError = (value) => typeof value === "object" && value !== null && kit.weakGet(failures, value) === true;

  // What the host tells: "v" and the value, or "e" and why there is none.
  function value(told) {
    if (told[0] === "e") throw failed(slice(told, 1));
    return slice(told, 1);
  }

  kit.begin = (kind, text) => {
    if (kit.loading) throw new kit.TypeError("The host can be asked only while an event is handled");
    return new Promise((resolve, reject) => {
      mapSet(waiting, value(ask("begin", kind + "\n" + text)), { __proto__: null, resolve, reject });
    });
  };

  kit.wait = (kind, text) => value(ask("wait", kind + "\n" + text));

  kit.table = (name, key) => value(ask("table", kit.stringify(name) + "\n" + key));

  // The call of this id has its answer.
  kit.answered = (id, told) => {
    const promised = mapGet(waiting, id);
    if (promised === undefined) return; // of an event that is over
    mapDelete(waiting, id);
    try {
      promised.resolve(value(told));
    } catch (error) {
      promised.reject(error);
    }
  };
})
