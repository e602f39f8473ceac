// class: control
// walls: process both
// expect: T301 T302 T201 T303
export function transformEvent(event) {
  for (;;) setTimeout(() => {}, 100000);
}
