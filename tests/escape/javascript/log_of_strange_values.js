// class: control
export function transformEvent(event) {
  const cycle = {};
  cycle.cycle = cycle;
  log(cycle, Symbol("s"), 1n, () => 1, new Proxy({}, { get() { throw new Error("no"); } }), Object.create(null), undefined, null, NaN, "\ud800", globalThis);
  log({ toJSON() { throw new Error("no"); } }, { toString() { throw 1; }, toJSON() { return undefined; } });
  return { logged: true };
}
