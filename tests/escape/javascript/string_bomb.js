// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  let text = "x";
  for (;;) text += text + Math.random();
}
