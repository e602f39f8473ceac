// crypto, as in WebCrypto: random values, SHA digests and HMAC keys. Bytes cross to the host side as text, a character each.
(function (kit) {
  "use strict";
  const { text, need, ask, textBytes, unitsText, typedName, DOMException, TypeError, neededBytes, charCodeAt } = kit;
  const HEX = "0123456789abcdef";
  const MOST_RANDOM = 65536;
  const INTEGERS = {
    __proto__: null, Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Int16Array: 1, Uint16Array: 1, Int32Array: 1,
    Uint32Array: 1, BigInt64Array: 1, BigUint64Array: 1,
  };
  // The size in bits of a key that is made for a hash, and what JSON Web Keys call the algorithm.
  const HASHES = {
    __proto__: null,
    "SHA-1": { __proto__: null, block: 512, jwk: "HS1" },
    "SHA-256": { __proto__: null, block: 512, jwk: "HS256" },
    "SHA-384": { __proto__: null, block: 1024, jwk: "HS384" },
    "SHA-512": { __proto__: null, block: 1024, jwk: "HS512" },
  };

  const failure = (name, message) => new DOMException(message, name);
  const bytesText = (bytes) => unitsText(bytes, kit.typedLength(bytes));
  const bufferOf = (characters) => kit.typedBuffer(textBytes(characters));

  // The name of an algorithm, and the object that has its parameters.
  function algorithmOf(given) {
    if ((typeof given !== "object" || given === null) && typeof given !== "function") {
      return { __proto__: null, name: kit.toUpperCase(`${given}`), from: undefined };
    }
    if (given.name === undefined) throw new TypeError("An algorithm needs a name");
    return { __proto__: null, name: kit.toUpperCase(`${given.name}`), from: given };
  }

  function hashOf(given) {
    if (given === undefined) throw new TypeError("The algorithm HMAC needs a hash");
    const { name } = algorithmOf(given);
    if (HASHES[name] === undefined) throw failure("NotSupportedError", "Unrecognized algorithm name: there are SHA-1, SHA-256, SHA-384 and SHA-512");
    return name;
  }

  function hmacOnly(given) {
    const algorithm = algorithmOf(given);
    if (algorithm.name !== "HMAC") throw failure("NotSupportedError", "Unrecognized algorithm name: there is HMAC");
    return algorithm;
  }

  function usagesOf(given) {
    const asked = kit.sequence(given);
    let sign = false;
    let verify = false;
    for (let at = 0; at < asked.length; at++) {
      const usage = text(asked[at]);
      if (usage === "sign") sign = true;
      else if (usage === "verify") verify = true;
      else throw failure("SyntaxError", "Unsupported key usage for an HMAC key");
    }
    if (!sign && !verify) throw failure("SyntaxError", "Usages cannot be empty when importing a secret key.");
    return { __proto__: null, sign, verify };
  }

  const usageList = ({ sign, verify }) => (sign ? (verify ? ["sign", "verify"] : ["sign"]) : ["verify"]);

  let isKey;
  let isSubtle;
  let isCrypto;
  let innerKey;
  const MAKER = kit.create(null);

  class CryptoKey {
    #inner;
    #algorithm;
    #usages;

    static {
      isKey = (value) => #inner in value;
      innerKey = (value) => {
        if ((typeof value !== "object" && typeof value !== "function") || value === null || !(#inner in value)) {
          throw new TypeError("The key must be a CryptoKey");
        }
        return value.#inner;
      };
    }

    constructor(maker, inner) {
      if (maker !== MAKER) throw new TypeError("Illegal constructor");
      this.#inner = inner;
      this.#algorithm = { name: "HMAC", hash: { name: inner.hash }, length: inner.bits };
      this.#usages = usageList(inner.usages);
    }

    get type() {
      this.#inner;
      return "secret";
    }

    get extractable() {
      return this.#inner.extractable;
    }

    get algorithm() {
      return this.#algorithm;
    }

    get usages() {
      return this.#usages;
    }
  }

  function makeKey(characters, hash, bits, extractable, usages) {
    return new CryptoKey(MAKER, { __proto__: null, characters, hash, bits, extractable, usages });
  }

  // The bits that an algorithm asks for, or else those that there are.
  function keyed(characters, hash, length, extractable, usages) {
    const size = characters.length * 8;
    if (size === 0) throw failure("DataError", "Zero-length key is not supported");
    let bits = size;
    if (length !== undefined) {
      bits = +length;
      if (!(bits > size - 8 && bits <= size)) throw failure("DataError", "Invalid key length");
      if (bits % 8 !== 0) throw failure("NotSupportedError", "Only keys of whole bytes are supported");
    }
    return makeKey(characters, hash, bits, extractable, usages);
  }

  const urlSafe = (character) => (character === "+" ? "-" : character === "/" ? "_" : character);

  function toBase64Url(characters) {
    const plain = kit.toBase64(characters);
    let out = "";
    for (let at = 0; at < plain.length && plain[at] !== "="; at++) out += urlSafe(plain[at]);
    return out;
  }

  function fromBase64Url(letters) {
    let plain = "";
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at];
      if (letter === "+" || letter === "/" || letter === "=") return undefined;
      plain += letter === "-" ? "+" : letter === "_" ? "/" : letter;
    }
    return kit.fromBase64(plain);
  }

  function fromJwk(jwk, hash, extractable, usages) {
    if (typeof jwk !== "object" || jwk === null) throw new TypeError("The key data must be a JSON Web Key");
    if (jwk.kty !== "oct") throw failure("DataError", "Invalid JWK \"kty\" Parameter");
    const characters = jwk.k === undefined ? undefined : fromBase64Url(`${jwk.k}`);
    if (characters === undefined) throw failure("DataError", "Invalid JWK \"k\" Parameter");
    if (jwk.alg !== undefined && jwk.alg !== HASHES[hash].jwk) throw failure("DataError", "JWK \"alg\" does not match the requested algorithm");
    if (jwk.use !== undefined && jwk.use !== "sig") throw failure("DataError", "Invalid JWK \"use\" Parameter");
    if (jwk.ext === false && extractable) throw failure("DataError", "JWK \"ext\" Parameter and extractable mismatch");
    if (jwk.key_ops !== undefined) {
      const listed = kit.sequence(jwk.key_ops);
      const has = (usage) => {
        for (let at = 0; at < listed.length; at++) {
          if (listed[at] === usage) return true;
        }
        return false;
      };
      if ((usages.sign && !has("sign")) || (usages.verify && !has("verify"))) {
        throw failure("DataError", "Key operations and usage mismatch");
      }
    }
    return characters;
  }

  function signature(key, data) {
    const { hash, characters } = key;
    return ask("hmac", hash + "\n" + characters.length + "\n" + characters + bytesText(data));
  }

  class SubtleCrypto {
    #own = true;

    static {
      isSubtle = (value) => #own in value;
    }

    constructor(maker) {
      if (maker !== MAKER) throw new TypeError("Illegal constructor");
    }

    async digest(algorithm, data) {
      this.#own;
      need(2, arguments.length, "digest");
      const { name } = algorithmOf(algorithm);
      const bytes = neededBytes(data, "The data of digest");
      if (HASHES[name] === undefined) {
        throw failure("NotSupportedError", "Unrecognized algorithm name: there are SHA-1, SHA-256, SHA-384 and SHA-512");
      }
      return bufferOf(ask("digest", name + "\n" + bytesText(bytes)));
    }

    async importKey(format, keyData, algorithm, extractable, keyUsages) {
      this.#own;
      need(5, arguments.length, "importKey");
      const kind = text(format);
      const { from } = hmacOnly(algorithm);
      const hash = hashOf(from?.hash);
      const { length } = from;
      const usages = usagesOf(keyUsages);
      if (kind === "raw") return keyed(bytesText(neededBytes(keyData, "The key data")), hash, length, !!extractable, usages);
      if (kind === "jwk") return keyed(fromJwk(keyData, hash, !!extractable, usages), hash, length, !!extractable, usages);
      throw failure("NotSupportedError", `Unable to import HMAC key with format ${kind}`);
    }

    async exportKey(format, key) {
      this.#own;
      need(2, arguments.length, "exportKey");
      const kind = text(format);
      const inner = innerKey(key);
      if (!inner.extractable) throw failure("InvalidAccessError", "key is not extractable");
      if (kind === "raw") return bufferOf(inner.characters);
      if (kind !== "jwk") throw failure("NotSupportedError", `Unable to export HMAC key with format ${kind}`);
      const k = toBase64Url(inner.characters);
      return { key_ops: usageList(inner.usages), ext: true, kty: "oct", k, alg: HASHES[inner.hash].jwk };
    }

    async generateKey(algorithm, extractable, keyUsages) {
      this.#own;
      need(3, arguments.length, "generateKey");
      const { from } = hmacOnly(algorithm);
      const hash = hashOf(from?.hash);
      const { length } = from;
      const bits = length === undefined ? HASHES[hash].block : +length;
      const usages = usagesOf(keyUsages);
      if (!(bits > 0 && bits % 8 === 0 && bits <= 8 * MOST_RANDOM)) throw failure("OperationError", "Invalid key length");
      return makeKey(ask("random", kit.String(bits / 8)), hash, bits, !!extractable, usages);
    }

    async sign(algorithm, key, data) {
      this.#own;
      need(3, arguments.length, "sign");
      hmacOnly(algorithm);
      const inner = innerKey(key);
      const bytes = neededBytes(data, "The data of sign");
      if (!inner.usages.sign) throw failure("InvalidAccessError", "Unable to use this key to sign");
      return bufferOf(signature(inner, bytes));
    }

    async verify(algorithm, key, signed, data) {
      this.#own;
      need(4, arguments.length, "verify");
      hmacOnly(algorithm);
      const inner = innerKey(key);
      const given = neededBytes(signed, "The signature of verify");
      const bytes = neededBytes(data, "The data of verify");
      if (!inner.usages.verify) throw failure("InvalidAccessError", "Unable to use this key to verify");
      const right = signature(inner, bytes);
      let difference = kit.typedLength(given) ^ right.length;
      for (let at = 0; at < right.length; at++) difference |= given[at] ^ charCodeAt(right, at); // in the same time for all
      return difference === 0;
    }
  }

  const subtle = new SubtleCrypto(MAKER);

  class Crypto {
    #own = true;

    static {
      isCrypto = (value) => #own in value;
    }

    constructor(maker) {
      if (maker !== MAKER) throw new TypeError("Illegal constructor");
    }

    get subtle() {
      this.#own;
      return subtle;
    }

    getRandomValues(array) {
      this.#own;
      need(1, arguments.length, "getRandomValues");
      if (!kit.isView(array) || INTEGERS[typedName(array)] === undefined) {
        throw failure("TypeMismatchError", "The data argument must be an integer-type TypedArray");
      }
      const bytes = neededBytes(array, "The argument of getRandomValues");
      const size = kit.typedLength(bytes);
      if (size > MOST_RANDOM) {
        throw failure("QuotaExceededError", `The requested length exceeds ${MOST_RANDOM} bytes`);
      }
      if (size > 0) kit.copyInto(bytes, textBytes(ask("random", kit.String(size))));
      return array;
    }

    randomUUID() {
      this.#own;
      const random = ask("random", "16");
      let out = "";
      for (let at = 0; at < 16; at++) {
        let byte = charCodeAt(random, at);
        if (at === 6) byte = (byte & 0x0f) | 0x40;
        if (at === 8) byte = (byte & 0x3f) | 0x80;
        if (at === 4 || at === 6 || at === 8 || at === 10) out += "-";
        out += HEX[byte >> 4] + HEX[byte & 15];
      }
      return out;
    }
  }

  kit.platform("CryptoKey", CryptoKey, isKey);
  kit.platform("SubtleCrypto", SubtleCrypto, isSubtle);
  kit.platform("Crypto", Crypto, isCrypto);
  kit.global("crypto", new Crypto(MAKER));
})
