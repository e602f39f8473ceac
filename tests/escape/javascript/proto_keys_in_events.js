// class: result
export function transformEvent(event) {
  const made = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
  Object.assign({}, made);
  const merge = (into, from) => {
    for (const key of Object.keys(from)) {
      if (typeof from[key] === "object" && typeof into[key] === "object") merge(into[key], from[key]);
      else into[key] = from[key];
    }
    return into;
  };
  merge({}, made);
  return made;
}
