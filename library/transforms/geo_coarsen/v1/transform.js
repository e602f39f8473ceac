// Makes places coarse: rounds coordinates, and removes what is finer than a city, region or country.

import { number_text } from "@library/digest/v1";
import { finders } from "@library/paths/v1";

const set = (text) => new Set(text.split(" "));
const COORDINATES = set("latitude lat longitude lng lon long");
const PRECISE = set("accuracy accuracyradius altitude heading speed pluscode what3words");
const STREET = set("street street1 street2 streetaddress address address1 address2 line1 line2 housenumber");
const POSTAL = set("postal postalcode postcode zip zipcode");
const CITY = set("city town village locality suburb district neighborhood neighbourhood metro metrocode");
const REGION = set("region regioncode regionname state statecode province county subdivision");
const POINTS = set("location coordinates ll latlng latlon loc point geo position address");
const PAIR = /^(-?\d{1,3}(?:\.\d+)?) *, *(-?\d{1,3}(?:\.\d+)?)$/;
const NUMBER = /^(-?\d{1,3}(?:\.\d+)?)$/;
const isContainer = (value) => value !== null && typeof value === "object";

/** A coordinate, or text with one or two of them, at so many decimals; null for anything else. */
export function rounded(value, decimals = 1) {
  if (typeof value === "number") {
    const scale = 10 ** decimals;
    return Math.floor(value * scale + 0.5) / scale;
  }
  const found = typeof value === "string" ? (NUMBER.exec(value.trim()) ?? PAIR.exec(value.trim())) : null;
  return found && found.slice(1).map((part) => number_text(rounded(Number(part), decimals))).join(",");
}

/** The place with nothing finer than the level: an object (changed in place), text such as "52.52,13.4", or two numbers. */
export function coarsen(place, level = "city", decimals = 1, postal_digits = 0) {
  if (Array.isArray(place))
    return place.map((item) => coarsen(item, level, decimals, postal_digits)).filter((item) => item !== null);
  if (isContainer(place)) {
    for (const key of Object.keys(place)) coarsenKey(place, key, level, decimals, postal_digits);
    return place;
  }
  if (level === "country") return null;
  return rounded(place, level === "region" ? Math.min(decimals, 0) : decimals);
}

function coarsenKey(place, key, level, decimals, postal_digits) {
  const plain = key.toLowerCase().replace(/[_\- ]/g, "");
  const value = place[key];
  if (value === null) return;
  const finer =
    PRECISE.has(plain) ||
    (STREET.has(plain) && !isContainer(value)) ||
    (level !== "city" && CITY.has(plain)) ||
    (level === "country" && REGION.has(plain));
  if (finer) delete place[key];
  else if (POSTAL.has(plain)) {
    if (level === "city" && postal_digits && (typeof value === "string" || Number.isInteger(value)))
      place[key] = String(value).slice(0, postal_digits);
    else delete place[key];
  } else if (COORDINATES.has(plain) || POINTS.has(plain)) {
    const made = coarsen(value, level, decimals, postal_digits);
    if (made === null || (Array.isArray(made) && !made.length)) delete place[key];
    else place[key] = made;
  } else if (isContainer(value) && !(Array.isArray(value) && !value.some(isContainer)))
    coarsen(value, level, decimals, postal_digits);
}

const find = finders(parameters.fields);
const { level, decimals, postal_digits } = parameters;

export function transformEvent(event) {
  for (const [container, key] of find(event)) {
    if (container[key] === null) continue;
    const made = coarsen(container[key], level, decimals, postal_digits);
    if (made !== null) container[key] = made;
    else if (Array.isArray(container)) container[key] = null;
    else delete container[key];
  }
  return event;
}
