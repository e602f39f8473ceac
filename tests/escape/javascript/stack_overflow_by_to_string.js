// class: stack
// expect: T201
export function transformEvent(event) {
  const list = [];
  list.toString = () => `${list}`;
  return { text: `${list}` };
}
