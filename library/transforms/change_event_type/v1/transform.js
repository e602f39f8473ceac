// Makes events of one type out of events of another: an identify of a sign-up, a track of a page.

import { condition } from "@library/expression/v1";
import { name_of, type_of } from "@library/names/v1";
import { reader } from "@library/paths/v1";

const TRAITS = new Set(["identify", "group", "alias"]);
const IDS = { identify: "userId", group: "groupId", alias: "previousId" };
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

const holds = condition(parameters.when);
const { to = "track", event: named, fields, keep_original: keep } = parameters;
const id = parameters.id ? reader(parameters.id) : null;

function changed(event) {
  const kind = type_of(event);
  const name = named || name_of(event);
  let carried = {};
  for (const part of ["properties", "traits"]) {
    if (isObject(event[part])) carried = { ...carried, ...event[part] };
    delete event[part];
  }
  const known = event.context?.traits;
  if (kind === "identify" && !Object.keys(carried).length && isObject(known)) carried = structuredClone(known);
  if (fields.length) carried = Object.fromEntries(Object.entries(carried).filter(([key]) => fields.includes(key)));
  delete event.event;
  delete event.name;
  const place = IDS[to] ?? "userId";
  if (id && (event[place] ?? "") === "") {
    const found = id({ ...event, properties: carried, traits: carried });
    if ((typeof found === "string" && found !== "") || Number.isInteger(found)) event[place] = String(found);
  }
  event.type = to;
  if (to === "track") event.event = name || `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)} Seen`;
  else if ((to === "page" || to === "screen") && name) event.name = name;
  if (Object.keys(carried).length || to !== "alias") event[TRAITS.has(to) ? "traits" : "properties"] = carried;
  return event;
}

export function transformEvent(event) {
  if (!holds(event) || (type_of(event) === to && !keep)) return event;
  if (!keep) return changed(event);
  const made = changed(structuredClone(event));
  if (typeof made.messageId === "string") made.messageId = `${made.messageId}-${to}`;
  return [event, made];
}
