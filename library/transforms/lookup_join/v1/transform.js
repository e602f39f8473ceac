// Adds columns of a reference table, found by a key in the event.

import { get, reader, writer } from "@library/paths/v1";

const { table = "", missing, overwrite, defaults, target } = parameters;
const read = reader(parameters.key || "messageId");
const columns = Object.entries(parameters.columns).map(([column, path]) => [column, path, writer(path)]);
const write = writer(target);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

export function transformEvent(event) {
  const key = read(event);
  if (key === null || key === undefined || key === "" || typeof key === "object") return event;
  let row = lookup(table, key);
  if (row === undefined) {
    if (missing === "drop") throw new Drop("the key is in no row of the table");
    if (missing === "fail") throw new Invalid(`the key is in no row of the table ${table}`);
    row = structuredClone(defaults);
  }
  if (!columns.length) {
    const known = get(event, target);
    const kept = isObject(known) ? known : {};
    const joined = overwrite ? { ...kept, ...row } : { ...row, ...kept };
    if (Object.keys(joined).length) write(event, joined);
  }
  for (const [column, path, put] of columns)
    if (Object.hasOwn(row, column) && (overwrite || (get(event, path) ?? null) === null)) put(event, row[column]);
  return event;
}
