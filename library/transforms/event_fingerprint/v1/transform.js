// Adds a fingerprint that equal events share.

import { sha256, text_of, uuid_of } from "@library/digest/v1";
import { finder_list, finders, remove, writer } from "@library/paths/v1";

/** 64 hexadecimal digits that follow from the value alone; or, of half of them, a UUID of version 8. */
export function fingerprint(value, key = "", as_uuid = false) {
  const made = sha256(text_of(value), key);
  return as_uuid ? uuid_of(made) : made;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The value without empty objects: what is left of one whose parts do not count does not count either. */
function pruned(value) {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).map(([key, part]) => [key, pruned(part)]);
  return Object.fromEntries(kept.filter(([, part]) => !isObject(part) || Object.keys(part).length));
}

const parts = finder_list(parameters.include, "include");
const excluded = finders([...parameters.exclude, parameters.target], "exclude");
const write = writer(parameters.target);

export function transformEvent(event) {
  let value;
  if (parts.length) {
    value = parts.map((find) => find(event).map(([container, name]) => container[name]));
  } else {
    value = structuredClone(event);
    remove(excluded(value));
    value = pruned(value);
  }
  write(event, fingerprint(value, parameters.key, parameters.as_uuid));
  return event;
}
