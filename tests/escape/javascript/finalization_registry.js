// class: control
const registry = new FinalizationRegistry(() => { globalThis.finalized = true; for (;;); });
export function transformEvent(event) {
  for (let at = 0; at < 20000; at++) registry.register({ big: new Array(100) }, at);
  return { weak: new WeakRef({}).deref() !== undefined };
}
