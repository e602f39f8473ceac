// class: stack
// expect: T201
export function transformEvent(event) {
  return transformEvent(event);
}
