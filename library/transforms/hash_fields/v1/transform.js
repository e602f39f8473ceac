// Replaces values by their keyed SHA-256, so that they can be joined and counted but not read.

import { keyring, normalized, sha256, text_of, with_key } from "@library/digest/v1";
import { finders, leaves } from "@library/paths/v1";

/** The hash of one value as text; null and empty text stay. `length`: so many characters of it, 0 for all. */
export function hash_value(value, key = "", normalize = "lower", encoding = "hex", length = 0, prefix = "") {
  const text = normalized(text_of(value), normalize);
  if (value === null || !text) return value;
  const made = sha256(text, key, encoding);
  return prefix + (length ? made.slice(0, length) : made);
}

const { normalize, encoding, length, prefix, skip_hashed: skip } = parameters;
const find = finders(parameters.fields);
const key = keyring(parameters);
const hashed = (value) => typeof value === "string" && /^[0-9a-fA-F]{64}$/.test(value);

export function transformEvent(event) {
  const places = leaves(find(event));
  if (!places.length) return event;
  return with_key(key, (secret) => {
    for (const [container, name] of places)
      if (!(skip && hashed(container[name])))
        container[name] = hash_value(container[name], secret, normalize, encoding, length, prefix);
    return event;
  });
}
