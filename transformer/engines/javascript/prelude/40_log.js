// log(...values): strings as they are, objects as JSON, everything else as String() shows it, joined by blanks.
(function (kit) {
  "use strict";
  const { stringify, slice, tag, String } = kit;
  const MOST = 20000; // characters of one line: more than the limit of an event's log by default

  kit.spell = (value) => {
    try {
      if (typeof value === "string") return value;
      if (typeof value === "symbol" || typeof value === "function" || typeof value !== "object" || value === null) {
        return String(value);
      }
      const told = tag(value);
      if (told === "[object Error]") return String(value);
      const text = stringify(value);
      return text === undefined ? String(value) : text;
    } catch {
      try {
        return tag(value);
      } catch {
        return "(it could not be said)";
      }
    }
  };

  kit.line = (values) => {
    let line = "";
    for (let at = 0; at < values.length && line.length <= MOST; at++) line += (at ? " " : "") + kit.spell(values[at]);
    return slice(line, 0, MOST);
  };

  kit.log = (line) => {
    kit.ask("log", line);
  };

  kit.global("log", function log(...values) {
    kit.log(kit.line(values));
  });
})
