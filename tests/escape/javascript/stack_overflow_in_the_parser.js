// class: stack
// expect: T201 T301 T303 T208
export function transformEvent(event) {
  return { value: Function("return " + "[".repeat(200000) + "]".repeat(200000))().length };
}
