// class: mem
// expect: T301 T302
export function transformEvent(event) {
  const list = [];
  list.length = 4294967295;
  return { text: list.fill(0).join().length };
}
