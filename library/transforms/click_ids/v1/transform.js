// Collects the click ids of advertising networks from URLs.

import { milliseconds } from "@library/identity/v1";
import { finders, get, leaves, writer } from "@library/paths/v1";
import { query } from "@library/utm_extract/v1";

export const KNOWN = (
  "gclid gbraid wbraid dclid gclsrc fbclid msclkid ttclid twclid li_fat_id sccid rdt_cid epik yclid irclickid qclid " +
  "dicbo obclid tblci wickedid _kx mc_eid vmcid"
).split(" ");
const LONGEST = 500;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** The click ids among the parameters of a URL, by their names in lower case; empty where there are none. */
export function ids_of(url, also = []) {
  const wanted = new Set([...KNOWN, ...also.map((name) => name.toLowerCase())]);
  const found = {};
  for (const [written, value] of query(url)) {
    const name = written.toLowerCase();
    if (wanted.has(name) && !Object.hasOwn(found, name) && value.trim()) found[name] = [...value.trim()].slice(0, LONGEST).join("");
  }
  return found;
}

const find = finders(parameters.fields);
const write = writer(parameters.target);

export function transformEvent(event) {
  const found = {};
  for (const [container, key] of leaves(find(event)))
    for (const [name, value] of Object.entries(ids_of(container[key], parameters.also)))
      if (!Object.hasOwn(found, name)) found[name] = value;
  const there = get(event, parameters.target);
  const known = isObject(there) ? there : {};
  if (parameters.facebook && Object.hasOwn(found, "fbclid") && !Object.hasOwn(known, "fbc")) {
    const when = milliseconds(event);
    if (when !== null) found.fbc = `fb.1.${when}.${found.fbclid}`;
  }
  if (Object.keys(found).length) write(event, { ...found, ...known });
  return event;
}
