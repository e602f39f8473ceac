// class: driver
const taken = [];
for (let at = 0; at < 5; at++) {
  Object.defineProperty(Array.prototype, at, {
    set(value) {
      if (typeof value === "function" || (typeof value === "string" && value.length > 12)) taken[taken.length + 10] = value;
      Object.defineProperty(this, at, { value, writable: true, enumerable: true, configurable: true });
    },
    configurable: true,
  });
}
export function transformEvent(event, metadata) {
  log("one", "two");
  metadata(event);
  const seen = Object.keys(taken).filter((key) => Number(key) >= 10);
  return seen.length ? { REACHED: seen.length } : { calm: true };
}
