// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  const held = [];
  for (;;) held.push(new Float64Array(1e6).fill(1));
}
