// console and performance. All that a console says goes where log() goes.
(function (kit) {
  "use strict";
  const { log, slice, keys, isArray, mapGet, mapSet, mapDelete, mapForEach, ask, TypeError } = kit;
  const { parseInt, parseFloat } = globalThis;
  const { toStringTag } = Symbol;
  const console = {};
  const counts = new kit.Map();
  const clocks = new kit.Map();
  const now = () => +ask("clock", "");
  let indent = "";

  const say = (values) => log(indent + formatted(values));

  // printf, as consoles have it; values without a place in the first text follow it.
  function formatted(values) {
    const { length } = values;
    if (length === 0) return "";
    const format = values[0];
    if (typeof format !== "string" || length === 1 || kit.indexOf(format, "%") < 0) return kit.line(values);
    let out = "";
    let next = 1;
    let from = 0;
    for (let at = kit.indexOf(format, "%"); at >= 0 && at + 1 < format.length; at = kit.indexOf(format, "%", at)) {
      const letter = format[at + 1];
      let told;
      if (letter === "%") told = "%";
      else if (next < length) told = filled(letter, values[next]);
      if (told === undefined) {
        at++;
        continue;
      }
      if (letter !== "%") next++;
      out += slice(format, from, at) + told;
      at = from = at + 2;
    }
    out += slice(format, from);
    for (; next < length; next++) out += " " + kit.spell(values[next]);
    return out;
  }

  function filled(letter, value) {
    switch (letter) {
      case "s":
      case "o":
      case "O":
      case "j":
        return kit.spell(value);
      case "d":
      case "i":
      case "f": {
        if (typeof value === "bigint") return `${value}n`;
        if (typeof value === "symbol" || (typeof value === "object" && value !== null)) return "NaN";
        return `${letter === "d" ? +value : letter === "i" ? parseInt(value, 10) : parseFloat(value)}`;
      }
      case "c":
        return ""; // styles are for browsers
      default:
        return undefined;
    }
  }

  const label = (given) => (given === undefined ? "default" : `${given}`);

  function elapsed(name, values) {
    const start = mapGet(clocks, name);
    if (start === undefined) {
      log(`${indent}No such label '${name}' for console.time()`);
      return;
    }
    const spent = kit.floor((now() - start) * 1000) / 1000;
    log(`${indent}${name}: ${spent}ms${values === undefined || values.length === 0 ? "" : " " + kit.line(values)}`);
  }

  const listed = () => ({ __proto__: null, length: 0 });

  // What a table shows of a row: its parts by their names; of a plain value, the value under "Values".
  function rowsOf(data) {
    const rows = listed();
    const add = (index, value) => {
      rows[rows.length++] = { __proto__: null, index, value };
    };
    if (kit.tag(data) === "[object Map]") {
      mapForEach(data, (value, key) => add(kit.spell(key), value));
      return rows;
    }
    const names = keys(data);
    for (let at = 0; at < names.length; at++) add(names[at], data[names[at]]);
    return rows;
  }

  function tableOf(data, only) {
    const rows = rowsOf(data);
    const columns = listed(); // names, in the order in which they come up
    const known = new kit.Map();
    let plain = false;
    const column = (name) => {
      if (mapGet(known, name)) return;
      mapSet(known, name, true);
      columns[columns.length++] = name;
    };
    if (isArray(only)) {
      for (let at = 0; at < only.length; at++) column(`${only[at]}`);
    }
    for (let at = 0; at < rows.length; at++) {
      const { value } = rows[at];
      if (typeof value !== "object" || value === null) {
        plain = true;
      } else if (!isArray(only)) {
        const names = keys(value);
        for (let each = 0; each < names.length; each++) column(names[each]);
      }
    }
    const grid = listed();
    const head = listed();
    head[head.length++] = "(index)";
    for (let at = 0; at < columns.length; at++) head[head.length++] = columns[at];
    if (plain) head[head.length++] = "Values";
    grid[grid.length++] = head;
    for (let at = 0; at < rows.length; at++) {
      const { index, value } = rows[at];
      const cells = listed();
      cells[cells.length++] = index;
      const whole = typeof value === "object" && value !== null;
      for (let each = 0; each < columns.length; each++) {
        const has = whole && kit.getOwnPropertyDescriptor(value, columns[each]) !== undefined;
        cells[cells.length++] = has ? kit.spell(value[columns[each]]) : "";
      }
      if (plain) cells[cells.length++] = whole ? "" : kit.spell(value);
      grid[grid.length++] = cells;
    }
    return drawn(grid);
  }

  function drawn(grid) {
    const widths = listed();
    const count = grid[0].length;
    for (let at = 0; at < count; at++) {
      let most = 0;
      for (let row = 0; row < grid.length; row++) {
        if (grid[row][at].length > most) most = grid[row][at].length;
      }
      widths[widths.length++] = most;
    }
    const padded = (text, width) => {
      let out = text;
      while (out.length < width) out += " ";
      return out;
    };
    let out = "";
    for (let row = 0; row < grid.length; row++) {
      let line = "";
      let rule = "";
      for (let at = 0; at < count; at++) {
        line += (at ? " \u2502 " : "") + padded(grid[row][at], widths[at]);
        for (let dash = 0; row === 0 && dash < widths[at]; dash++) rule += "\u2500";
        if (row === 0 && at + 1 < count) rule += "\u2500\u253c\u2500";
      }
      out += (row ? "\n" : "") + line;
      if (row === 0) out += "\n" + rule;
    }
    return out;
  }

  const method = (name, value) => kit.put(console, name, value);

  for (const name of ["log", "info", "debug", "warn", "error", "dirxml"]) {
    const plain = {
      [name](...values) {
        say(values);
      },
    };
    method(name, plain[name]);
  }
  method("dir", function dir(value) {
    log(indent + kit.spell(value));
  });
  method("trace", function trace(...values) {
    log(indent + (values.length ? "Trace: " + formatted(values) : "Trace"));
  });
  method("assert", function assert(condition, ...values) {
    if (condition) return;
    log(indent + (values.length ? "Assertion failed: " + formatted(values) : "Assertion failed"));
  });
  method("count", function count(name) {
    const which = label(name);
    const counted = (mapGet(counts, which) || 0) + 1;
    mapSet(counts, which, counted);
    log(`${indent}${which}: ${counted}`);
  });
  method("countReset", function countReset(name) {
    mapDelete(counts, label(name));
  });
  method("group", function group(...values) {
    if (values.length) say(values);
    if (indent.length < 40) indent += "  ";
  });
  method("groupCollapsed", console.group);
  method("groupEnd", function groupEnd() {
    indent = slice(indent, 2);
  });
  method("time", function time(name) {
    mapSet(clocks, label(name), now());
  });
  method("timeLog", function timeLog(name, ...values) {
    elapsed(label(name), values);
  });
  method("timeEnd", function timeEnd(name) {
    elapsed(label(name));
    mapDelete(clocks, label(name));
  });
  method("table", function table(data, only) {
    if (typeof data !== "object" || data === null) say([data]);
    else log(tableOf(data, only));
  });
  method("clear", function clear() {
    indent = "";
  });
  kit.defineProperty(console, toStringTag, { __proto__: null, value: "console", configurable: true });
  kit.global("console", console);

  // performance: milliseconds since the context was made, finer than Date.
  const MAKER = kit.create(null);
  const began = kit.now();
  let start;
  let isPerformance;

  class Performance {
    #own = true;

    static {
      isPerformance = (value) => #own in value;
    }

    constructor(maker) {
      if (maker !== MAKER) throw new TypeError("Illegal constructor");
    }

    get timeOrigin() {
      this.#own;
      return began;
    }

    now() {
      this.#own;
      const at = now();
      if (start === undefined) start = at - (kit.now() - began); // the host is asked when there is a need only
      return at - start;
    }

    toJSON() {
      this.#own;
      return { timeOrigin: began };
    }
  }

  kit.platform("Performance", Performance, isPerformance);
  kit.global("performance", new Performance(MAKER));
})
