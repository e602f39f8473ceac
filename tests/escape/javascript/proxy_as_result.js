// class: result
// expect: T201 T204 T205 T301 T302 T304
export function transformEvent(event) {
  let at = 0;
  return new Proxy({}, {
    ownKeys() { return [`k${at++}`]; },
    getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true }; },
    get(target, key) { return key === "toJSON" || typeof key === "symbol" ? undefined : new Proxy({}, this); },
  });
}
