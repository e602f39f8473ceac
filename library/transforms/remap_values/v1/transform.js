// Replaces values by others from a dictionary.

import { text_of } from "@library/digest/v1";
import { finders, leaves, remove } from "@library/paths/v1";

const { case_sensitive, unmatched, default: fallback } = parameters;
const folded = (text) => (case_sensitive ? text : text.trim().toLowerCase());
const values = new Map(Object.entries(parameters.values ?? {}).map(([key, value]) => [folded(key), value]));
const find = finders(parameters.fields ?? []);

export function transformEvent(event) {
  const lost = [];
  for (const place of leaves(find(event))) {
    const [container, name] = place;
    const key = folded(text_of(container[name]));
    if (values.has(key)) container[name] = structuredClone(values.get(key));
    else if (unmatched === "default") container[name] = structuredClone(fallback);
    else if (unmatched === "null") container[name] = null;
    else if (unmatched === "remove") lost.push(place);
  }
  remove(lost);
  return event;
}
