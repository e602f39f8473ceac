// atob and btoa, as in the HTML standard.
(function (kit) {
  "use strict";
  const { charCodeAt, fromCharCode, DOMException } = kit;
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const VALUES = new kit.Uint8Array(128);
  const NONE = 64;
  const BLANK = 65;
  for (let at = 0; at < 128; at++) VALUES[at] = NONE;
  for (let at = 0; at < 64; at++) VALUES[charCodeAt(LETTERS, at)] = at;
  VALUES[9] = VALUES[10] = VALUES[12] = VALUES[13] = VALUES[32] = BLANK;

  const wrong = () => new DOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");

  // The bytes, one character each, of a base64 text; undefined if it is none.
  kit.fromBase64 = (text) => {
    let out = "";
    let bits = 0;
    let count = 0; // letters so far
    let padding = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = charCodeAt(text, at);
      const value = unit < 128 ? VALUES[unit] : NONE;
      if (value === BLANK) continue;
      if (value === NONE) {
        if (unit !== 61 || ++padding > 2) return undefined;
        continue;
      }
      if (padding > 0) return undefined;
      bits = (bits << 6) | value;
      if ((++count & 3) === 0) {
        out += fromCharCode((bits >> 16) & 255, (bits >> 8) & 255, bits & 255);
        bits = 0;
      }
    }
    const left = count & 3;
    if (left === 1 || (padding > 0 && (count + padding) % 4 !== 0)) return undefined;
    if (left === 2) out += fromCharCode((bits >> 4) & 255);
    if (left === 3) out += fromCharCode((bits >> 10) & 255, (bits >> 2) & 255);
    return out;
  };

  // The base64 of a text whose characters are bytes; undefined if one is more than a byte.
  kit.toBase64 = (text) => {
    const { length } = text;
    let out = "";
    for (let at = 0; at < length; at += 3) {
      const a = charCodeAt(text, at);
      const b = at + 1 < length ? charCodeAt(text, at + 1) : 0;
      const c = at + 2 < length ? charCodeAt(text, at + 2) : 0;
      if ((a | b | c) > 255) return undefined;
      out += LETTERS[a >> 2] + LETTERS[((a & 3) << 4) | (b >> 4)];
      out += at + 1 < length ? LETTERS[((b & 15) << 2) | (c >> 6)] : "=";
      out += at + 2 < length ? LETTERS[c & 63] : "=";
    }
    return out;
  };

  kit.global("atob", function atob(data) {
    kit.need(1, arguments.length, "atob");
    const out = kit.fromBase64(`${data}`);
    if (out === undefined) throw wrong();
    return out;
  });

  kit.global("btoa", function btoa(data) {
    kit.need(1, arguments.length, "btoa");
    const out = kit.toBase64(`${data}`);
    if (out === undefined) throw new DOMException("Invalid character", "InvalidCharacterError");
    return out;
  });
})
