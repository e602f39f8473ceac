// Cuts IP addresses, version 4 and 6, to the network that they are in.

import { finders, leaves, remove } from "@library/paths/v1";

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::\d+)?$/;
const V6 = /^(?:\[([0-9a-fA-F:.]+)(?:%[^\]]*)?\](?::\d+)?|([0-9a-fA-F:.]+)(?:%.*)?)$/s;

/** The address with all but its first bits set to zero, without port and zone; null for what is no address. */
export function anonymize(text, v4_bits = 24, v6_bits = 48) {
  if (typeof text !== "string") return null;
  const made = text.split(",").map((part) => one(part.trim(), v4_bits, v6_bits));
  return made.includes(null) ? null : made.join(", ");
}

function one(text, v4_bits, v6_bits) {
  const v4 = octets(text);
  if (v4) return cut(v4, 8, v4_bits).join(".");
  const found = V6.exec(text);
  const groups = found && parsed(found[1] ?? found[2]);
  if (!groups) return null;
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const inner = groups.slice(6).flatMap((group) => [group >> 8, group & 255]);
    return `::ffff:${cut(inner, 8, v4_bits).join(".")}`;
  }
  return shortened(cut(groups, 16, v6_bits));
}

function octets(text) {
  const numbers = V4.exec(text)?.slice(1).map(Number);
  return numbers && numbers.every((number) => number < 256) ? numbers : null;
}

function cut(numbers, width, bits) {
  return numbers.map((number, index) => {
    const kept = Math.min(width, Math.max(0, bits - width * index));
    return (number >> (width - kept)) << (width - kept);
  });
}

function parsed(text) {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) => grouped(half, index === halves.length - 1));
  if (!head || (halves.length === 2 && !tail)) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing > 0 ? [...head, ...new Array(missing).fill(0), ...tail] : null;
}

function grouped(text, last) {
  if (!text) return [];
  const made = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const v4 = last && index === parts.length - 1 && !/(^|\.)0\d/.test(part) ? octets(part) : null;
      if (!v4) return null;
      made.push((v4[0] << 8) | v4[1], (v4[2] << 8) | v4[3]);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) made.push(parseInt(part, 16));
    else return null;
  }
  return made;
}

function shortened(groups) {
  let best = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best[1] - best[0]) best = [start, end];
  }
  const hex = groups.map((group) => group.toString(16));
  if (best[1] - best[0] < 2) return hex.join(":");
  return `${hex.slice(0, best[0]).join(":")}::${hex.slice(best[1]).join(":")}`;
}

const find = finders(parameters.fields);
const { action, invalid, v4_bits, v6_bits } = parameters;

export function transformEvent(event) {
  const found = find(event);
  if (action === "remove") {
    remove(found);
    return event;
  }
  const lost = [];
  for (const place of leaves(found)) {
    const [container, key] = place;
    const made = anonymize(container[key], v4_bits, v6_bits);
    if (made !== null) container[key] = made;
    else if (invalid !== "keep" && container[key] !== null && container[key] !== "") lost.push(place);
  }
  remove(lost);
  return event;
}
