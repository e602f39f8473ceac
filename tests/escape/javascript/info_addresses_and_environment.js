// class: info
export function transformEvent(event) {
  return {
    stack: new Error("x").stack,
    locale: Intl.DateTimeFormat().resolvedOptions(),
    functions: [String(log), String(transformEvent), String(metadata), String(setTimeout)].map((text) => text.length),
    memory: typeof performance === "undefined" ? "" : String(performance.memory),
    now: typeof performance === "undefined" ? 0 : performance.now() < 1e9,
  };
}
