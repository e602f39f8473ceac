// class: exc
// expect: T201
export function transformEvent(event) {
  throw new Error("\ud800 \0 \x1b[31m \u202e");
}
