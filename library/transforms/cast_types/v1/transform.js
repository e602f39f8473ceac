// Casts values to the types that they should have.

import { text_of } from "@library/digest/v1";
import { finder, remove, settle } from "@library/paths/v1";

const INTEGER = /^([+-]?\d{1,400})(?:\.0*)?$/;
const NUMBER = /^[+-]?(?:\d{1,400}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
const TRUE = new Set(["true", "yes", "y", "on", "t", "1"]);
const FALSE = new Set(["false", "no", "n", "off", "f", "0"]);

const no = (kind) => new RangeError(`a value is no ${kind}`);

const casts = {
  string: text_of,
  integer(value) {
    let made = value;
    if (typeof value === "boolean") made = Number(value);
    else if (typeof value === "string") made = INTEGER.test(value.trim()) ? Number(INTEGER.exec(value.trim())[1]) : null;
    if (!Number.isSafeInteger(made)) throw no("integer");
    return made + 0;
  },
  number(value) {
    let made = value;
    if (typeof value === "boolean") made = Number(value);
    else if (typeof value === "string") made = NUMBER.test(value.trim()) ? Number(value.trim()) : null;
    if (!Number.isFinite(made)) throw no("number");
    return made;
  },
  boolean(value) {
    if (typeof value === "boolean") return value;
    const word = value !== null && typeof value === "object" ? "" : text_of(value).trim().toLowerCase();
    if (!TRUE.has(word) && !FALSE.has(word)) throw no("boolean");
    return TRUE.has(word);
  },
  list(value) {
    if (Array.isArray(value)) return value;
    if (typeof value !== "string") return [value];
    return value.split(",").map((part) => part.trim()).filter(Boolean);
  },
  json(value) {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value);
    } catch {
      throw no("JSON");
    }
  },
};

/** The value as string, integer, number, boolean, list or json; null stays. Throws where that would be a guess. */
export function cast(value, kind) {
  return value === null ? null : casts[kind](value);
}

const fields = Object.entries(parameters.fields ?? {}).map(([path, kind]) => {
  try {
    return [finder(path), kind];
  } catch (wrong) {
    throw new TypeError(`parameters.fields.${path}: ${wrong.message}`);
  }
});

export function transformEvent(event) {
  const lost = [];
  for (const [find, kind] of fields)
    for (const place of find(event)) {
      const [container, key] = place;
      try {
        container[key] = cast(container[key], kind);
      } catch {
        if (settle(container, key, parameters.on_error, `is no ${kind}`)) lost.push(place);
      }
    }
  remove(lost);
  return event;
}
