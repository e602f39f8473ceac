// class: frame
// V8 gives a formatter of stacks the frames: their functions and receivers, unless they are strict.
let found = [];
Error.prepareStackTrace = (error, sites) => sites;
export function transformEvent(event, metadata) {
  const sites = [];
  const collect = () => {
    const made = new Error().stack;
    if (Array.isArray(made)) sites.push(...made);
  };
  event.toJSON = function () {
    collect();
    return { collected: true };
  };
  Object.defineProperty(Array.prototype, "0", { set() { collect(); }, get() { collect(); return undefined; }, configurable: true });
  collect();
  log({ toJSON: collect });
  [].concat([1]).map(collect);
  delete Array.prototype[0];
  for (const site of sites) {
    const name = site.getScriptNameOrSourceURL?.() ?? site.getFileName?.() ?? "";
    const made = site.getFunction?.();
    const receiver = site.getThis?.();
    if (made && !/transformation/.test(String(name)) && typeof made === "function" && !/native code/.test(String(made))) found.push(`function of ${name}`);
    if (receiver && receiver !== globalThis && Reflect.has(receiver, "ask")) found.push(`receiver of ${name}`);
  }
  return found.length ? { REACHED: found } : { sites: sites.length > 0 };
}
