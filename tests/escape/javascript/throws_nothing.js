// class: exc
// expect: T201
export function transformEvent(event) {
  throw undefined;
}
