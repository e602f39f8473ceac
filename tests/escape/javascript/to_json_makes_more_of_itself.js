// class: result
// expect: T201 T204 T205 T301 T302 T304
export function transformEvent(event) {
  const deeper = () => ({ toJSON: () => ({ a: deeper() }) });
  return deeper();
}
