// Writes names of events, and keys of properties if wanted, in one style.

import { matcher, name_of, name_places, type_of } from "@library/names/v1";
import { finders } from "@library/paths/v1";

const WORD = /[\p{L}\p{M}\p{N}]/u;
const UPPER = /\p{Lu}/u;
const LOWER = /\p{Ll}/u;
const JOINTS = { snake: "_", kebab: "-", lower: " ", upper: "_" };
const KEPT_NAMES = 2000;

/** The words of a name, in whatever style it is written: blanks, signs and changes of case divide them. */
export function words(text) {
  const found = [];
  let word = "";
  let before = "";
  const letters = [...text];
  for (const [index, letter] of letters.entries()) {
    const inside = WORD.test(letter);
    const upper = UPPER.test(letter);
    if (!inside) {
      if ((letter === "'" || letter === "’") && word) continue;
      before = "";
    } else if (upper && word && before && (before !== "upper" || LOWER.test(letters[index + 1] ?? ""))) before = "";
    if (!before && word) {
      found.push(word);
      word = "";
    }
    if (inside) {
      word += letter;
      before = upper ? "upper" : "other";
    }
  }
  return word ? [...found, word] : found;
}

const capital = ([head, ...rest]) => head.toUpperCase() + rest.join("");

/** A name in a style: snake, kebab, camel, pascal, title, sentence, lower or upper; one without any word stays. */
export function written(text, style) {
  const parts = words(text).map((word) => word.toLowerCase());
  if (!parts.length) return text;
  if (Object.hasOwn(JOINTS, style)) {
    const made = parts.join(JOINTS[style]);
    return style === "upper" ? made.toUpperCase() : made;
  }
  const capitals = parts.map(capital);
  if (style === "sentence") return [capitals[0], ...parts.slice(1)].join(" ");
  if (style === "title") return capitals.join(" ");
  return (style === "camel" ? [parts[0], ...capitals.slice(1)] : capitals).join("");
}

const types = new Set(parameters.types);
const find = finders(parameters.key_fields, "key_fields");
const kept = matcher(parameters.keep, true);
const names = new Map();

function styled(text, style) {
  if (kept(text)) return text;
  const key = `${style} ${text}`;
  if (!names.has(key)) {
    if (names.size >= KEPT_NAMES) names.clear();
    names.set(key, written(text, style));
  }
  return names.get(key);
}

function restyle(value) {
  if (Array.isArray(value)) return value.map(restyle);
  if (value === null || typeof value !== "object") return value;
  const made = new Map();
  for (const [key, inner] of Object.entries(value)) {
    const name = styled(key, parameters.keys);
    const taken = made.has(name) || (name !== key && Object.hasOwn(value, name));
    made.set(taken ? key : name, restyle(inner));
  }
  return Object.fromEntries(made);
}

export function transformEvent(event) {
  if (types.has(type_of(event))) {
    const name = name_of(event);
    for (const [box, key] of name_places(event)) if (box[key] === name) box[key] = styled(name, parameters.style);
  }
  if (parameters.keys !== "keep")
    for (const [container, key] of find(event)) container[key] = restyle(container[key]);
  return event;
}
