// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  const held = [];
  for (;;) {
    const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 30 });
    buffer.resize(2 ** 24);
    new Uint8Array(buffer).fill(1);
    held.push(buffer);
  }
}
