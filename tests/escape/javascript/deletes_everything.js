// class: driver
export function transformEvent(event, metadata) {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    try {
      delete globalThis[name];
    } catch {}
  }
  return { deleted: true };
}
