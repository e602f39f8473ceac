// class: stack
// expect: T201 T301 T208
export function transformEvent(event) {
  return { found: new RegExp("(".repeat(50000) + ")".repeat(50000)).test("x") };
}
