// class: mem
// walls: process both
// expect: T201 T301 T302 T303
export function transformEvent(event) {
  let text = "x";
  for (;;) text += text + Math.random();
}
