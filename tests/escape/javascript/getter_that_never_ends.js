// class: result
// expect: T301
export function transformEvent(event) {
  return { get a() { for (;;); } };
}
