// Who an event is of, and when it happened.

import { number_text } from "@library/digest/v1";
import { finder_list } from "@library/paths/v1";

const TIMES = ["timestamp", "originalTimestamp", "sentAt", "receivedAt"];
const ISO =
  /^(?!00)(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])([01]\d|2[0-3]):?([0-5]\d))?)?$/;

/**
 * A function that gives the text of the first value that the paths find in an event; "" where none does: it is of nobody.
 *
 * Numbers count by their text, so 5 and "5" are one person; null, empty text, true, objects and lists are nobody.
 *
 * Throws where one of them is no path; the message names the parameter and its index.
 */
export function person_finder(paths, name = "user") {
  const finds = finder_list(paths, name);
  return (event) => {
    for (const find of finds)
      for (const [container, key] of find(event)) {
        const value = container[key];
        if (typeof value === "string" && value) return value;
        if (typeof value === "number") return number_text(value);
      }
    return "";
  };
}

/** What `person_finder` makes of the paths, for one event. */
export function person(event, paths) {
  return person_finder(paths)(event);
}

/**
 * When the event happened, in milliseconds since 1970; null where it does not say so.
 *
 * First counts `timestamp`, which data planes correct where the clock of a device is wrong.
 */
export function milliseconds(event) {
  for (const field of TIMES) {
    const when = typeof event[field] === "string" ? moment(event[field]) : null;
    if (when !== null) return when;
  }
  return null;
}

function moment(text) {
  const found = ISO.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const days = Date.UTC(year, month - 1, day);
  if (new Date(days).getUTCMonth() !== month - 1) return null; // there is no 30th of February
  const offset = (Number(found[9] ?? 0) * 60 + Number(found[10] ?? 0)) * (found[8] === "-" ? -1 : 1);
  return days + ((hour * 60 + minute - offset) * 60 + second) * 1000 + Number(`${found[7] ?? ""}000`.slice(0, 3));
}
