// class: exc
// expect: T201
export function transformEvent(event) {
  throw Object.setPrototypeOf({ reason: "forged", code: "T506" }, Drop.prototype);
}
