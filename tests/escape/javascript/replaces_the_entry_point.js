// class: driver
export function transformEvent(event, metadata) {
  globalThis.transformEvent = globalThis.transformBatch = () => ({ REACHED: "replaced" });
  return { ...event, canary: undefined };
}
