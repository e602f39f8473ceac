// Paths into events, such as `properties.products[].price`: parsed once, walked for every event. README.md says the grammar.

export const ALL = Symbol("all");
export const ANY = Symbol("any");
export const DEEP = Symbol("deep");
const GONE = Symbol("gone");

const TOKEN = /\.?\[\s*(?:(\*?)|(-?\d+)|("(?:[^"\\]|\\.)*"))\s*\]|(^|\.)((?:[^.[\]\\]|\\.)+)/sy;
const unescape = (text) => text.replace(/\\(.)/gs, "$1");
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isContainer = (value) => value !== null && typeof value === "object";
const has = (container, key) => Object.hasOwn(container, key);

/** The steps of a path: a string for a key, a number for an element, ALL, ANY or DEEP. Throws for what is no path. */
export function parse(path) {
  if (typeof path !== "string" || !path) throw new TypeError("a path must be a text such as properties.email");
  const steps = [];
  let at = 0;
  while (at < path.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(path);
    if (found === null || (at === 0 && path[0] === "."))
      throw new TypeError(`path '${path}' cannot be read from character ${at + 1} on`);
    const [, , index, quoted, , name] = found;
    if (name !== undefined) steps.push(name === "*" ? ANY : name === "**" ? DEEP : unescape(name));
    else if (quoted !== undefined) steps.push(unescape(quoted.slice(1, -1)));
    else steps.push(index !== undefined ? Number(index) : ALL);
    at = TOKEN.lastIndex;
  }
  return steps;
}

/** A function that lists the places `[container, key]` to which the path, or its steps, leads, in the order of the event. */
export function finder(path) {
  const steps = Array.isArray(path) ? path : parse(path);
  const way = steps.slice(0, -1);
  const last = steps.at(-1);
  if (steps.every((step) => typeof step === "string"))
    return (event) => {
      let here = event;
      for (const key of way) {
        if (!isObject(here) || !has(here, key)) return [];
        here = here[key];
      }
      return isObject(here) && has(here, last) ? [[here, last]] : [];
    };
  return (event) => {
    let here = [event];
    for (const step of way) here = values(here, step);
    return here.flatMap((container) => places(container, last));
  };
}

function values(containers, step) {
  if (step !== DEEP)
    return containers.flatMap((container) => places(container, step).map(([inner, key]) => inner[key]));
  const found = [];
  const waiting = [...containers].reverse();
  while (waiting.length) {
    const here = waiting.pop();
    if (!isContainer(here)) continue;
    found.push(here);
    const inside = Object.values(here);
    for (let index = inside.length - 1; index >= 0; index--) waiting.push(inside[index]);
  }
  return found;
}

function keysOf(container) {
  return Array.isArray(container) ? [...container.keys()] : Object.keys(container);
}

function places(container, step) {
  if (step === DEEP)
    return values([container], DEEP).flatMap((inner) =>
      keysOf(inner)
        .filter((key) => !isContainer(inner[key]))
        .map((key) => [inner, key]),
    );
  if (typeof step === "string") return isObject(container) && has(container, step) ? [[container, step]] : [];
  if (Array.isArray(container)) {
    if (typeof step !== "number") return keysOf(container).map((key) => [container, key]);
    const index = step < 0 ? container.length + step : step;
    return index >= 0 && index < container.length ? [[container, index]] : [];
  }
  return isObject(container) && step === ANY ? keysOf(container).map((key) => [container, key]) : [];
}

/** For each of the paths what `finder` makes of it. Errors name the parameter. */
export function finder_list(paths, name = "fields") {
  return paths.map((path, index) => {
    try {
      return finder(path);
    } catch (wrong) {
      throw new TypeError(`parameters.${name}[${index}]: ${wrong.message}`);
    }
  });
}

/** A function that lists the places to which any of the paths leads, each place once. Errors name the parameter. */
export function finders(paths, name = "fields") {
  const made = finder_list(paths, name);
  if (made.length === 1) return made[0];
  return (event) => {
    const seen = new Map();
    const found = [];
    for (const find of made)
      for (const place of find(event)) {
        const [container, key] = place;
        if (!seen.has(container)) seen.set(container, new Set());
        const keys = seen.get(container);
        if (keys.has(key)) continue;
        keys.add(key);
        found.push(place);
      }
    return found;
  };
}

/** The places themselves, and for those with an object or list in them all the places inside that have neither. */
export function leaves(found) {
  return found.flatMap(([container, key]) =>
    isContainer(container[key]) ? places(container[key], DEEP) : [[container, key]],
  );
}

/** Delete the places, which must be distinct, and say how many there were. */
export function remove(found) {
  const lists = new Set();
  for (const [container, key] of found)
    if (Array.isArray(container)) {
      container[key] = GONE; // indexes must hold until all are marked
      lists.add(container);
    } else delete container[key];
  for (const list of lists) list.splice(0, list.length, ...list.filter((value) => value !== GONE));
  return found.length;
}

/**
 * What becomes of a value that cannot be changed as it should be; true says: remove it, when all are done.
 *
 * `on_error`: "keep" leaves it, "null" puts null, "remove" leaves it to the caller, "fail" fails the event, with its key and why.
 */
export function settle(container, key, on_error, why) {
  if (on_error === "fail") throw new Invalid(`${key}: ${why}`);
  if (on_error === "null") container[key] = null;
  return on_error === "remove";
}

/** A function that gives the first value to which the path leads in an event, or the default. */
export function reader(path, fallback = null) {
  const find = finder(path);
  return (event) => {
    const found = find(event);
    return found.length ? found[0][0][found[0][1]] : fallback;
  };
}

/** The first value to which the path leads, or the default. */
export function get(event, path, fallback = null) {
  return reader(path, fallback)(event);
}

/** A function that puts a value into an event, making missing objects on the way; it says whether it could. */
export function writer(path) {
  const steps = parse(path);
  if (steps.some((step) => typeof step === "symbol"))
    throw new TypeError(`path '${path}' leads to many places; write one place, without *, ** and []`);
  const element = (list, step) => (step < 0 ? list.length + step : step);
  const fits = (here, step) =>
    typeof step === "string"
      ? isObject(here)
      : Array.isArray(here) && element(here, step) >= 0 && element(here, step) < here.length;
  return (event, value) => {
    let here = event;
    for (const [index, step] of steps.entries()) {
      if (!fits(here, step)) return false;
      const key = typeof step === "string" ? step : element(here, step);
      if (index === steps.length - 1) {
        here[key] = value;
        return true;
      }
      if (typeof step === "string" && typeof steps[index + 1] === "string" && (!has(here, key) || here[key] === null)) here[key] = {};
      here = has(here, key) ? here[key] : undefined;
    }
    return false;
  };
}

/** Put a value to where the path leads, making missing objects on the way; false if something stands in the way. */
export function put(event, path, value) {
  return writer(path)(event, value);
}
