// class: cpu
// expect: T301
export function transformEvent(event) {
  for (;;);
}
