// Removes null, and if wanted what is empty, at any depth.

import { finders } from "@library/paths/v1";

const isContainer = (value) => value !== null && typeof value === "object";

/** The value, changed in place: without nulls in objects, and without what else is asked for. */
export function clean(value, empty_text = false, empty_objects = false, empty_lists = false, in_lists = false) {
  const gone = (inner) => {
    if (inner === null) return true;
    if (typeof inner === "string") return empty_text && !inner.trim();
    if (Array.isArray(inner)) return empty_lists && !inner.length;
    return empty_objects && isContainer(inner) && !Object.keys(inner).length;
  };
  const order = isContainer(value) ? [value] : [];
  for (const here of order) // grows while it is walked: parents before children
    for (const inner of Object.values(here)) if (isContainer(inner)) order.push(inner);
  for (const here of order.reverse())
    if (!Array.isArray(here)) {
      for (const key of Object.keys(here)) if (gone(here[key])) delete here[key];
    } else if (in_lists) here.splice(0, here.length, ...here.filter((inner) => !gone(inner)));
  return value;
}

const find = finders(parameters.fields);
const { empty_text, empty_objects, empty_lists, in_lists } = parameters;

export function transformEvent(event) {
  for (const [container, key] of find(event))
    if (container[key] === null && !Array.isArray(container)) delete container[key];
    else clean(container[key], empty_text, empty_objects, empty_lists, in_lists);
  return event;
}
