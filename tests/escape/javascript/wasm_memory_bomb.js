// class: mem
// expect: T201
export function transformEvent(event) {
  return { pages: new WebAssembly.Memory({ initial: 65536 }).buffer.byteLength };
}
