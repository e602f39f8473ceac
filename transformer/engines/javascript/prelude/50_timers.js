// setTimeout and setInterval, inside the turn: while an event waits, the worker sleeps until its next timer, or runs other
// events. When the event has its outcome, its timers are gone.
(function (kit) {
  "use strict";
  const { mapSet, mapDelete, mapForEach, apply, now, Number } = kit;
  const LONGEST = 0x7fffffff;
  let last = 0;

  function start(callback, delay, values, every) {
    if (typeof callback !== "function") throw new kit.TypeError("The callback of a timer must be a function");
    const asked = Number(delay);
    const wait = asked >= 1 && asked <= LONGEST ? kit.floor(asked) : 1;
    const id = ++last;
    if (kit.event.timers === undefined) kit.event.timers = new kit.Map();
    mapSet(kit.event.timers, id, { __proto__: null, id, due: now() + wait, callback, values, every: every ? wait : 0 });
    return id;
  }

  const stop = (id) => {
    if (kit.event.timers !== undefined) mapDelete(kit.event.timers, id);
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

  function next(timers) {
    let first;
    if (timers === undefined) return first;
    mapForEach(timers, (timer) => {
      if (first === undefined || timer.due < first.due) first = timer; // a Map keeps the order in which they were set
    });
    return first;
  }

  // Milliseconds until the event's next timer is due; -1 if there is none.
  kit.nextTimer = (event) => {
    const timer = next(event.timers);
    if (timer === undefined) return -1;
    const wait = timer.due - now();
    return wait > 0 ? wait : 0;
  };

  // Runs the next timer of the event at work. Throws what its callback throws.
  kit.runTimer = () => {
    const { timers } = kit.event;
    const timer = next(timers);
    if (timer === undefined) return;
    if (timer.every) {
      timer.due = now() + timer.every;
    } else {
      mapDelete(timers, timer.id);
    }
    apply(timer.callback, undefined, timer.values);
  };
})
