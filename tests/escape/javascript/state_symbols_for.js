// class: state
// The registry of symbols belongs to the whole isolate, not to a context: it must carry nothing but names.
const shared = Symbol.for("hostile");
shared.description;
export function transformEvent(event) {
  const before = Object.getOwnPropertySymbols(globalThis).length;
  globalThis[shared] = "planted";
  return { before, carried: Object.keys(shared).length };
}
