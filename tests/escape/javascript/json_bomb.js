// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  return JSON.parse("[".repeat(5e7));
}
