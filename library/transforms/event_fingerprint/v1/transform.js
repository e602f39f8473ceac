// Adds a fingerprint that equal events share.

import { sha256, text_of } from "@library/digest/v1";
import { finder, finders, remove, writer } from "@library/paths/v1";

/** 64 hexadecimal digits that follow from the value alone; or, of half of them, a UUID of version 8. */
export function fingerprint(value, key = "", as_uuid = false) {
  const made = sha256(text_of(value), key);
  if (!as_uuid) return made;
  const variant = "89ab"[parseInt(made[16], 16) % 4];
  return `${made.slice(0, 8)}-${made.slice(8, 12)}-8${made.slice(13, 16)}-${variant}${made.slice(17, 20)}-${made.slice(20, 32)}`;
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The value without empty objects: what is left of one whose parts do not count does not count either. */
function pruned(value) {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).map(([key, part]) => [key, pruned(part)]);
  return Object.fromEntries(kept.filter(([, part]) => !isObject(part) || Object.keys(part).length));
}

const parts = parameters.include.map((path, index) => {
  try {
    return finder(path);
  } catch (wrong) {
    throw new RangeError(`parameters.include[${index}]: ${wrong.message}`);
  }
});
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
