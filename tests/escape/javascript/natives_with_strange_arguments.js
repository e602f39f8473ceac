// class: native
// What is answered by Python takes text only: nothing else may get there, whatever is given.
export async function transformEvent(event) {
  const strange = [undefined, null, NaN, -1, 1e308, 10n, "", "\ud800", "\0", "x".repeat(1e5), Symbol.iterator, [], {}, () => 1, new Proxy({}, {}), { toString() { throw new Error("no"); } }, { valueOf: () => ({}) }, new Uint8Array(3), new ArrayBuffer(8)];
  const found = [];
  const natives = ["URL", "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa", "structuredClone", "queueMicrotask", "crypto", "performance", "console"];
  for (const name of natives) {
    const native = globalThis[name];
    if (native === undefined) continue;
    const calls = typeof native === "function" ? [native] : Object.values(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(native))).map((each) => each.value).filter((each) => typeof each === "function");
    for (const call of calls) {
      for (const value of strange) {
        for (const attempt of [() => call(value), () => new call(value, value), () => call.call(native, value, value), () => call.call(value, value)]) {
          try {
            const made = attempt();
            if (made instanceof Promise) made.catch(() => {});
            if (made && made.__class__ !== undefined) found.push(name);
          } catch (error) {
            if (error?.__class__ !== undefined || error?.args !== undefined) found.push(`${name}: an exception of Python's`);
          }
        }
      }
    }
  }
  return found.length ? { REACHED: found } : { calm: true };
}
