// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: String(builtins.open("/etc/passwd").read()) };
}
