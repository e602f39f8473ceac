// class: result
// expect: T201 T204 T205
export function transformEvent(event) {
  let deep = {};
  for (let at = 0; at < 100000; at++) deep = { deep };
  return deep;
}
