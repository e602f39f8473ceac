// Finds personal data in text by what it looks like. transform.py does the same, with the same patterns: change both.

import { iban_end, is_card, is_dialable, is_id, is_lettered_id, is_named_id, is_ssn } from "@library/identifiers/v1";

const GAP = "(?:[ .()/-]|\u00a0|\u202f|\u2010|\u2011|\u2012|\u2013)";
const DASH = "(?:[ ()/-]|\u00a0|\u202f|\u2010|\u2011|\u2012|\u2013)";
const BLANK = "(?: |-|\u00a0|\u202f)";
const EDGE = String.raw`(?:^|[^0-9A-Za-z_.]|(?:^|[^0-9])\.|\\[bfnrt]|\\u00[01][0-9a-f])`;
export const TRIGGER = [
  String.raw`@|%40`,
  String.raw`(?:[0-9A-Fa-f]{1,4}:){3}|[0-9A-Fa-f]::|::[0-9A-Fa-f]`,
  String.raw`(?:^|[^0-9A-Za-z_./]|//|(?:^|[^0-9])\.|\\[bfnrt])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}`,
  EDGE + "(?:" + [
    String.raw`[0-9]{9}`,
    String.raw`\+[(]?[1-9](?:` + GAP + "{0,3}[0-9]){6}",
    String.raw`\([0-9]{2,5}\)`,
    "(?:[0-9]{1,3}|0[0-9]{3})" + DASH + "{1,2}[0-9](?:" + GAP + "{0,2}[0-9]){5}",
    "[0-9]{5,8}" + DASH + "{1,2}[0-9](?:" + GAP + "{0,2}[0-9]){3}",
    "[0-9]{4}" + DASH + "[0-9]{3}",
    String.raw`[0-9]{6}[-+A-FU-Y][0-9]{3}`,
    String.raw`[0-9]{8}[- ]?[A-Za-z0-9]`,
    String.raw`[0-9]{2,4}\.[0-9]{2,6}\.[0-9]{2,5}`,
    String.raw`[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-`,
    "[A-Za-z]{2}[0-9]{2}" + BLANK + "?[0-9A-Za-z]{4}" + BLANK + "?[0-9A-Za-z]{4}",
    String.raw`[A-Za-z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-Da-d]`,
    String.raw`[XYZxyz][- ]?[0-9]{7}[- ]?[A-Za-z]`,
    String.raw`[A-Za-z]{4,6}[0-9]{2,6}[A-Za-z]`,
    String.raw`[A-Za-z]{1,2}[0-9]{6,8}[0-9A-Za-z(]`,
  ].join("|") + ")",
].join("|");

// Candidates, in the order in which they are tried; the number of the group says which.
const CANDIDATE = new RegExp(
  String.raw`(?<![0-9A-Za-z_])(?=[+(0-9]|[A-Za-z]{1,6}[- ]?[0-9])(?:` +
  String.raw`([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z_])` + // 1 not personal: UUIDs, dates
  String.raw`|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2})?(?![-/.]?[0-9A-Za-z_])` +
  String.raw`|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}(?![-/.]?[0-9A-Za-z_]))` +
  String.raw`|(?<!\.)([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9A-Za-z_]|\.[0-9]|-[A-Za-z])` + // 2 IPv4
  String.raw`|([A-Za-z]{2}[0-9]{2}` + BLANK + "?[0-9A-Za-z]{4}" + BLANK + String.raw`?[0-9A-Za-z]{4})` + // 3 the beginning of an IBAN
  String.raw`|((?:[0-9]{8}[- ]?[A-Za-z]|[XYZxyz][- ]?[0-9]{7}[- ]?[A-Za-z]|[A-Za-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]` + // 4 ids
  String.raw`|[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]|[A-Za-z]{4}[0-9]{6}[HMhm][A-Za-z]{5}[0-9A-Za-z][0-9]` +
  String.raw`|[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]|[STFGMstfgm][0-9]{7}[A-Za-z]|[A-Z][1289][0-9]{8}|[1-9][0-9]{16}[Xx]` +
  String.raw`|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9kK]|[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])(?![0-9A-Za-z_]|-[0-9])` +
  String.raw`|[A-Z]{1,2}[0-9]{6}\([0-9A]\))` +
  String.raw`|(\+[(]?[1-9](?:` + GAP + String.raw`{0,3}[0-9]){6,14}|00[ .-]?[1-9](?:` + GAP + String.raw`{0,3}[0-9]){7,13})(?![0-9A-Za-z_])` + // 5 +…
  String.raw`|(?<!^\.)(?<![^A-Za-z]\.)(?<![0-9],)((?:\((?=[0-9]{2,5}\)))?[0-9](?:` + GAP + String.raw`{0,2}[0-9]){6,22})(?![0-9A-Za-z_]|,[0-9])` + // 6 digits in groups
  String.raw`)`,
  "g",
);
const SIX = new RegExp(
  String.raw`(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{0,4}|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9A-Za-z_:]|\.[0-9]|%[0-9])`,
  "g",
);
const AUTHORITY = new RegExp(
  String.raw`[^\s/?#"'<>\\]{0,256}`,
  "y",
);
const LOCAL = new RegExp(
  String.raw`[0-9A-Za-z.'+_%\u00a1-\ud7ff\uf900-\uffef-]{1,64}`,
  "y",
);
const DOMAIN = new RegExp(
  String.raw`(?:[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef](?:[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef-]{0,62})\.){1,8}(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z\u00a1-\ud7ff\uf900-\uffef]{2,63})(?![0-9A-Za-z_])`,
  "y",
);
const NOT_DOMAIN = new RegExp(
  String.raw`[0-9]+\.[0-9]+\.|[0-9]x\.(?:png|jpe?g|gif|webp|svg)$|.*\.(?:png|jpe?g|gif|webp|svg|css|html?|json|ya?ml|tsx?|exe)$`,
  "y",
);
const AFTER_WORD = "(?:[^0-9a-zà-ÿ][^0-9]{0,15})?(?!.|\n)";
const VERSION = new RegExp(
  "(?:^|[^a-z])(?:version|ver|build|firmware|release|revision|rev|v)[ .:#=-]{0,3}(?!.|\n)",
);
const PHONE_WORD = new RegExp(
  "(?:^|[^a-zà-ÿ])(?:phones?|t[eé]l|telephone|mobile|cell|call|fax|whatsapp|sms|text me at|dial|ring|reach (?:me|us) (?:on|at)|contact|telefon|" +
  "tel[eé]fono|m[oó]vil|celular|telefone|t[eé]l[eé]phone|portable|appele[rz]?|handy|anrufen|mobil|gsm|telefoon|cellulare|chiam[ai]|chiamare|" +
  "llam[ae]|llamar|ligue|ph|msisdn|телефон|тел|电话|手机|電話)(?:nummer|number|nr|no)?" + AFTER_WORD,
);
const SSN_WORD = new RegExp(
  "(?:^|[^a-z])(?:ssn|social security|social sec|itin)" + AFTER_WORD,
);
const ID_WORD = new RegExp(
  "(?:^|[^a-zà-ÿ])(?:pesel|bsn|burgerservicenummer|nhs|sin|tfn|tax file|cpf|tckn|t\\.?c\\.? kimlik|kimlik|steuer-?id|steueridentifikationsnummer|idnr|" +
  "personnummer|cpr|fødselsnummer|aadhaar|nif|contribuinte|cnp|my number|マイナンバー|national id|identity|id number|passport|tax id|dni|rut|nir|" +
  "insee|curp)" + AFTER_WORD,
);
const TOKEN = /[+(]*[0-9A-Za-z]*/y;
const BOUND = /[0-9A-Za-z_]/;

/** What a sticky pattern matches at a place, "" for nothing. */
function matched(pattern, text, at = 0) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? "" : found[0];
}

/** Whether groups of digits are a phone number as people of some country write it. `called`: the words before say so. */
function national(digits, lengths, gaps, opened, called) {
  const size = digits.length;
  const first = lengths[0];
  const row = lengths.join();
  if (called) return size >= 7 && size <= 13 && !(size === 8 && ["19", "20"].includes(digits.slice(0, 2)) && (first === 4 || first === 8));
  if (lengths.length === 1) return false;
  const ten = size === 11 && digits[0] === "1" ? digits.slice(1) : digits;
  if (row.endsWith("3,3,4") && ten.length === 10 && lengths.length === (size === 10 ? 3 : 4))
    if (ten[0] > "1" && ten[3] > "1" && ten.slice(1, 3) !== "11") return true;
  if (opened && first >= 2 && first <= 5 && gaps[0].includes(")")) return size >= 8 && size <= 12;
  if (
    digits[0] === "0" && digits[1] !== "0" && size >= 9 && size <= 12 && first >= 2 && first <= 5 &&
    Math.max(...lengths) <= 8 && Math.min(...lengths.slice(0, -1)) >= 2
  ) {
    const dots = gaps.filter((gap) => gap.includes(".")).length;
    const dated = first === 2 && lengths[1] === 4 && ["19", "20"].includes(digits.slice(2, 4));
    return lengths.length <= 6 && (dots === 0 || dots >= 2) && !dated;
  }
  if (digits[0] === "8" && row === "1,3,3,2,2") return true;
  if (row === "5,5") return "6789".includes(digits[0]) && ["-", " ", "\u00a0", "\u202f"].includes(gaps[0]);
  if (row === "3,4,4") return digits[0] === "1" && digits[1] > "2";
  return row === "3,2,2,2" && "6789".includes(digits[0]);
}

const CODES = "#-_/$€£";

/** The kind of a number in groups, or "". `inner`: it is a part of a longer row of groups. */
function judge(digits, lengths, gaps, opened, text, start, inner) {
  const size = digits.length;
  const alone = lengths.length === 1;
  const shape = alone ? "" : lengths.map((n, at) => n + (at < gaps.length ? gaps[at].trim() || " " : "")).join("");
  const even = new Set(gaps).size <= 1;
  const identified = !inner && is_id(digits, shape);
  const row = alone || (even && lengths[0] === 4 && gaps[0].length === 1);
  if (size >= 12 && size <= 19 && !(identified && alone) && row && is_card(digits)) return "card";
  const before = text.slice(Math.max(0, start - 40), start).toLowerCase();
  if ((shape === "3-2-4" || shape === "3 2 4") && is_ssn(digits)) return "ssn";
  if (identified && !((shape === "3 3 3" || shape === "3-3-3") && PHONE_WORD.test(before))) return "national_id";
  if (!alone && size === 15 && lengths[0] === 1 && is_id(digits, "")) return "national_id"; // France's, in any groups
  if (inner) return "";
  if (before) {
    if (size === 9 && SSN_WORD.test(before) && is_ssn(digits)) return "ssn";
    if (ID_WORD.test(before) && is_named_id(digits)) return "national_id";
  }
  const called = before !== "" && PHONE_WORD.test(before);
  const coded = start > 0 && CODES.includes(text[start - 1]);
  return !coded && national(digits, lengths, gaps, opened, called) ? "phone" : "";
}

/** Findings among groups of digits: all of them together first, then fewer. */
function groups(text, start, chunk) {
  let parts = chunk.match(/[0-9]+|[^0-9]+/g);
  const opened = parts[0] === "(";
  if (opened) {
    start++;
    parts = parts.slice(1);
  }
  const digits = parts.filter((_, at) => at % 2 === 0);
  const gaps = parts.filter((_, at) => at % 2 === 1);
  const starts = [];
  for (let nth = 0, at = start; nth < digits.length; nth++) {
    starts.push(at);
    at += digits[nth].length + (gaps[nth]?.length ?? 0);
  }
  const found = [];
  let first = 0;
  while (first < digits.length) {
    let behind = first + 1;
    for (let last = Math.min(first + 6, digits.length - 1); last >= first; last--) {
      const joined = digits.slice(first, last + 1).join("");
      if (joined.length < 7) break;
      const left = first ? gaps[first - 1] : "";
      const right = last < gaps.length ? gaps[last] : "";
      const inside = gaps.slice(first, last);
      const apart = [left, right].every((gap) => gap === "" || (!inside.includes(gap) && " /(".includes(gap[0])));
      const led = opened && first === 0;
      const begin = starts[first] - (led ? 1 : 0);
      const lengths = digits.slice(first, last + 1).map((run) => run.length);
      const kind = judge(joined, lengths, inside, led || left.endsWith("("), text, begin, !apart);
      if (kind) {
        found.push([begin - (left.endsWith("(") ? 1 : 0), starts[last] + digits[last].length, kind]);
        behind = last + 1;
        break;
      }
    }
    first = behind;
  }
  return found;
}

function numbers(text, found) {
  let at = 0;
  for (;;) {
    CANDIDATE.lastIndex = at;
    const match = CANDIDATE.exec(text);
    if (match === null) return;
    const which = match.findIndex((group, nth) => nth > 0 && group !== undefined);
    const start = match.index;
    const matched_end = start + match[0].length;
    let end = matched_end;
    let fresh = [];
    if (which === 2) {
      const versioned = text[start - 1] === "/" && BOUND.test(text[start - 2] ?? "");
      const low = match[2].split(".").every((part) => Number(part) < 256);
      if (!versioned && low && !VERSION.test(text.slice(Math.max(0, start - 14), start).toLowerCase())) fresh = [[start, end, "ip"]];
    } else if (which === 3) {
      const [last, right] = iban_end(text, start);
      if (last) {
        fresh = right ? [[start, last, "iban"]] : [];
        end = last;
      }
    } else if (which === 4) {
      if (is_lettered_id(match[0])) fresh = [[start, end, "national_id"]];
      else if (!/[A-Za-z]/.test(match[0])) fresh = groups(text, start, match[0]);
    } else if (which === 5) {
      if (is_dialable(match[0])) fresh = [[start, end, "phone"]];
    } else if (which === 6) fresh = groups(text, start, match[0]);
    found.push(...fresh);
    // Nothing was meant here: go on behind its first word. Never twice from the same place.
    const through = fresh.length || which === 1 || which === 2 || which === 6 || (which === 3 && end > matched_end);
    at = through ? end : Math.max(start + matched(TOKEN, text, start).length, start + 1);
  }
}

/** E-mail addresses, read outwards from every @. */
function addresses(text, found) {
  let at = 0;
  let plain = text.indexOf("@");
  let coded = text.indexOf("%40");
  for (;;) {
    if (plain >= 0 && plain < at) plain = text.indexOf("@", at);
    if (coded >= 0 && coded < at) coded = text.indexOf("%40", at);
    if (plain < 0 && coded < 0) return;
    const sign = coded < 0 || (plain >= 0 && plain < coded) ? plain : coded;
    const behind = sign + (sign === plain ? 1 : 3);
    const back = text.slice(Math.max(at, sign - 64), sign).split("").reverse().join("");
    at = behind;
    const whole = matched(LOCAL, back).split("").reverse().join("");
    if (!whole) continue;
    let local = whole;
    if (sign === coded) {
      const cut = Math.max(local.lastIndexOf("%3D"), local.lastIndexOf("%3d"), local.lastIndexOf("%26"));
      if (cut >= 0) local = local.slice(cut + 3);
    }
    local = local.replace(/^[.'%]+/, "");
    const domain = matched(DOMAIN, text, behind);
    if (!local || local.endsWith(".") || !domain || matched(NOT_DOMAIN, domain.toLowerCase())) continue;
    const end = behind + domain.length;
    const start = sign - whole.length + whole.lastIndexOf(local);
    if (local === "git" && (text[end] === ":" || text.slice(Math.max(0, start - 2), start) === "//")) continue;
    found.push([start, end, "email"]);
    at = end;
  }
}

/** User names and passwords in URLs. */
function credentials(text, found) {
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    const authority = matched(AUTHORITY, text, at + 3);
    const sign = authority.lastIndexOf("@");
    if (sign > 0 && !["git", "hg", "svn"].includes(authority.slice(0, sign))) found.push([at + 3, at + 3 + sign, "url_credentials"]);
  }
}

/** IPv6 addresses. */
function sixes(text, found) {
  let at = 0;
  for (;;) {
    SIX.lastIndex = at;
    const match = SIX.exec(text);
    if (match === null) return;
    const start = match.index;
    const word = match[0];
    const end = start + word.length;
    at = end;
    if (start && (BOUND.test(text[start - 1]) || text[start - 1] === ":" || text[start - 1] === ".")) {
      at = start + 1;
      continue;
    }
    const parts = word.split(":");
    const filled = parts.filter((part) => part);
    const double = word.split("::").length - 1;
    const count = filled.length + (parts.at(-1).includes(".") ? 1 : 0);
    if ((word[0] === ":" && !word.startsWith("::")) || (word.endsWith(":") && !word.endsWith("::")) || word.includes(":::")) continue;
    const right = double === 0 ? count === 8 : double === 1 && count <= 7 && (count > 1 || word.startsWith("::"));
    const plain = /[0-9]/.test(word) && !(count === 8 && filled.every((part) => part.length === 2));
    if (right && plain && (double === 0 || count > 1 || word === "::1")) found.push([start, end, "ip"]);
  }
}

/** What of the wanted kinds (an array) is found in a text: [start, end, kind], in order, none inside another. */
export function scan(text, wanted) {
  let found = [];
  if (text.includes("@") || text.includes("%40")) {
    if (text.includes("://") && text.includes("@")) credentials(text, found);
    addresses(text, found);
  }
  if (text.indexOf(":") !== text.lastIndexOf(":")) sixes(text, found);
  if (/[0-9]/.test(text)) numbers(text, found);
  if (found.length > 1) {
    const order = (span) => (span[2] === "url_credentials" ? 0 : 1);
    found.sort((one, two) => one[0] - two[0] || order(one) - order(two) || two[1] - one[1]);
    let end = -1;
    found = found.filter((span) => span[0] >= end && ((end = span[1]), true));
  }
  return found.filter((span) => wanted.includes(span[2]));
}

/** One spelling of all those that a value has, so that the same person has the same hash. */
export function normal_text(text, kind) {
  if (kind === "email") return text.trim().replaceAll("%40", "@").toLowerCase();
  if (kind === "phone") {
    const plain = text.replaceAll("(0)", "").replace(/[^0-9]+/g, "");
    return text.trim().startsWith("+") ? "+" + plain : plain.startsWith("00") ? "+" + plain.slice(2) : plain;
  }
  if (["card", "iban", "ssn", "national_id"].includes(kind)) return text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return kind === "ip" ? text.trim().toLowerCase() : text;
}

const SIGN = /[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef]/;
const LEFT_OPEN = new Map([["phone", 2], ["card", 4], ["iban", 4], ["ssn", 4], ["national_id", 2]]);

/** The text with most of it as asterisks: its shape, a domain or the last digits stay. */
export function masked_text(text, kind) {
  if (kind === "email") {
    const at = Math.max(text.lastIndexOf("@"), text.lastIndexOf("%40"));
    return at > 0 ? Array.from(text)[0] + "***" + text.slice(at) : "***";
  }
  if (kind === "ip") {
    const dot = text.lastIndexOf(".");
    return dot > 0 ? text.slice(0, dot + 1) + "***" : text.split(":")[0] + ":***";
  }
  const open = LEFT_OPEN.get(kind);
  if (open === undefined) return "***";
  const all = Array.from(text);
  let left = all.filter((c) => SIGN.test(c)).length;
  if (left > 2 * open) left -= open;
  return all.map((c) => (left && SIGN.test(c) ? (left--, "*") : c)).join("");
}
