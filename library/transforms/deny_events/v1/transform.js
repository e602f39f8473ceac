// Drops events of listed names or types.

import { matcher, name_of, type_of } from "@library/names/v1";

const denied = matcher(parameters.events, parameters.case_sensitive);
const checked = new Set(parameters.applies_to);
const types = new Set(parameters.types);

export function transformEvent(event) {
  const kind = type_of(event);
  if (types.has(kind)) throw new Drop("event type is denied");
  if (checked.has(kind) && denied(name_of(event))) throw new Drop("event name is denied");
  return event;
}
