// class: mem
// expect: T302
export function transformEvent(event) {
  return { size: new ArrayBuffer(2 ** 40).byteLength };
}
