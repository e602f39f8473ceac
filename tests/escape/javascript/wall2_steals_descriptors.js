// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import os\nresult = [os.dup(3), os.listdir('/proc/self/fd')]") };
}
