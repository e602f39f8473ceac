// class: stack
// expect: T201 T204 T205
export function transformEvent(event) {
  const deep = (n) => { try { return deep(n + 1); } catch { log("at the end"); throw new Drop("x".repeat(1000)); } };
  return deep(0);
}
