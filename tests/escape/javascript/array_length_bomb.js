// class: mem
// expect: T201 T301 T302 T303
export function transformEvent(event) {
  const list = [];
  list.length = 4294967295;
  return { text: list.fill(0).join().length };
}
