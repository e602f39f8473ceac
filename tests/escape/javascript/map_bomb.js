// class: mem
// walls: process both
// expect: T302 T301 T201 T303
export function transformEvent(event) {
  const map = new Map();
  for (let at = 0; ; at++) map.set({ at }, "x".repeat(at % 1000));
}
