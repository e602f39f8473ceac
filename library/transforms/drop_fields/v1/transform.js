// Removes fields by path or by the name of their key.

import { matcher } from "@library/names/v1";
import { finder, finders, parse, remove } from "@library/paths/v1";

const isContainer = (value) => value !== null && typeof value === "object";
const isEmpty = (value) => isContainer(value) && !Object.keys(value).length;

/** The event without these fields and keys; it is changed in place. */
export function drop(event, fields = [], keys = [], drop_empty = false) {
  return dropper(fields, keys, drop_empty)(event);
}

/** A function that does what `drop` does, for many events. */
export function dropper(fields = [], keys = [], drop_empty = false) {
  const find = fields.length ? finders(fields) : null;
  const above = [];
  if (drop_empty)
    for (const path of fields) {
      const steps = parse(path);
      for (let end = steps.length - 1; end > 0; end--) above.push(finder(steps.slice(0, end)));
    }
  const named = keys.length ? matcher(keys) : null;
  return (event) => {
    if (find && remove(find(event)))
      for (const look of above) remove(look(event).filter(([container, key]) => isEmpty(container[key])));
    if (named) dropKeys(event, named, drop_empty);
    return event;
  };
}

function dropKeys(value, named, drop_empty) {
  let found = false;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (!Array.isArray(value) && named(key)) {
      delete value[key];
      found = true;
    } else if (isContainer(inner) && dropKeys(inner, named, drop_empty)) {
      found = true;
      if (drop_empty && !Array.isArray(value) && isEmpty(inner)) delete value[key];
    }
  }
  return found;
}

const clean = dropper(parameters.fields, parameters.keys, parameters.drop_empty);

export function transformEvent(event) {
  return clean(event);
}
