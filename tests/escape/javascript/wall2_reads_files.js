// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python(`result = open(${JSON.stringify(event.canary)}).read()`) };
}
