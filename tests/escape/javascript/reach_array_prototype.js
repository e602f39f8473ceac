// class: driver
const taken = [];
for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  const own = Array.prototype[name];
  if (typeof own !== "function" || name === "constructor") continue;
  Array.prototype[name] = function (...all) {
    taken.push(name);
    return own.apply(this, all);
  };
}
const { push } = Array.prototype;
export function transformEvent(event, metadata) {
  taken.length = 0;
  log("a", [1], { b: 2 });
  metadata(event);
  return taken.length > 0 && taken.some((name) => name !== "push") ? { REACHED: taken } : { calm: true };
}
