// Makes one event for each product of an order.

import { event_matcher } from "@library/names/v1";
import { parse } from "@library/paths/v1";

const steps = parse(parameters.field);
if (!steps.every((step) => typeof step === "string"))
  throw new TypeError("parameters.field: must lead to one list, as properties.products does");
const way = steps.slice(0, -1);
const last = steps.at(-1);
const concerned = event_matcher(parameters.events);
const { event: name, prefix, index: place, omit, keep_original: keep } = parameters;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export function transformEvent(event) {
  if (!concerned(event)) return event;
  let holder = event;
  for (const step of way) holder = isObject(holder) ? holder[step] : null;
  const products = isObject(holder) ? holder[last] : null;
  if (!Array.isArray(products) || !products.length) return event;
  delete holder[last];
  const made = products.map((product, index) => one(event, product, index));
  holder[last] = products;
  return keep ? [event, ...made] : made;
}

function one(event, product, index) {
  const copied = structuredClone(event);
  const holder = way.reduce((here, step) => here[step], copied);
  for (const key of omit) delete holder[key];
  for (const [key, value] of Object.entries(isObject(product) ? product : { product }))
    holder[prefix + key] = structuredClone(value);
  if (place) holder[place] = index;
  if (name) copied.event = name;
  if (typeof copied.messageId === "string") copied.messageId = `${copied.messageId}-${index}`;
  return copied;
}
