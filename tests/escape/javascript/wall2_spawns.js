// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import os\npid = os.fork()\nresult = pid") };
}
