// Removes fields by path or by the name of their key.

const isList = Array.isArray;
const isObject = (value) => typeof value === "object" && value !== null && !isList(value);
const isEmpty = (value) => (isList(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

// The keys of a path; `[]` is a key of its own.
const stepsOf = (path) =>
  path
    .split(".")
    .flatMap((part) => part.replaceAll("[]", "\n[]").split("\n"))
    .filter((step) => step);

function remove(value, steps, at, tidy) {
  const step = steps[at];
  const last = at === steps.length - 1;
  if (step === "[]") {
    if (!isList(value)) return;
    if (last) value.length = 0;
    for (const item of value) remove(item, steps, at + 1, tidy);
  } else if (isObject(value)) {
    const keys = step === "*" ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : [];
    for (const key of keys) {
      if (last) {
        delete value[key];
        continue;
      }
      remove(value[key], steps, at + 1, tidy);
      if (tidy && isEmpty(value[key])) delete value[key];
    }
  }
}

function removeKeys(value, names, tidy) {
  if (isList(value)) {
    for (const item of value) removeKeys(item, names, tidy);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const inner = value[key];
      if (names.has(key.toLowerCase())) {
        delete value[key];
      } else if ((isList(inner) || isObject(inner)) && !isEmpty(inner)) {
        removeKeys(inner, names, tidy);
        if (tidy && isEmpty(inner)) delete value[key];
      }
    }
  }
}

// The event without these fields and keys; it is changed in place.
export function drop(event, fields = [], keys = [], dropEmpty = false) {
  for (const path of fields) remove(event, stepsOf(path), 0, dropEmpty);
  if (keys.length) removeKeys(event, new Set(keys.map((name) => name.toLowerCase())), dropEmpty);
  return event;
}

const PATHS = parameters.fields.map(stepsOf);
const KEYS = new Set(parameters.keys.map((name) => name.toLowerCase()));
const TIDY = parameters.drop_empty;

export function transformEvent(event) {
  for (const steps of PATHS) remove(event, steps, 0, TIDY);
  if (KEYS.size) removeKeys(event, KEYS, TIDY);
  return event;
}
