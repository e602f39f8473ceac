// class: reach
// A proxy of a Python object has attributes that no object of the language has.
const seen = new Set();
const found = [];
function walk(value, path, depth) {
  if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value) || depth > 6) return;
  seen.add(value);
  for (const name of ["__class__", "__init__", "__dict__", "__globals__", "func_globals", "__code__"]) {
    let held;
    try {
      held = value[name];
    } catch {
      held = undefined;
    }
    if (held !== undefined) found.push(`${path}.${name}`);
  }
  for (const key of Reflect.ownKeys(value)) {
    const described = Reflect.getOwnPropertyDescriptor(value, key);
    for (const part of [described.value, described.get, described.set]) walk(part, `${path}.${String(key)}`, depth + 1);
  }
  walk(Object.getPrototypeOf(value), `${path}.[[Prototype]]`, depth + 1);
}
export function transformEvent(event, metadata) {
  walk(globalThis, "globalThis", 0);
  walk(metadata, "metadata", 0);
  walk(metadata(event), "metadata()", 0);
  walk(event, "event", 0);
  try {
    null.x;
  } catch (error) {
    walk(error, "error", 0);
  }
  return found.length ? { REACHED: found.slice(0, 20) } : { walked: seen.size > 100 };
}
