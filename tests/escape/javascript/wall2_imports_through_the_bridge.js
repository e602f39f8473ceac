// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: String(builtins.__import__("os").popen("id").read()) };
}
