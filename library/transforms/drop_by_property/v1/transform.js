// Drops events for which a condition holds, or all others.

import { condition } from "@library/expression/v1";

const holds = condition(parameters.when ?? "false");
const wanted = parameters.action === "keep";

export function transformEvent(event) {
  if (holds(event) !== wanted) throw new Drop(parameters.reason);
  return event;
}
