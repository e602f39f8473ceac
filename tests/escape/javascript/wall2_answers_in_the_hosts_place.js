// class: process
// walls: process
// expect: T303 T201 T301
export function transformEvent(event) {
  python("import os\nwhile True:\n    os.readv(3, [bytearray(10)])");
  return { read: true };
}
