// Keeps a share of events by their name: a tenth of the clicks, all of the orders.

import { person_finder } from "@library/identity/v1";
import { matcher, name_of, type_of } from "@library/names/v1";
import { writer } from "@library/paths/v1";
import { generator } from "@library/sample_random/v1";
import { kept } from "@library/sample_stable/v1";

const { rates = {}, default_rate, method, salt } = parameters;
const wild = Object.keys(rates)
  .filter((name) => name.includes("*"))
  .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  .map((name) => [matcher([name], true), rates[name]]);
const person = person_finder(parameters.user);
const draw = generator(parameters.seed);
const write = parameters.write_rate ? writer(parameters.write_rate) : null;

function rateOf(name) {
  if (Object.hasOwn(rates, name)) return rates[name];
  return wild.find(([fits]) => fits(name))?.[1] ?? default_rate;
}

export function transformEvent(event) {
  const rate = rateOf(name_of(event) || type_of(event));
  if (rate < 1) {
    const who = method === "stable" ? person(event) : "";
    if (!(who ? kept(who, rate, salt) : draw() < rate)) throw new Drop("not in the sample");
  }
  write?.(event, rate);
  return event;
}
