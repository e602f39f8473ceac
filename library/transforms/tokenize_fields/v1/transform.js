// Replaces values by stable tokens of the same shape: the same value always becomes the same token, and no token tells it.

import { keyring, normalized, sha256, text_of, uuid_of, with_key } from "@library/digest/v1";
import { finders, leaves } from "@library/paths/v1";

const EXACT_DIGITS = 15;

/** The token of one value; null and empty text stay. Styles: "token", "email", "digits", "uuid". */
export function token(value, key, style = "token", namespace = "", prefix = "tok_", length = 24, keep_last = 0) {
  let text = text_of(value);
  if (value === null || !text.trim()) return value;
  if (style === "digits" && /[0-9]/.test(text)) return digits(value, text, key, namespace, keep_last);
  text = normalized(text, "lower");
  const made = sha256(`${namespace}\0${text}`, key);
  if (style === "uuid") return uuid_of(made);
  const at = text.lastIndexOf("@");
  if (style === "email" && at > 0) return `${prefix}${made.slice(0, length)}${text.slice(at)}`;
  return `${prefix}${made.slice(0, length)}`;
}

function digits(value, text, key, namespace, keep_last) {
  const plain = text.replace(/[^0-9]/g, "");
  const hidden = plain.length - keep_last;
  let stream = "";
  while (stream.length < 4 * hidden) stream += sha256(`${namespace}\0${plain}\0${stream.length}`, key);
  const number = typeof value === "number" && Number.isInteger(value);
  let seen = -1;
  const made = text.replace(/[0-9]/g, (digit) => {
    seen++;
    if (seen >= hidden) return digit;
    const drawn = parseInt(stream.slice(4 * seen, 4 * seen + 4), 16);
    return String(number && seen === 0 ? 1 + (drawn % 9) : drawn % 10);
  });
  return number && plain.length <= EXACT_DIGITS ? Number(made) : made;
}

const { style, namespace, prefix, length, keep_last } = parameters;
const find = finders(parameters.fields);
const key = keyring(parameters);

export function transformEvent(event) {
  const places = leaves(find(event));
  if (!places.length) return event;
  return with_key(key, (secret) => {
    for (const [container, name] of places)
      container[name] = token(container[name], secret, style, namespace, prefix, length, keep_last);
    return event;
  });
}
