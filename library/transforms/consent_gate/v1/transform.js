// Lets events pass only with the consent that their person gave; drops the others, or strips what identifies the person.

import { event_matcher } from "@library/names/v1";
import { finders, remove } from "@library/paths/v1";

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether the event carries consent to a category; null where it says nothing about consent at all. */
export function granted(event, category) {
  const context = event.context;
  if (!isObject(context)) return null;
  const said = [];
  const management = context.consentManagement;
  if (isObject(management)) {
    const allowed = ids(management.allowedConsentIds);
    const denied = ids(management.deniedConsentIds);
    if (allowed?.length) said.push(allowed.includes(category) && !denied?.includes(category));
    else if (denied !== null) said.push(!denied.includes(category));
    else if (allowed !== null) said.push(false);
  }
  const preferences = isObject(context.consent) ? context.consent.categoryPreferences : null;
  if (isObject(preferences)) said.push(Object.hasOwn(preferences, category) && preferences[category] === true);
  return said.length ? said.every(Boolean) : null;
}

function ids(value) {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.keys(value).filter((key) => value[key] !== false) : null;
}

const categories = parameters.categories ?? [];
const concerned = event_matcher(parameters.events);
const strip = finders(parameters.strip, "strip");

export function transformEvent(event) {
  if (!categories.length || !concerned(event)) return event;
  const answers = categories.map((category) => granted(event, category));
  let what = "denied";
  if (answers.includes(null)) what = "missing";
  else if (parameters.resolution === "any" ? answers.some(Boolean) : answers.every(Boolean)) return event;
  if (parameters[what] === "drop") throw new Drop(`consent is ${what}`);
  if (parameters[what] === "strip") {
    remove(strip(event));
    if (parameters.anonymous_id) event.anonymousId = parameters.anonymous_id;
  }
  return event;
}
