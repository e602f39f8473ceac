// class: import
export async function transformEvent(event) {
  const told = [];
  for (const name of ["fs", "node:fs", "/etc/passwd", event.canary, "data:text/javascript,export default 1", "transformer"]) {
    try {
      told.push(Function("name", "return import(name)")(name));
    } catch (error) {
      told.push(error);
    }
  }
  const ended = await Promise.allSettled(told.map(Promise.resolve, Promise));
  const read = ended.filter((each) => each.value !== undefined && !(each.value instanceof Error));
  return read.length ? { REACHED: read.map(String) } : { refused: ended.length };
}
