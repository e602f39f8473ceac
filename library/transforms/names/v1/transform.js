// Names of events, and lists of names in which `*` stands for any text.

/** A function that says whether a value is text and one of the names; `*` in a name stands for any text. */
export function matcher(names, case_sensitive = false) {
  const folded = Array.from(names, (name) => (case_sensitive ? name : name.toLowerCase()));
  const plain = new Set(folded.filter((name) => !name.includes("*")));
  const wild = folded.filter((name) => name.includes("*")).map((name) => wildcard(name.split("*")));
  return (value) => {
    if (typeof value !== "string") return false;
    const text = case_sensitive ? value : value.toLowerCase();
    return plain.has(text) || wild.some((fits) => fits(text));
  };
}

/** Whether a text is the parts with anything between them: looked for from left to right, so it takes linear time. */
function wildcard(parts) {
  const head = parts[0];
  const tail = parts.at(-1);
  const middle = parts.slice(1, -1);
  return (text) => {
    let at = head.length;
    const end = text.length - tail.length;
    if (at > end || !text.startsWith(head) || !text.endsWith(tail)) return false;
    for (const part of middle) {
      at = text.indexOf(part, at);
      if (at < 0 || at + part.length > end) return false;
      at += part.length;
    }
    return true;
  };
}

/** The type of an event in lower case, `track` where it has none but a name; "" where there is neither. */
export function type_of(event) {
  if (typeof event.type === "string" && event.type) return event.type.toLowerCase();
  return typeof event.event === "string" ? "track" : "";
}

/** The name of an event: what was tracked, or which page or screen was seen; "" where it has none. */
export function name_of(event) {
  if (type_of(event) === "track") return typeof event.event === "string" ? event.event : "";
  const place = name_places(event)[0];
  return place ? place[0][place[1]] : "";
}

/**
 * Where the name of an event stands, as pairs of an object and its key. The first one counts.
 *
 * Libraries write the name of a page or screen into its properties, too, and those for telephones that of a screen into `event`.
 */
export function name_places(event) {
  const kind = type_of(event);
  let places = [];
  if (kind === "track") places = [[event, "event"]];
  else if (kind === "page" || kind === "screen")
    places = [
      [event, "name"],
      [event.properties, "name"],
      [event, "event"],
    ];
  return places.filter(([box, key]) => typeof box?.[key] === "string" && box[key] && !Array.isArray(box));
}

/** A function that says whether an event has one of the names, as `matcher` takes them; where there are none, all have. */
export function event_matcher(names) {
  if (!names.length) return () => true;
  const matches = matcher(names, true);
  return (event) => matches(name_of(event));
}
