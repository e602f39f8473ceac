// class: mem
// walls: process both
// expect: T301 T302
export function transformEvent(event) {
  const held = [];
  for (;;) {
    const shared = new SharedArrayBuffer(1024, { maxByteLength: 2 ** 26 });
    shared.grow(2 ** 26);
    new Uint8Array(shared).fill(1);
    held.push(shared);
  }
}
