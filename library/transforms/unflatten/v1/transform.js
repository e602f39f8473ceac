// Makes nested objects of flat keys: {"a.b": 1} becomes {"a": {"b": 1}}.

import { finders } from "@library/paths/v1";

const DEEPEST = 50;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The object with the keys taken apart; keys that are in each other's way, or have an empty part, stay as they are. */
export function nested(value, separator = ".", lists = true) {
  const made = Object.fromEntries(Object.entries(value).filter(([key]) => !key.includes(separator)));
  const homes = [];
  for (const [key, inner] of Object.entries(value))
    if (key.includes(separator) && !put(made, key.split(separator), inner, homes)) made[key] = inner;
  if (lists)
    for (const [home, key] of homes.reverse()) {
      const inner = home[key]; // the innermost first
      const count = Object.keys(inner).length;
      const elements = Array.from({ length: count }, (_, index) => index);
      if (elements.every((index) => Object.hasOwn(inner, index))) home[key] = elements.map((index) => inner[index]);
    }
  return made;
}

function put(made, parts, value, homes) {
  if (parts.length > DEEPEST || parts.includes("") || parts.includes("__proto__")) return false;
  let here = made;
  let free = false;
  for (const part of parts) {
    if (!isObject(here)) return false;
    if (!Object.hasOwn(here, part)) {
      free = true;
      break;
    }
    here = here[part];
  }
  if (!free) return false;
  here = made;
  for (const part of parts.slice(0, -1)) {
    if (!Object.hasOwn(here, part)) {
      here[part] = {};
      homes.push([here, part]);
    }
    here = here[part];
  }
  here[parts.at(-1)] = value;
  return true;
}

const find = finders(parameters.fields);
const { separator, lists } = parameters;

export function transformEvent(event) {
  for (const [container, key] of find(event))
    if (isObject(container[key])) container[key] = nested(container[key], separator, lists);
  return event;
}
