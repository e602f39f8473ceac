// class: reach
// An object of another context has another Function, which sees other globals.
export function transformEvent(event, metadata) {
  const found = [];
  const look = (value, name) => {
    for (let at = value, step = 0; at !== null && at !== undefined && step < 5; step++, at = Object.getPrototypeOf(at)) {
      const maker = Object.getOwnPropertyDescriptor(at, "constructor")?.value;
      if (typeof maker === "function" && maker.constructor !== Function) found.push(name);
    }
  };
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    if (typeof value === "function" || (typeof value === "object" && value !== null)) look(value, name);
  }
  look(metadata(event), "metadata()");
  look(event, "event");
  look(metadata, "metadata");
  const recurse = () => { try { log("x"); } catch (error) { look(error, "error of log"); throw error; } recurse(); };
  try {
    recurse();
  } catch (error) {
    look(error, "stack overflow");
  }
  return found.length ? { REACHED: found } : { calm: true };
}
