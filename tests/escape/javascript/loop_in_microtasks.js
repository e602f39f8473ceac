// class: cpu
// expect: T301 T302
export function transformEvent(event) {
  const again = () => Promise.resolve().then(again);
  again();
  return { returned: true };
}
