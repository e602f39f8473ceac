// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  const map = new Map();
  for (let at = 0; ; at++) map.set({ at }, "x".repeat(at % 1000));
}
