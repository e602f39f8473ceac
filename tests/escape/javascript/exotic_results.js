// class: result
// expect: T201 T204 T205
export function transformEvent(event) {
  return [new Map([[1, 2]]), new Set([1]), new Date(NaN), /x/g, new Error("e"), Symbol("s"), 10n, () => 1, new Uint8Array(3), new WeakMap(), globalThis];
}
