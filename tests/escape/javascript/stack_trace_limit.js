// class: exc
// expect: T201
Error.stackTraceLimit = 1e9;
export function transformEvent(event) {
  const deep = (n) => { if (n === 0) throw new Error("deep"); deep(n - 1); };
  deep(5000);
}
