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
  const kind = type_of(event);
  let name = kind === "track" ? event.event : kind === "page" || kind === "screen" ? event.name : null;
  if (kind === "page" && typeof name !== "string") name = event.properties?.name;
  return typeof name === "string" ? name : "";
}
