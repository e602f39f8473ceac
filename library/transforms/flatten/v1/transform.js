// Flattens nested objects into one level: {"a": {"b": 1}} becomes {"a_b": 1}.

import { text_of } from "@library/digest/v1";
import { finders } from "@library/paths/v1";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const opens = (value, lists) => isObject(value) || (lists === "index" && Array.isArray(value));
const leaf = (value, lists) => (lists === "json" && Array.isArray(value) ? text_of(value) : value);

/** The object with one level; `lists` keeps lists, writes them as "json", or takes them apart by "index". */
export function flat(value, separator = "_", lists = "keep", depth = 0) {
  const made = new Map();
  let late = [];
  for (const [key, inner] of Object.entries(value))
    if (opens(inner, lists)) late.push([key, inner]);
    else made.set(key, leaf(inner, lists));
  for (let left = depth - 1; late.length; left--) {
    const later = [];
    for (const [prefix, container] of late)
      for (const [key, inner] of Object.entries(container)) {
        const name = `${prefix}${separator}${key}`;
        if (left !== 0 && opens(inner, lists)) later.push([name, inner]);
        else if (!made.has(name)) made.set(name, leaf(inner, lists));
      }
    late = later;
  }
  return Object.fromEntries(made);
}

const find = finders(parameters.fields);
const { separator, lists, depth } = parameters;

export function transformEvent(event) {
  for (const [container, key] of find(event))
    if (isObject(container[key])) container[key] = flat(container[key], separator, lists, depth);
  return event;
}
