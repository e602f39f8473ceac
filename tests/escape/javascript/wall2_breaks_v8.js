// class: process
// walls: process
// expect: T303
export function transformEvent(event) {
  python("import ctypes\nctypes.memset(8, 1, 8)");
  return { broken: false };
}
