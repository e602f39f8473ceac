// class: mem
// walls: process both
// expect: T301 T302
export async function transformEvent(event) {
  const held = [];
  for (;;) held.push((async () => { await new Promise(() => {}); })());
}
