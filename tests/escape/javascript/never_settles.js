// class: control
// expect: T201
export function transformEvent(event) {
  return new Promise(() => {});
}
