// Splits full names into first and last names.

import { type_of } from "@library/names/v1";
import { finders } from "@library/paths/v1";

const set = (text) => new Set(text.split(" "));
const TITLES = set("mr mrs ms miss mx dr prof sir madam herr frau monsieur madame mme sr sra srta don doña ing dipl-ing");
const SUFFIXES = set("jr sr ii iii iv md phd esq mba dds cpa");
const PARTICLES = set(
  "van von der den de del della di da dos das do du la le el al bin ibn ben ter ten zu zum zur af av st mac vander",
);
const plain = (word) => word.replace(/^[.,]+|[.,]+$/g, "").toLowerCase();
const wordsOf = (text) => text.split(/\s+/).filter(Boolean);

/** The first names and the last name in a full name; the last name is "" where there is only one. */
export function split(name) {
  const comma = name.indexOf(",");
  const before = comma < 0 ? name : name.slice(0, comma);
  const after = comma < 0 ? [] : wordsOf(name.slice(comma + 1));
  if (after.some((word) => !SUFFIXES.has(plain(word))))
    return [
      after.filter((word) => !TITLES.has(plain(word)) && !SUFFIXES.has(plain(word))).join(" "),
      wordsOf(before).filter((word) => !TITLES.has(plain(word))).join(" "),
    ];
  const words = wordsOf(before);
  while (words.length && TITLES.has(plain(words[0]))) words.shift();
  while (words.length > 1 && SUFFIXES.has(plain(words.at(-1)))) words.pop();
  if (words.length < 2) return [words[0] ?? "", ""];
  const particle = words.slice(1, -1).findIndex((word) => PARTICLES.has(plain(word)));
  const start = particle < 0 ? words.length - 1 : particle + 1;
  return [words.slice(0, start).join(" "), words.slice(start).join(" ")];
}

const find = finders(parameters.fields);
const { first, last, overwrite, remove } = parameters;

export function transformEvent(event) {
  if (type_of(event) === "group") return event; // their names are no people's
  for (const [container, key] of find(event)) {
    if (Array.isArray(container) || typeof container[key] !== "string" || !container[key].trim()) continue;
    const [given, family] = split(container[key]);
    if (remove) delete container[key];
    for (const [name, value] of [[first, given], [last, family]])
      if (value && (overwrite || !container[name])) container[name] = value;
  }
  return event;
}
