// setTimeout and setInterval, inside the turn: while an event waits, the worker sleeps until its next timer. When the event
// has its outcome, its timers are gone.
(function (kit) {
  "use strict";
  const { mapSet, mapDelete, mapForEach, mapClear, apply, now, Number } = kit;
  const LONGEST = 0x7fffffff;
  const timers = new kit.Map();
  let last = 0;

  function start(callback, delay, values, every) {
    if (typeof callback !== "function") throw new kit.TypeError("The callback of a timer must be a function");
    const asked = Number(delay);
    const wait = asked >= 1 && asked <= LONGEST ? kit.floor(asked) : 1;
    const id = ++last;
    mapSet(timers, id, { __proto__: null, id, due: now() + wait, callback, values, every: every ? wait : 0 });
    return id;
  }

  const stop = (id) => {
    mapDelete(timers, id);
  };

  kit.global("setTimeout", function setTimeout(callback, delay, ...values) {
    return start(callback, delay, values, false);
  });
  kit.global("setInterval", function setInterval(callback, delay, ...values) {
    return start(callback, delay, values, true);
  });
  kit.global("clearTimeout", function clearTimeout(id) {
    stop(id);
  });
  kit.global("clearInterval", function clearInterval(id) {
    stop(id);
  });

  function next() {
    let first;
    mapForEach(timers, (timer) => {
      if (first === undefined || timer.due < first.due) first = timer; // a Map keeps the order in which they were set
    });
    return first;
  }

  kit.clearTimers = () => mapClear(timers);

  // Milliseconds until the next timer is due; -1 if there is none.
  kit.nextTimer = () => {
    const timer = next();
    if (timer === undefined) return -1;
    const wait = timer.due - now();
    return wait > 0 ? wait : 0;
  };

  // Runs the next timer. Throws what its callback throws.
  kit.runTimer = () => {
    const timer = next();
    if (timer === undefined) return;
    if (timer.every) {
      timer.due = now() + timer.every;
    } else {
      mapDelete(timers, timer.id);
    }
    apply(timer.callback, undefined, timer.values);
  };
})
