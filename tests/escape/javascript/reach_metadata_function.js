// class: driver
export function transformEvent(event, metadata) {
  const told = [];
  const strange = [undefined, null, 7, "=1", "../0", -1, 1e9, { messageId: "=" }, { get messageId() { return "x"; } }, new Proxy({}, { get: (target, key) => (key === "messageId" ? 5 : undefined) }), Symbol.iterator, [], metadata];
  for (const each of strange) {
    try {
      told.push(typeof metadata(each));
    } catch (error) {
      told.push(error instanceof Error ? "error" : `REACHED a strange error ${typeof error}`);
    }
  }
  return { told };
}
