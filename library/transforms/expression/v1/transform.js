// Conditions over events, such as `type == "track" and properties.price > 10`: compiled once, without running any code.

import { matcher } from "@library/names/v1";
import { finder } from "@library/paths/v1";

const NAME = String.raw`[\p{L}\p{M}_$@](?:[\p{L}\p{M}\p{N}_$@-]|\\.)*`;
const LATER = String.raw`[\p{L}\p{M}\p{N}_$@-](?:[\p{L}\p{M}\p{N}_$@-]|\\.)*`;
const TOKEN = new RegExp(
  [
    String.raw`\s*(?:(?<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?)`,
    String.raw`|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')`,
    String.raw`|(?<path>(?:\*\*?\.)*${NAME}(?:\.(?:\*\*?|${LATER})|\[(?:\*|-?[0-9]+|"(?:[^"\\]|\\.)*")?\])*)`,
    String.raw`|(?<sign>==|!=|<=|>=|&&|\|\||[<>!\(\)\[\],]))`,
  ].join(""),
  "suy",
);
const SIGNS = { "&&": "and", "||": "or", "!": "not" };
const WORDS = new Set("and or not in contains startsWith endsWith like true false null".split(" "));
const CONSTANTS = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "like"];
const DEEPEST = 50;

/** A function that says whether the condition holds for an event. Throws, naming the parameter and the character. */
export function condition(text, name = "when") {
  return new Parser(text, name).whole();
}

/** Whether the condition holds for the event. */
export function holds(event, text) {
  return condition(text)(event);
}

class Parser {
  constructor(text, name) {
    this.text = text;
    this.name = name;
    this.at = 0;
    this.depth = 0;
    this.tokens = this.read();
  }

  wrong(what, place) {
    return new SyntaxError(`parameters.${this.name}: ${what} at character ${[...this.text.slice(0, place)].length + 1}`);
  }

  read() {
    const tokens = [];
    const end = this.text.trimEnd().length;
    for (let at = 0; at < end; ) {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(this.text);
      if (!found) throw this.wrong("this cannot be read", end - this.text.slice(at, end).trimStart().length);
      let [kind, value] = Object.entries(found.groups).find(([, part]) => part !== undefined);
      const place = TOKEN.lastIndex - value.length;
      if (kind === "path" && WORDS.has(value)) kind = "sign";
      if (kind === "sign") value = Object.hasOwn(SIGNS, value) ? SIGNS[value] : value;
      tokens.push({ kind, value, place });
      at = TOKEN.lastIndex;
    }
    return [...tokens, { kind: "end", value: "", place: end }];
  }

  take(...values) {
    const { kind, value } = this.tokens[this.at];
    if (kind !== "sign" || !values.includes(value)) return "";
    this.at++;
    return value;
  }

  need(value) {
    if (!this.take(value)) throw this.wrong(`'${value}' is missing`, this.tokens[this.at].place);
  }

  whole() {
    const made = this.alternatives();
    const { kind, value, place } = this.tokens[this.at];
    if (kind !== "end") throw this.wrong(`'${value}' is too much`, place);
    return made;
  }

  alternatives() {
    if (++this.depth > DEEPEST) throw this.wrong("there are too many parentheses", this.tokens[this.at].place);
    const parts = [this.conjunction()];
    while (this.take("or")) parts.push(this.conjunction());
    this.depth--;
    return parts.length === 1 ? parts[0] : (event) => parts.some((part) => part(event));
  }

  conjunction() {
    const parts = [this.negation()];
    while (this.take("and")) parts.push(this.negation());
    return parts.length === 1 ? parts[0] : (event) => parts.every((part) => part(event));
  }

  negation() {
    let negated = false;
    while (this.take("not")) negated = !negated;
    const inner = this.comparison();
    return negated ? (event) => !inner(event) : inner;
  }

  comparison() {
    if (this.take("(")) {
      const inner = this.alternatives();
      this.need(")");
      return inner;
    }
    const left = this.value();
    const before = this.at;
    const negated = Boolean(this.take("not"));
    const sign = this.take(...COMPARISONS);
    if (!sign) {
      this.at = before;
      return (event) => left(event).some(isTrue);
    }
    if (negated && sign !== "in")
      throw this.wrong("'not' may stand before 'in' only, or before the whole condition", this.tokens[before].place);
    if (sign === "like") {
      const { kind, value, place } = this.tokens[this.at];
      if (kind !== "text") throw this.wrong("'like' wants a text", place);
      this.at++;
      const likes = matcher([unquoted(value)]);
      return (event) => left(event).some(likes);
    }
    const right = this.value();
    const compare = COMPARE[sign === "!=" ? "==" : sign];
    const holdsFor = (event) => {
      const others = right(event);
      return left(event).some((a) => others.some((b) => compare(a, b)));
    };
    return negated || sign === "!=" ? (event) => !holdsFor(event) : holdsFor;
  }

  value() {
    const { kind, value, place } = this.tokens[this.at++];
    if (kind === "number" || kind === "text") {
      const constant = [kind === "number" ? Number(value) : unquoted(value)];
      return () => constant;
    }
    if (kind === "sign" && CONSTANTS.has(value)) {
      const constant = [CONSTANTS.get(value)];
      return () => constant;
    }
    if (kind === "sign" && value === "[") return this.listed();
    if (kind !== "path") throw this.wrong("a value is missing", place);
    if (!this.take("(")) return reader(value);
    if (!Object.hasOwn(FUNCTIONS, value))
      throw this.wrong(`there is no function '${value}'; known: lower, length, exists`, place);
    const inner = this.value();
    this.need(")");
    return (event) => FUNCTIONS[value](inner(event));
  }

  listed() {
    const items = [];
    while (!this.take("]")) {
      if (items.length) this.need(",");
      items.push(this.value());
    }
    return (event) => [items.flatMap((item) => item(event))];
  }
}

const unquoted = (text) => text.slice(1, -1).replace(/\\(.)/gs, "$1");

function reader(path) {
  const find = finder(path);
  return (event) => {
    const found = find(event);
    return found.length ? found.map(([container, key]) => container[key]) : [null];
  };
}

function length(value) {
  if (typeof value === "string") return [...value].length;
  return value !== null && typeof value === "object" ? Object.keys(value).length : null;
}

const FUNCTIONS = {
  lower: (values) => values.map((value) => (typeof value === "string" ? value.toLowerCase() : value)),
  length: (values) => values.map(length),
  exists: (values) => [values.some((value) => value !== null)],
};

function isTrue(value) {
  return value !== null && typeof value === "object" ? Object.keys(value).length > 0 : Boolean(value);
}

function equal(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  const keys = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

function contains(a, b) {
  if (typeof a === "string") return typeof b === "string" && a.includes(b);
  return Array.isArray(a) && a.some((item) => equal(item, b));
}

const ordered = (a, b) => typeof a === typeof b && (typeof a === "number" || typeof a === "string");

/** Below 0, 0 or above, as Python orders numbers, and texts by their characters. */
function order(a, b) {
  if (typeof a === "number") return a - b;
  if (a === b) return 0;
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((letter, index) => letter !== right[index]);
  if (at < 0) return -1;
  return at >= right.length ? 1 : left[at].codePointAt(0) - right[at].codePointAt(0);
}

const COMPARE = {
  "==": equal,
  "<": (a, b) => ordered(a, b) && order(a, b) < 0,
  "<=": (a, b) => ordered(a, b) && order(a, b) <= 0,
  ">": (a, b) => ordered(a, b) && order(a, b) > 0,
  ">=": (a, b) => ordered(a, b) && order(a, b) >= 0,
  in: (a, b) => contains(b, a),
  contains,
  startsWith: (a, b) => typeof a === "string" && typeof b === "string" && a.startsWith(b),
  endsWith: (a, b) => typeof a === "string" && typeof b === "string" && a.endsWith(b),
};
