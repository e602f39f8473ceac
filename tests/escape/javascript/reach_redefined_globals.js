// class: driver
const taken = [];
for (const name of ["Object", "Array", "String", "Number", "Map", "WeakMap", "Error", "TypeError", "RangeError", "Reflect", "Date", "Promise", "Symbol", "Proxy"]) {
  const own = globalThis[name];
  Object.defineProperty(globalThis, name, { get() { taken.push(name); return own; }, configurable: true });
}
export async function transformEvent(event, metadata) {
  const before = taken.length;
  log("a", { b: 1 }, new (function Strange() {})());
  metadata(event);
  await undefined;
  const seen = taken.slice(before);
  return seen.length ? { REACHED: seen } : { calm: true };
}
