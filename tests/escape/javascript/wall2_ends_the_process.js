// class: process
// walls: process
// expect: T303
export function transformEvent(event) {
  python("import os\nos._exit(0)");
  return { ended: false };
}
