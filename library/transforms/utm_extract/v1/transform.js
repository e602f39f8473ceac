// Reads the campaign out of URLs into context.campaign.

import { finders, leaves, parse, writer } from "@library/paths/v1";

const NAMES = new Map([
  ["utm_campaign", "name"],
  ["utm_source", "source"],
  ["utm_medium", "medium"],
  ["utm_term", "term"],
  ["utm_content", "content"],
]);
const LONGEST = 500;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The campaign that the parameters `utm_…` of a URL tell, in its query or fragment; empty where they tell none. */
export function campaign(url, lower = false) {
  const found = {};
  for (const [written, value] of query(url)) {
    const name = written.toLowerCase();
    if (!name.startsWith("utm_") || name.length < 5 || !value.trim()) continue;
    const said = [...value.trim()].slice(0, LONGEST).join("");
    const key = NAMES.get(name) ?? name.slice(4);
    if (!Object.hasOwn(found, key)) found[key] = lower ? said.toLowerCase() : said;
  }
  return found;
}

/** The parameters of a URL, decoded, in their order: those of the query, then those of the fragment. */
export function query(url) {
  if (typeof url !== "string") return [];
  const [before, fragment] = partition(url, "#");
  const parts = [partition(before, "?")[1], fragment.includes("?") ? partition(fragment, "?")[1] : fragment];
  return parts
    .flatMap((part) => part.split("&"))
    .filter((pair) => pair.includes("="))
    .map((pair) => partition(pair, "=").map(decoded));
}

function partition(text, sign) {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function decoded(text) {
  return text
    .replaceAll("+", " ")
    .replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
      decoder.decode(Uint8Array.from(run.slice(1).split("%"), (hex) => parseInt(hex, 16))),
    );
}

const find = finders(parameters.fields);
const target = parse(parameters.target);
const write = writer(parameters.target);
const { lower, overwrite, extra } = parameters;

export function transformEvent(event) {
  for (const [container, key] of leaves(find(event))) {
    const found = campaign(container[key], lower);
    for (const [name, value] of query(container[key]))
      if (Object.hasOwn(extra, name) && value && !Object.hasOwn(found, extra[name]))
        found[extra[name]] = [...value].slice(0, LONGEST).join("");
    if (!Object.keys(found).length) continue;
    let known = event;
    for (const step of target) known = isObject(known) ? known[step] : null;
    if (!isObject(known)) known = {};
    if (!overwrite)
      for (const [name, value] of Object.entries(known)) if (value !== null && value !== "") found[name] = value;
    write(event, { ...known, ...found });
    break;
  }
  return event;
}
