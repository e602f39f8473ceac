// class: control
export function transformEvent(event) {
  const code = "//\u2028 typeof kit";
  const told = (0, eval)(code);
  return told === undefined || told === "undefined" ? { calm: true } : { REACHED: String(told) };
}
//# sourceURL=transformer
