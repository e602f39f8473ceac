// Takes version numbers apart, so that they can be compared and grouped.

import { finders } from "@library/paths/v1";

const VERSION =
  /^[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;
const DIGITS = 6;

/** The parts of a version: major, minor, patch, and revision, prerelease and build where they are; null for no version. */
export function parse(text) {
  const found = typeof text === "string" ? VERSION.exec(text.trim()) : null;
  if (!found) return null;
  const [, major, minor, patch, revision, prerelease, build] = found;
  const made = { major: Number(major), minor: Number(minor ?? 0), patch: Number(patch ?? 0) };
  if (revision !== undefined) made.revision = Number(revision);
  if (prerelease !== undefined) made.prerelease = prerelease;
  if (build !== undefined) made.build = build;
  return made;
}

/** A text that sorts as versions do: a release after its pre-releases, 10 after 9. */
export function sort_key(parts) {
  const numbers = ["major", "minor", "patch", "revision"].map((name) => String(parts[name] ?? 0).padStart(DIGITS, "0"));
  if (parts.prerelease === undefined) return `${numbers.join(".")}~`;
  const words = parts.prerelease
    .split(".")
    .map((word) => (/^\d+$/.test(word) ? `0${word.padStart(DIGITS, "0")}` : `1${word}`));
  return `${numbers.join(".")}-${words.join(".")}`;
}

const find = finders(parameters.fields);
const { separator, sort_key: sorted } = parameters;

export function transformEvent(event) {
  for (const [container, key] of find(event)) {
    const parts = Array.isArray(container) ? null : parse(container[key]);
    if (!parts) continue;
    for (const [name, value] of Object.entries(parts)) container[`${key}${separator}${name}`] = value;
    if (sorted) container[`${key}${separator}sort`] = sort_key(parts);
  }
  return event;
}
