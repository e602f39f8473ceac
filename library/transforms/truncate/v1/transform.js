// Cuts what is too long, too many or too deep.

import { text_of } from "@library/digest/v1";
import { finders, writer } from "@library/paths/v1";

const cuts = (value) => typeof value === "string" || (value !== null && typeof value === "object");

/** `[value, count]`: the value within the limits (0: none), changed in place where it can be, and how many places were cut. */
export function cut(value, max_chars = 0, max_items = 0, max_keys = 0, max_depth = 0, ending = "…") {
  const holder = [value];
  let count = 0;
  const waiting = [[holder, 0, 0]];
  while (waiting.length) {
    const [container, key, depth] = waiting.pop();
    let inner = container[key];
    const full = inner !== null && typeof inner === "object" && Object.keys(inner).length > 0;
    if (max_depth && depth >= max_depth && full) {
      inner = container[key] = text_of(inner);
      count++;
    }
    if (typeof inner === "string") {
      const letters = max_chars && inner.length > max_chars ? [...inner] : [];
      if (letters.length > max_chars) {
        const end = [...ending];
        container[key] = [...letters.slice(0, Math.max(0, max_chars - end.length)), ...end.slice(0, max_chars)].join("");
        count++;
      }
    } else if (Array.isArray(inner)) {
      if (max_items && inner.length > max_items) {
        inner.length = max_items;
        count++;
      }
      for (const index of inner.keys()) if (cuts(inner[index])) waiting.push([inner, index, depth + 1]);
    } else if (inner !== null && typeof inner === "object") {
      const keys = Object.keys(inner);
      if (max_keys && keys.length > max_keys) {
        for (const each of keys.splice(max_keys)) delete inner[each];
        count++;
      }
      for (const each of keys) if (cuts(inner[each])) waiting.push([inner, each, depth + 1]);
    }
  }
  return [holder[0], count];
}

const find = finders(parameters.fields);
const { max_chars, max_items, max_keys, max_depth, ending } = parameters;
const mark = parameters.mark ? writer(parameters.mark) : null;

export function transformEvent(event) {
  let total = 0;
  for (const [container, key] of find(event)) {
    const [made, count] = cut(container[key], max_chars, max_items, max_keys, max_depth, ending);
    container[key] = made;
    total += count;
  }
  if (total) mark?.(event, total);
  return event;
}
