// Keeps a share of events, drawn by chance.

import { matcher, name_of } from "@library/names/v1";
import { writer } from "@library/paths/v1";

/** A function that draws numbers from 0 up to, not including, 1: always the same ones for a seed, in every language. */
export function generator(seed = null) {
  if (seed === null) return Math.random;
  let state = seed | 0;
  return () => {
    // Tommy Ettinger's mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const draw = generator(parameters.seed);
const { rate = 1 } = parameters;
const always = matcher(parameters.always, true);
const write = parameters.write_rate ? writer(parameters.write_rate) : null;

export function transformEvent(event) {
  const share = always(name_of(event)) ? 1 : rate;
  if (share < 1 && draw() >= share) throw new Drop("not in the sample");
  write?.(event, share);
  return event;
}
