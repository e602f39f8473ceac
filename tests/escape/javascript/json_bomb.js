// class: mem
// walls: process both
// expect: T201 T301 T302 T303
export function transformEvent(event) {
  return JSON.parse("[".repeat(5e7));
}
