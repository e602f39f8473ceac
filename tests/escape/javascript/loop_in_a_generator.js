// class: cpu
// expect: T301 T302
function* endless() {
  for (;;) yield* [1, 2];
}
export function transformEvent(event) {
  return { sum: [...endless()].length };
}
