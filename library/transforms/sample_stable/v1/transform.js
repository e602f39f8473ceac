// Keeps a share of users, always the same: who is kept at a low rate is kept at every higher one.

import { fraction, text_of } from "@library/digest/v1";
import { person_finder } from "@library/identity/v1";
import { matcher, name_of } from "@library/names/v1";
import { writer } from "@library/paths/v1";

/** Whether what stands for a user belongs to the share of this size, from 0 to 1. */
export function kept(value, rate, salt = "") {
  return fraction(`${salt}\0${text_of(value)}`) < rate;
}

const person = person_finder(parameters.user);
const { rate = 1, salt, missing } = parameters;
const always = matcher(parameters.always, true);
const write = parameters.write_rate ? writer(parameters.write_rate) : null;

export function transformEvent(event) {
  const share = always(name_of(event)) ? 1 : rateOf(person(event));
  write?.(event, share);
  return event;
}

/** The share of events like those of the person that are kept. Throws Drop: these are not. */
function rateOf(who) {
  if (!who && missing === "drop") throw new Drop("there is nobody to sample by");
  if (who && !kept(who, rate, salt)) throw new Drop("not in the sample");
  return who ? rate : 1;
}
