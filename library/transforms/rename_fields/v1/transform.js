// Renames and moves fields.

import { finder, parse, writer } from "@library/paths/v1";

function rule(old, name) {
  const steps = parse(name);
  if (steps.length === 1 && typeof steps[0] === "string" && parse(old).length > 1)
    return { findOld: finder(old), name: steps[0] };
  if (parse(old).some((step) => typeof step === "symbol"))
    throw new TypeError(`it leads to many places, so '${name}' must be a mere name, which they get where they are`);
  return { findOld: finder(old), findNew: finder(name), write: writer(name) };
}

const rules = Object.entries(parameters.fields ?? {}).map(([old, name]) => {
  try {
    return rule(old, name);
  } catch (wrong) {
    throw new TypeError(`parameters.fields.${old}: ${wrong.message}`);
  }
});
const keep = parameters.conflict === "keep";

export function transformEvent(event) {
  const moved = [];
  for (const each of rules)
    for (const [container, key] of each.findOld(event))
      if (!Array.isArray(container)) moved.push({ ...each, container, key, value: container[key] });
  for (const { container, key } of moved) delete container[key];
  for (const { container, key, value, findNew, write, name } of moved) {
    let done;
    if (write === undefined) {
      done = !(keep && Object.hasOwn(container, name));
      if (done) container[name] = value;
    } else done = !(keep && findNew(event).length) && write(event, value);
    if (!done) container[key] = value;
  }
  return event;
}
