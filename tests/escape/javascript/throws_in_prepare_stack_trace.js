// class: exc
// expect: T201
Object.defineProperty(Error, "prepareStackTrace", { get() { throw new Error("no"); }, set() { throw new Error("no"); }, configurable: false });
export function transformEvent(event) {
  throw new Error("first");
}
