// class: driver
const taken = [];
for (const name of ["value", "get", "set", "id", "due", "callback", "values", "message", "stack", "host", "ask", "kit", "lookup", "writable", "length", "then"]) {
  Object.defineProperty(Object.prototype, name, {
    get() { return undefined; },
    set(value) { taken.push(name); Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true }); },
    configurable: true,
  });
}
export async function transformEvent(event, metadata) {
  log({ a: 1 });
  metadata(event);
  await new Promise((resolve) => setTimeout(resolve, 1, "x"));
  setTimeout(() => {}, 1);
  return taken.length ? { REACHED: taken } : { calm: true };
}
