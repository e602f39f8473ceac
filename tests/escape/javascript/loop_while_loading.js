// class: cpu
// expect: T301 T208
for (;;);
export function transformEvent(event) {
  return event;
}
