// class: state
export function transformEvent(event) {
  const left = [typeof globalThis.planted, typeof {}.planted, typeof [].toJSON, typeof "".planted, typeof Error.prepareStackTrace, typeof globalThis.later];
  return left.some((each) => each !== "undefined") || event.planted ? { REACHED: left } : { calm: true };
}
