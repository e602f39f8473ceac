// class: result
export function transformEvent(event) {
  return globalThis;
}
