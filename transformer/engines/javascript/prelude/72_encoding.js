// TextEncoder and TextDecoder, as in the Encoding standard: UTF-8, UTF-16 and windows-1252 (which is what "latin1" and
// "ascii" mean on the web).
(function (kit) {
  "use strict";
  const { charCodeAt, unitsText, Uint8Array, Uint16Array, TypeError } = kit;
  const REPLACEMENT = 0xfffd;
  const BOM = 0xfeff;
  const LABELS = {
    __proto__: null,
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "utf-16le": "utf-16le utf-16 ucs-2 csunicode iso-10646-ucs-2 unicode unicodefeff",
    "utf-16be": "utf-16be unicodefffe",
    "windows-1252":
      "windows-1252 ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 " +
      "iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252",
  };
  const NAMES = kit.keys(LABELS);
  // 0x80 to 0x9f; all others mean themselves
  const WINDOWS = "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
    "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

  // The UTF-8 bytes of a text without lone surrogates.
  kit.utf8 = (text) => {
    const { length } = text;
    let size = length;
    for (let at = 0; at < length; at++) {
      const unit = charCodeAt(text, at);
      if (unit > 0x7f) size += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2;
    }
    const bytes = new Uint8Array(size);
    write(text, bytes, size);
    return bytes;
  };

  // Writes the text as UTF-8 as far as there is room, whole characters only. Returns how many code units were read, and
  // leaves how many bytes were written in `written`.
  let written = 0;
  function write(text, bytes, room) {
    const { length } = text;
    let to = 0;
    let at = 0;
    for (; at < length; at++) {
      let point = charCodeAt(text, at);
      if (point < 0x80) {
        if (to >= room) break;
        bytes[to++] = point;
      } else if (point < 0x800) {
        if (to + 2 > room) break;
        bytes[to++] = 0xc0 | (point >> 6);
        bytes[to++] = 0x80 | (point & 63);
      } else if ((point & 0xf800) === 0xd800) {
        if (to + 4 > room) break;
        point = 0x10000 + ((point & 0x3ff) << 10) + (charCodeAt(text, ++at) & 0x3ff);
        bytes[to++] = 0xf0 | (point >> 18);
        bytes[to++] = 0x80 | ((point >> 12) & 63);
        bytes[to++] = 0x80 | ((point >> 6) & 63);
        bytes[to++] = 0x80 | (point & 63);
      } else {
        if (to + 3 > room) break;
        bytes[to++] = 0xe0 | (point >> 12);
        bytes[to++] = 0x80 | ((point >> 6) & 63);
        bytes[to++] = 0x80 | (point & 63);
      }
    }
    written = to;
    return at;
  }

  let isEncoder;
  class TextEncoder {
    #own = true;

    static {
      isEncoder = (value) => #own in value;
    }

    get encoding() {
      this.#own;
      return "utf-8";
    }

    encode(input = "") {
      this.#own;
      return kit.utf8(kit.text(input));
    }

    encodeInto(source, destination) {
      this.#own;
      kit.need(2, arguments.length, "encodeInto");
      const text = kit.text(source);
      if (!kit.isView(destination) || kit.typedName(destination) !== "Uint8Array") {
        throw new TypeError("The destination of encodeInto must be a Uint8Array");
      }
      const read = write(text, destination, kit.typedLength(destination));
      return { read, written };
    }
  }

  // Decoders. Each takes bytes into code units, and keeps what the next bytes may complete. `end` is there when none come.
  // Returns undefined for bytes that mean nothing, if that is fatal.
  const fresh = () => ({ __proto__: null, need: 0, point: 0, low: 0x80, high: 0xbf, lead: -1, odd: -1, begun: false, keepsBOM: false });

  function utf8Units(bytes, size, state, end, fatal) {
    const units = new Uint16Array(size + 2);
    let { need, point, low, high } = state;
    let to = 0;
    for (let at = 0; at < size; at++) {
      const byte = bytes[at];
      if (need === 0) {
        if (byte < 0x80) {
          units[to++] = byte;
        } else if (byte >= 0xc2 && byte <= 0xdf) {
          need = 1;
          point = byte & 31;
        } else if (byte >= 0xe0 && byte <= 0xef) {
          if (byte === 0xe0) low = 0xa0;
          if (byte === 0xed) high = 0x9f;
          need = 2;
          point = byte & 15;
        } else if (byte >= 0xf0 && byte <= 0xf4) {
          if (byte === 0xf0) low = 0x90;
          if (byte === 0xf4) high = 0x8f;
          need = 3;
          point = byte & 7;
        } else {
          if (fatal) return undefined;
          units[to++] = REPLACEMENT;
        }
      } else if (byte < low || byte > high) {
        if (fatal) return undefined;
        units[to++] = REPLACEMENT;
        need = 0;
        low = 0x80;
        high = 0xbf;
        at--; // it may begin a character
      } else {
        low = 0x80;
        high = 0xbf;
        point = (point << 6) | (byte & 63);
        if (--need === 0) {
          if (point > 0xffff) {
            units[to++] = 0xd800 | ((point - 0x10000) >> 10);
            units[to++] = 0xdc00 | (point & 0x3ff);
          } else {
            units[to++] = point;
          }
        }
      }
    }
    if (end && need !== 0) {
      if (fatal) return undefined;
      units[to++] = REPLACEMENT;
    }
    state.need = need;
    state.point = point;
    state.low = low;
    state.high = high;
    return finished(units, to, state);
  }

  function utf16Units(bytes, size, state, end, fatal, big) {
    const units = new Uint16Array((size >> 1) + 4);
    let { lead, odd } = state;
    let to = 0;
    for (let at = 0; at < size; at++) {
      if (odd < 0) {
        odd = bytes[at];
        continue;
      }
      const unit = big ? (odd << 8) | bytes[at] : (bytes[at] << 8) | odd;
      odd = -1;
      const kind = unit & 0xfc00;
      if (lead >= 0) {
        if (kind === 0xdc00) {
          units[to++] = lead;
          units[to++] = unit;
          lead = -1;
          continue;
        }
        if (fatal) return undefined;
        units[to++] = REPLACEMENT;
        lead = -1;
      }
      if (kind === 0xd800) {
        lead = unit;
      } else if (kind === 0xdc00) {
        if (fatal) return undefined;
        units[to++] = REPLACEMENT;
      } else {
        units[to++] = unit;
      }
    }
    if (end && (lead >= 0 || odd >= 0)) {
      if (fatal) return undefined;
      units[to++] = REPLACEMENT;
    }
    state.lead = lead;
    state.odd = odd;
    return finished(units, to, state);
  }

  function windowsUnits(bytes, size) {
    const units = new Uint16Array(size);
    for (let at = 0; at < size; at++) {
      const byte = bytes[at];
      units[at] = byte >= 0x80 && byte < 0xa0 ? charCodeAt(WINDOWS, byte - 0x80) : byte;
    }
    return unitsText(units, size);
  }

  function finished(units, length, state) {
    if (length > 0 && !state.begun) {
      state.begun = true;
      if (units[0] === BOM && !state.keepsBOM) {
        return unitsText(new Uint16Array(kit.typedBuffer(units), 2, length - 1), length - 1);
      }
    }
    return unitsText(units, length);
  }

  // Bytes as text, with replacement characters for what is no UTF-8; a byte order mark is kept.
  kit.fromUTF8 = (bytes) => {
    const state = fresh();
    state.begun = true;
    return utf8Units(bytes, kit.typedLength(bytes), state, true, false);
  };

  function trimmed(text) {
    let from = 0;
    let to = text.length;
    const blank = (unit) => unit === 32 || (unit >= 9 && unit <= 13 && unit !== 11);
    while (from < to && blank(charCodeAt(text, from))) from++;
    while (to > from && blank(charCodeAt(text, to - 1))) to--;
    return kit.slice(text, from, to);
  }

  function named(label) {
    const wanted = kit.toLowerCase(trimmed(label));
    for (let at = 0; at < NAMES.length; at++) {
      if (wanted !== "" && kit.indexOf(" " + LABELS[NAMES[at]] + " ", " " + wanted + " ") >= 0) return NAMES[at];
    }
    throw new kit.RangeError(
      `The "${label}" encoding is not supported: there are utf-8, utf-16le, utf-16be and windows-1252 (latin1)`,
    );
  }

  let isDecoder;
  class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #state = undefined;

    static {
      isDecoder = (value) => #encoding in value;
    }

    constructor(label = "utf-8", options = undefined) {
      this.#encoding = named(`${label}`);
      if (options !== undefined && options !== null && typeof options !== "object" && typeof options !== "function") {
        throw new TypeError("The options of a TextDecoder must be an object");
      }
      this.#fatal = !!options?.fatal;
      this.#ignoreBOM = !!options?.ignoreBOM;
    }

    get encoding() {
      return this.#encoding;
    }

    get fatal() {
      return this.#fatal;
    }

    get ignoreBOM() {
      return this.#ignoreBOM;
    }

    decode(input = undefined, options = undefined) {
      const encoding = this.#encoding;
      const bytes = input === undefined ? new Uint8Array(0) : kit.neededBytes(input, "The input of decode");
      const goesOn = !!options?.stream;
      let state = this.#state;
      if (state === undefined) {
        state = fresh();
        state.keepsBOM = this.#ignoreBOM;
      }
      this.#state = goesOn ? state : undefined;
      const size = kit.typedLength(bytes);
      let text;
      if (encoding === "utf-8") {
        text = utf8Units(bytes, size, state, !goesOn, this.#fatal);
      } else if (encoding === "windows-1252") {
        text = windowsUnits(bytes, size);
      } else {
        text = utf16Units(bytes, size, state, !goesOn, this.#fatal, encoding === "utf-16be");
      }
      if (text === undefined) {
        this.#state = undefined;
        throw new TypeError(`The encoded data was not valid for encoding ${encoding}`);
      }
      return text;
    }
  }

  kit.platform("TextEncoder", TextEncoder, isEncoder);
  kit.platform("TextDecoder", TextDecoder, isDecoder);
})
