// class: driver
const taken = [];
const hook = (name) => function (...all) { taken.push(name); return name === "toPrimitive" ? "p" : this; };
for (const [where, symbol] of [[Array, Symbol.species], [Map, Symbol.species], [Promise, Symbol.species], [RegExp, Symbol.species]]) {
  Object.defineProperty(where, symbol, { get() { taken.push("species"); return this; }, configurable: true });
}
Object.prototype[Symbol.toPrimitive] = undefined;
Object.defineProperty(Object.prototype, Symbol.isConcatSpreadable, { get() { taken.push("spreadable"); }, configurable: true });
String.prototype[Symbol.iterator] = hook("iterator");
Array.prototype[Symbol.iterator] = hook("iterator");
Map.prototype[Symbol.iterator] = hook("iterator");
RegExp.prototype[Symbol.replace] = hook("replace");
export async function transformEvent(event, metadata) {
  taken.length = 0;
  log("a", { b: [1] });
  metadata(event);
  return taken.length ? { REACHED: taken } : { calm: true };
}
