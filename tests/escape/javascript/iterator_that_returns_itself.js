// class: control
// expect: T201
export function transformEvent(event) {
  const it = { [Symbol.iterator]() { return this; }, next() { return this; }, get done() { return this[Symbol.iterator](); }, return() { throw new Error("return"); } };
  const [a, ...b] = it;
  const deeper = () => [...{ [Symbol.iterator]: deeper }];
  return deeper();
}
