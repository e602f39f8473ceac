// class: driver
// What JSON cannot say is marked with a secret: it must not be seen, and cannot be forged.
export function transformEvent(event) {
  const seen = [];
  const spy = new Proxy({}, { get(target, key, receiver) { seen.push(String(key)); return undefined; }, ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
  const value = { n: NaN, spy, toJSON(key) { seen.push(key); return this; } };
  log(value);
  if (seen.some((each) => each.includes("\x01"))) return { REACHED: seen };
  return { forged: "\x01" + "0".repeat(16) + " kind Module", second: "\x01 bigint 5" };
}
