// class: cpu
// expect: T301 T201
export function transformEvent(event) {
  return new Promise(() => {
    setInterval(() => {}, 0);
  });
}
