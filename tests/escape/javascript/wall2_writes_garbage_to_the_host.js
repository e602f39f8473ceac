// class: process
// walls: process
// expect: T303 T201
export function transformEvent(event) {
  python("import os\nos.write(3, b'\\xff' * 100000)");
  return { written: true };
}
