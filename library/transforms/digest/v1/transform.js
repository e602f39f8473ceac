// Keyed digests of values, the same in Python and JavaScript. Synchronous, so that an event needs no promise for them.

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = (Math.sqrt(candidate) % 1) * 2 ** 32;
    K[found++] = (Math.cbrt(candidate) % 1) * 2 ** 32;
  }
}
const BLOCK = 64;
const words = new Uint32Array(64);
const encoder = new TextEncoder();

/** The text that stands for a value: a string itself, a number as JSON writes it, anything else as JSON with sorted keys. */
export function text_of(value) {
  return typeof value === "string" ? value : part(value);
}

function part(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(part).join(",")}]`;
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${part(value[key])}`);
  return `{${pairs.join(",")}}`;
}

function hash(bytes) {
  const length = (((bytes.length + 8) >> 6) + 1) << 6;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(length - 4, (bytes.length << 3) >>> 0);
  const state = START.slice();
  for (let at = 0; at < length; at += BLOCK) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15];
      const y = words[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) state[i] += value;
  }
  const made = new Uint8Array(32);
  const out = new DataView(made.buffer);
  state.forEach((word, i) => out.setUint32(4 * i, word));
  return made;
}

function joined(first, second) {
  const made = new Uint8Array(first.length + second.length);
  made.set(first);
  made.set(second, first.length);
  return made;
}

const keys = new Map();

function pads(key) {
  if (!keys.has(key)) {
    let bytes = encoder.encode(key);
    if (bytes.length > BLOCK) bytes = hash(bytes);
    const inner = new Uint8Array(BLOCK).fill(0x36);
    const outer = new Uint8Array(BLOCK).fill(0x5c);
    bytes.forEach((byte, i) => {
      inner[i] ^= byte;
      outer[i] ^= byte;
    });
    if (keys.size >= 16) keys.clear();
    keys.set(key, [inner, outer]);
  }
  return keys.get(key);
}

function digest(text, key) {
  // A lone surrogate counts as "?", as Python writes it.
  const bytes = encoder.encode(text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, "?"));
  if (!key) return hash(bytes);
  const [inner, outer] = pads(key);
  return hash(joined(outer, hash(joined(inner, bytes))));
}

/** The SHA-256 of the text, or its HMAC where a key is given, as hex, base64 or base64url (without padding). */
export function sha256(text, key = "", encoding = "hex") {
  const made = digest(text, key);
  if (encoding === "hex") return Array.from(made, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const base64 = btoa(String.fromCharCode(...made));
  if (encoding === "base64") return base64;
  if (encoding === "base64url") return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  throw new RangeError(`there is no encoding '${encoding}': use hex, base64 or base64url`);
}

/** The UUID of version 8 that the first 32 of these hexadecimal digits make. */
export function uuid_of(digits) {
  const variant = "89ab"[parseInt(digits[16], 16) % 4];
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** A number from 0 up to, not including, 1 that follows from the text alone, evenly spread: its first 48 bits. */
export function fraction(text, key = "") {
  return digest(text, key).subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) / 281474976710656;
}

/** The text without blanks around it. */
export function trimmed(text) {
  return text.trim();
}

/** The words of the text: what stands between blanks. */
export function words_of(text) {
  return text.split(/\s+/).filter(Boolean);
}

/** The text as it is ("none"), without blanks around it ("trim"), or that in lower case ("lower"). */
export function normalized(text, how) {
  if (how === "none") return text;
  return how === "lower" ? text.trim().toLowerCase() : text.trim();
}

const KEPT_MILLISECONDS = 60_000;

/** A function that gives the key, or a promise of it: `key`, or the secret that `secret` names, asked for once a minute. */
export function keyring(given) {
  const { key = "", secret = "", unkeyed = false } = given;
  if (key || !secret)
    return () => {
      if (!key && !unkeyed) throw new TypeError("there is no key: name a secret in parameters.secret");
      return key;
    };
  let held = "";
  let until = -1;
  return () => {
    if (performance.now() < until) return held;
    return (async () => {
      const found = await getCredential(secret);
      if (!found) throw new TypeError(`there is no secret '${secret}': set it, or name another one in parameters.secret`);
      held = found;
      until = performance.now() + KEPT_MILLISECONDS;
      return held;
    })();
  };
}

/** Call `work(key)`, now if the key is at hand, else when it has come. */
export function with_key(key, work) {
  const got = key();
  return typeof got === "string" ? work(got) : got.then(work);
}

/** A number as JSON writes it. */
export function number_text(value) {
  return JSON.stringify(value);
}
