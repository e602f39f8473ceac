// Checks of numbers that stand for people: cards, bank accounts, national ids, telephone numbers. transform.py does the same.

const BOUND = /[0-9A-Za-z_]/;
const IBAN_LENGTHS = new Map((
  "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 " +
  "GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 " +
  "MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
).split(" ").map((text) => [text.slice(0, 2), Number(text.slice(2))]));
// Country code → the fewest and the most digits after it. Other codes of three digits: 7 to 9.
const CALLING = new Map((
  "1:10-10 7:10-10 20:8-10 27:9-9 30:10-10 31:9-9 32:8-9 33:9-9 34:9-9 36:8-9 39:6-11 40:9-9 41:9-9 43:7-13 44:9-10 45:8-8 46:7-10 47:8-8 " +
  "48:9-9 49:7-12 51:8-9 52:10-11 53:8-8 54:10-11 55:10-11 56:9-9 57:10-10 58:10-10 60:8-10 61:9-9 62:8-12 63:8-10 64:8-10 65:8-8 66:8-9 " +
  "81:9-10 82:8-10 84:9-10 86:9-11 90:10-10 91:10-10 92:9-10 93:9-9 94:9-9 95:7-10 98:10-10 212:9-9 234:8-10 254:9-9 351:9-9 353:7-9 " +
  "354:7-7 356:8-8 357:8-8 358:6-11 370:8-8 371:8-8 372:7-8 380:9-9 385:8-9 386:8-8 420:9-9 421:9-9 852:8-8 853:8-8 880:10-10 886:8-9 " +
  "961:7-8 962:8-9 965:8-8 966:8-9 971:8-9 972:8-9 974:8-8 977:8-10 994:9-9 995:9-9 998:9-9"
).split(" ").map((text) => [text.split(":")[0], text.split(":")[1].split("-").map(Number)]));

function luhn(digits) {
  let total = 0;
  for (let at = 0; at < digits.length; at++) {
    const value = Number(digits[digits.length - 1 - at]) * (1 + (at % 2));
    total += value > 9 ? value - 9 : value;
  }
  return total % 10 === 0;
}

/** The sum of digits times weights, as far as both go. */
function weighted(digits, weights) {
  let total = 0;
  for (let at = 0; at < digits.length && at < weights.length; at++) total += Number(digits[at]) * weights[at];
  return total;
}

const down = (from, to) => Array.from({ length: from - to + 1 }, (_, at) => from - at);

/** The remainder of a number of any length. */
function remainder(digits, by) {
  let value = 0;
  for (const digit of digits) value = (value * 10 + Number(digit)) % by;
  return value;
}

/** Whether these are the digits of a payment card: a network that exists, its length, Luhn's check digit. */
export function is_card(digits) {
  const size = digits.length;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  const between = (value, low, high) => low <= value && value <= high;
  let fits;
  if (digits[0] === "4") fits = [13, 16, 19].includes(size);
  else if (between(two, 51, 55) || between(four, 2221, 2720) || between(four, 2200, 2204)) fits = size === 16;
  else if (two === 34 || two === 37) fits = size === 15;
  else if ([36, 38, 39].includes(two) || between(four, 3000, 3059)) fits = between(size, 14, 19);
  else if (between(four, 3528, 3589) || four === 6011 || between(four, 6440, 6599) || [60, 62, 65].includes(two)) fits = between(size, 16, 19);
  else fits = [5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].includes(four) && between(size, 12, 19);
  return fits && luhn(digits);
}

function date(year, month, day) {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  return m >= 1 && m <= 12 && d >= 1 && d <= 31 && (year === "" || (y >= 1890 && y <= 2035));
}

/** Whether these nine digits may be a social security number, or a taxpayer's. */
export function is_ssn(digits) {
  const area = Number(digits.slice(0, 3));
  const group = Number(digits.slice(3, 5));
  const serial = digits.slice(5) !== "0000";
  if (area >= 900) return ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group <= 99)) && serial;
  return area !== 0 && area !== 666 && group !== 0 && serial;
}

const VERHOEFF = ["0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"];

/** Verhoeff's check: products of the dihedral group of order ten. */
function aadhaar(digits) {
  let value = 0;
  for (let at = 0; at < digits.length; at++) {
    const other = Number(VERHOEFF[at % 8][Number(digits[digits.length - 1 - at])]);
    const low = ((value % 5) + (value >= 5 ? 5 - (other % 5) : other)) % 5;
    value = value >= 5 === other >= 5 ? low : low + 5;
  }
  return value === 0 && !"01".includes(digits[0]);
}

function cpf(digits) {
  const one = ((weighted(digits, down(10, 2)) * 10) % 11) % 10;
  const two = ((weighted(digits, down(11, 2)) * 10) % 11) % 10;
  return digits.slice(9) === `${one}${two}` && digits !== digits[0].repeat(11);
}

function kimlik(digits) {
  const at = (n) => Number(digits[n]);
  const odd = at(0) + at(2) + at(4) + at(6) + at(8);
  const even = at(1) + at(3) + at(5) + at(7);
  return digits[0] !== "0" && (odd * 7 - even + 70) % 10 === at(9) && (odd + even + at(9)) % 10 === at(10);
}

function steuer_id(digits) {
  const head = digits.slice(0, 10);
  const most = Math.max(...Array.from(head, (digit) => head.split(digit).length - 1));
  let product = 10;
  for (const digit of head) product = (((Number(digit) + product) % 10 || 10) * 2) % 11;
  return digits[0] !== "0" && (most === 2 || most === 3) && (11 - product) % 10 === Number(digits[10]);
}

function pesel(digits) {
  const month = Number(digits.slice(2, 4));
  return date("", month % 20, digits.slice(4, 6)) && month <= 92 && weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

function norway(digits) {
  return (
    date("", Number(digits.slice(2, 4)) % 40, Number(digits.slice(0, 2)) % 40) &&
    weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
    weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
  );
}

function belgium(digits) {
  const rest = 97 - Number(digits.slice(9));
  const head = digits.slice(0, 9);
  return date("", Number(digits.slice(2, 4)) % 20, digits.slice(4, 6)) && (rest === remainder(head, 97) || rest === remainder("2" + head, 97));
}

function france(digits) {
  return "12".includes(digits[0]) && Number(digits.slice(3, 5)) >= 1 && 97 - remainder(digits.slice(0, 13), 97) === Number(digits.slice(13));
}

function south_africa(digits) {
  return date("", digits.slice(2, 4), digits.slice(4, 6)) && "012".includes(digits[10]) && "89".includes(digits[11]) && luhn(digits);
}

function romania(digits) {
  const rest = weighted(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return "12345678".includes(digits[0]) && date("", digits.slice(3, 5), digits.slice(5, 7)) && Number(digits[12]) === (rest === 10 ? 1 : rest);
}

function china(text) {
  const rest = weighted(text.slice(0, 17), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11;
  return date(text.slice(6, 10), text.slice(10, 12), text.slice(12, 14)) && text[17].toUpperCase() === "10X98765432"[rest];
}

function korea(digits) {
  return date("", digits.slice(2, 4), digits.slice(4, 6)) && "12345678".includes(digits[6]);
}

/** Sweden's number (Luhn), or Denmark's (by its weights). */
function nordic(digits) {
  if (date("", digits.slice(2, 4), Number(digits.slice(4, 6)) % 60) && luhn(digits)) return true;
  return date("", digits.slice(2, 4), digits.slice(0, 2)) && weighted(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

function cuit(digits) {
  const rest = 11 - (weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return ["20", "23", "24", "27", "30", "33", "34"].includes(digits.slice(0, 2)) && Number(digits[10]) === (rest === 11 ? 0 : rest === 10 ? 9 : rest);
}

function my_number(digits) {
  const rest = weighted(digits.slice(0, 11), [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return Number(digits[11]) === (rest <= 1 ? 0 : 11 - rest);
}

const nhs = (digits) => weighted(digits, down(10, 1)) % 11 === 0;
const bsn = (digits) => weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && digits !== "000000000";
const tfn = (digits) => weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && digits !== "000000000";

function nif(digits) {
  const rest = weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return "1235689".includes(digits[0]) && Number(digits[8]) === (rest < 2 ? 0 : 11 - rest);
}

const sweden_long = (digits) => date(digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)) && luhn(digits.slice(2));

// Ids that are digits alone. Those whose shape and checks leave fewer than one in two hundred by chance stand for themselves,
// the others need a word before them that says what they are.
const ALONE = new Map([[11, [norway, belgium]], [13, [south_africa, romania]], [15, [france]], [18, [china]]]);
const NAMED = new Map([[9, [bsn, tfn, nif, luhn]], [10, [nhs, nordic]], [11, [cpf, kimlik, steuer_id, pesel]], [12, [aadhaar, my_number]], [13, [korea]]]);
const SHAPED = new Map([
  ["3.3.3-2", [cpf]],
  ["4 4 4", [aadhaar]],
  ["4-4-4", [aadhaar]],
  ["6-4", [nordic]],
  ["8-4", [sweden_long]],
  ["6-7", [korea]],
  ["2.2.2-3.2", [belgium]],
  ["2-8-1", [cuit]],
  ["3 3 3", [luhn, tfn]],
  ["3-3-3", [luhn]],
  ["2 3 3 3", [steuer_id]],
  ["1 2 2 2 3 3 2", [france]],
  ["1 2 2 2 3 3-2", [france]],
  ["6 4 2 1", [south_africa]],
]);

/** Whether digits alone ("" as shape) or in groups ("3-2-4") are a national id, by shape and checksum. */
export function is_id(digits, shape) {
  return ((shape ? SHAPED.get(shape) : ALONE.get(digits.length)) ?? []).some((check) => check(digits));
}

/** Whether digits are a national id, if words beside them say that they are one. */
export function is_named_id(digits) {
  return (NAMED.get(digits.length) ?? []).some((check) => check(digits));
}

const DNI = "TRWAGMYFPDXBNJZSQVHLCKE";
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const MONTHS = "ABCDEHLMPRST";
const all_digits = (text) => /^[0-9]+$/.test(text);
const letter_value = (c) => (c > "9" ? parseInt(c, 36) - 10 : Number(c));

/** Whether this is an id that has letters in it: of Spain, Italy, the United Kingdom, Mexico, India, Singapore, … */
export function is_lettered_id(text) {
  const plain = text.toUpperCase().replace(/[- .()+]/g, "");
  const size = plain.length;
  const digits = plain.replace(/[^0-9]/g, "").length;
  if (text.length === 11 && "-+ABCDEFUVWXY".includes(text[6]) && size - digits <= 2 && all_digits(text.slice(0, 6))) {
    const rest = Number(text.slice(0, 6) + text.slice(7, 10)) % 31; // Finland
    return date("", text.slice(2, 4), text.slice(0, 2)) && text[10] === "0123456789ABCDEFHJKLMNPRSTUVWXY"[rest];
  }
  if (text.includes(".")) { // Chile
    const total = Array.from(plain.slice(0, -1)).reverse().reduce((sum, c, at) => sum + Number(c) * (2 + (at % 6)), 0);
    const rest = 11 - (total % 11);
    return plain.at(-1) === (rest === 11 ? "0" : rest === 10 ? "K" : String(rest));
  }
  if (text.at(-1) === ")") { // Hong Kong
    const head = size === 9 ? plain.slice(0, -1) : " " + plain.slice(0, -1);
    const total = Array.from(head).reduce((sum, c, at) => sum + (c === " " ? 36 : parseInt(c, 36)) * (9 - at), 0);
    return (total + parseInt(plain.at(-1), 36)) % 11 === 0;
  }
  if (size === 9 && digits === 8 && DNI.includes(plain[8]) && all_digits(plain.slice(0, 8))) return DNI[Number(plain.slice(0, 8)) % 23] === plain[8];
  if (size === 9 && digits === 7 && "XYZ".includes(plain[0]) && all_digits(plain.slice(1, 8)))
    return DNI[("XYZ".indexOf(plain[0]) * 1e7 + Number(plain.slice(1, 8))) % 23] === plain[8];
  if (size === 9 && digits === 7 && "STFGM".includes(plain[0])) {
    const rest = (weighted(plain.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) + ({ T: 4, G: 4, M: 3 }[plain[0]] ?? 0)) % 11;
    if (plain[0] === "M") return plain[8] === "KLJNPQRTUWX"[10 - rest];
    return plain[8] === ("ST".includes(plain[0]) ? "JZIHGFEDCBA" : "XWUTRQPNMLK")[rest];
  }
  if (size === 9 && digits === 6 && all_digits(plain.slice(2, 8))) // United Kingdom
    return (
      "ABCEGHJKLMNOPRSTWXYZ".includes(plain[0]) &&
      "ABCEGHJKLMNPRSTWXYZ".includes(plain[1]) &&
      !["BG", "GB", "NK", "KN", "TN", "NT", "ZZ"].includes(plain.slice(0, 2))
    );
  if (size === 10 && digits === 9) { // Taiwan
    const area = "ABCDEFGHJKLMNPQRSTUVXYWZIO".indexOf(plain[0]) + 10;
    return (Math.floor(area / 10) + (area % 10) * 9 + weighted(plain.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1])) % 10 === 0;
  }
  if (size === 10) return digits === 4 && text === text.toUpperCase(); // India: no check, but a shape that little else has
  if (size === 16 && digits >= 4) { // Italy
    let total = 0;
    for (let at = 0; at < 15; at++) total += at % 2 ? letter_value(plain[at]) : ODD_VALUES[letter_value(plain[at])];
    return MONTHS.includes(plain[8]) && parseInt(plain[15], 36) - 10 === total % 26;
  }
  if (size === 18 && digits >= 16) return china(plain);
  if (size === 18) { // Mexico
    const order = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ";
    const total = weighted(Array.from(plain.slice(0, 17), (c) => order.indexOf(c)), down(18, 2));
    return date("", plain.slice(6, 8), plain.slice(8, 10)) && (10 - (total % 10)) % 10 === Number(plain[17]);
  }
  return false;
}

/** Where the IBAN that starts here ends, and whether its check holds; [0, false] if there is none. */
export function iban_end(text, start) {
  const size = IBAN_LENGTHS.get(text.slice(start, start + 2).toUpperCase()) ?? 0;
  let [at, plain, last] = [start, "", start];
  while (plain.length < size && at < text.length) {
    const c = text[at];
    if (" -\u00a0\u202f".includes(c) && at === last && plain) {
      at++;
      continue;
    }
    if (!/[0-9A-Za-z]/.test(c)) break;
    plain += c;
    last = ++at;
  }
  if (!size || plain.length < size || BOUND.test(text[last] ?? "")) return [0, false];
  let value = 0;
  for (const c of (plain.slice(4) + plain.slice(0, 4)).toUpperCase()) value = (value * (c <= "9" ? 10 : 100) + parseInt(c, 36)) % 97;
  return [last, value === 1];
}

/** Whether the digits after + or 00 are a number that can be dialled. */
export function is_dialable(text) {
  let digits = text.replaceAll("(0)", "").replace(/[^0-9]+/g, "");
  if (text.startsWith("00")) digits = digits.slice(2);
  for (const size of [1, 2, 3]) {
    const limits = CALLING.get(digits.slice(0, size));
    if (limits) {
      const left = digits.length - size;
      return limits[0] <= left && left <= limits[1] && (size > 1 || digits[0] !== "1" || !"01".includes(digits[1]));
    }
  }
  return !["21", "22"].includes(digits.slice(0, 2)) && "234569".includes(digits[0]) && digits.length >= 10 && digits.length <= 12;
}
