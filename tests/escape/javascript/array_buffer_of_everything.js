// class: mem
// expect: T201 T302 T303
export function transformEvent(event) {
  return { size: new ArrayBuffer(2 ** 40).byteLength };
}
