// class: control
// expect: T201
export function transformEvent(event) {
  let n = 0;
  const again = { toJSON() { n++; log(again); return "deep"; } };
  log(again);
  if (n > 10) throw new Error("it went deep and came back");
  return { n };
}
