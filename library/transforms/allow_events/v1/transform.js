// Lets only events of listed names pass.

import { matcher, name_of, type_of } from "@library/names/v1";

const allowed = matcher(parameters.events ?? [], parameters.case_sensitive);
const checked = new Set(parameters.applies_to);

export function transformEvent(event) {
  if (checked.has(type_of(event))) {
    if (!allowed(name_of(event))) throw new Drop("event name is not allowed");
  } else if (parameters.other_types === "drop") throw new Drop("event type is not allowed");
  return event;
}
