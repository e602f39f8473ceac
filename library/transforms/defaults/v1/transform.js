// Fills in values that are missing.

import { event_matcher, type_of } from "@library/names/v1";
import { finder, parse, writer } from "@library/paths/v1";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function rule(path, value) {
  const steps = parse(path);
  const key = steps.at(-1);
  if (typeof key !== "string" || !steps.slice(0, -1).some((step) => typeof step === "symbol"))
    return { find: finder(path), write: writer(path), value };
  const before = path.slice(0, path.length - key.length).replace(/\.+$/, "");
  const same = parse(before);
  if (same.length !== steps.length - 1 || same.some((step, index) => step !== steps[index]))
    throw new TypeError("the last key must be a mere name");
  const find = finder(before);
  const holders = (event) => find(event).map(([container, name]) => container[name]).filter(isObject);
  return { holders, key, value };
}

const rules = Object.entries(parameters.values ?? {}).map(([path, value]) => {
  try {
    return rule(path, value);
  } catch (wrong) {
    throw new TypeError(`parameters.values.${path}: ${wrong.message}`);
  }
});
const { when } = parameters;
const types = new Set(parameters.types);
const concerned = event_matcher(parameters.events);

function missing(value) {
  if (value === null) return when !== "absent";
  if (when !== "empty") return false;
  if (typeof value === "string") return !value.trim();
  return typeof value === "object" && !Object.keys(value).length;
}

export function transformEvent(event) {
  if ((types.size && !types.has(type_of(event))) || !concerned(event)) return event;
  for (const { find, write, holders, key, value } of rules) {
    if (holders) {
      for (const holder of holders(event))
        if (!Object.hasOwn(holder, key) || missing(holder[key])) holder[key] = structuredClone(value);
      continue;
    }
    const places = find(event);
    if (!places.length || places.some(([container, name]) => missing(container[name]))) write(event, structuredClone(value));
  }
  return event;
}
