// class: frame
const taken = [];
Error.prepareStackTrace = (error, sites) => {
  for (const site of sites) {
    for (const part of [site.getThis(), site.getFunction()]) {
      if (part !== undefined && part !== globalThis) taken.push(part);
    }
  }
  return "made";
};
export function transformEvent(event) {
  if (event.again === undefined) {
    const strange = taken.filter((part) => part !== transformEvent && typeof part === "object" && ("ask" in part || "parse" in part));
    if (strange.length) return { REACHED: strange.map((part) => Object.keys(part)) };
  }
  throw new RangeError("for the driver to explain");
}
