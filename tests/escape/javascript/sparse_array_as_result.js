// class: result
// expect: T204 T205 T301 T302 T304 T201
export function transformEvent(event) {
  const list = [];
  list[4294967294] = {};
  return list;
}
