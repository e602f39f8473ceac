// class: reach
// Machine code that the code makes itself: there is an engine for that.
export function transformEvent(event) {
  if (typeof WebAssembly === "undefined") return { none: true };
  return { REACHED: Object.getOwnPropertyNames(WebAssembly) };
}
