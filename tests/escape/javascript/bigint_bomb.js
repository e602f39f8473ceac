// class: cpu
// expect: T201 T301 T302
export function transformEvent(event) {
  return { n: String((2n ** 3000000n) ** 300n).length };
}
