// class: control
// walls: process both
// expect: T201 T301 T302
export function transformEvent(event) {
  for (;;) setTimeout(() => {}, 100000);
}
