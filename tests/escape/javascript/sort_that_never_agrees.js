// class: cpu
// expect: T301 T302
export function transformEvent(event) {
  for (;;) Array.from({ length: 100000 }, (_, at) => at).sort(() => Math.random() - 0.5);
}
