// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  const held = [];
  for (let at = 0; ; at++) held.push(("x".repeat(1e6) + at).split("").join("-"));
}
