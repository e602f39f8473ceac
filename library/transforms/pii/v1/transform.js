// Finds personal data in events and hides it: by what a value looks like, and by what its field is called.
//
// 1  TRIGGER runs over the event as JSON: for most events, that and a look at the keys is all of it.
// 2  Otherwise the event is walked through. What holds the trigger is looked at closely (`scan`), and what has to change is
//    copied; the rest is shared.
//
// transform.py does the same: change both.

import { keyring, sha256, with_key } from "@library/digest/v1";
import { kind_of_key, narrowed, plausible, steps } from "@library/field_names/v1";
import { is_card } from "@library/identifiers/v1";
import { TRIGGER, masked_text, normal_text, scan } from "@library/personal_text/v1";

const KINDS = ["email", "phone", "card", "iban", "ssn", "national_id", "ip", "url_credentials", "secret"];
const KEYED_ONLY = ["birth_date", "name", "address"]; // found by key name only, and only when asked for
const ACTIONS = ["redact", "mask", "hash", "tokenize", "drop"];
const OPTIONS = ["kinds", "keys", "action", "key", "secret", "replacement", "fields", "allow"];
// What every event needs as it is: ids, times, and names of things.
const KEPT = new Set("type event channel messageId rudderId timestamp originalTimestamp sentAt receivedAt version".split(" "));
const TRIGGERED = new RegExp(TRIGGER);
const GONE = Symbol("dropped");

/** Options, checked and made ready. */
class Rules {
  constructor(options) {
    const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name)).sort();
    if (unknown.length)
      throw new TypeError(`pii: there is no option ${unknown[0]}; there are kinds, keys, action, key, secret, replacement, fields, allow`);
    this.kinds = options.kinds?.length ? [...options.kinds] : KINDS;
    const wrong = this.kinds.filter((kind) => !KINDS.includes(kind) && !KEYED_ONLY.includes(kind)).sort();
    if (wrong.length) throw new TypeError(`pii: kinds: there is no kind ${wrong[0]}; there are ${[...KINDS, ...KEYED_ONLY].join(", ")}`);
    this.keys = options.keys || "fuzzy";
    if (!["fuzzy", "exact", "off"].includes(this.keys)) throw new TypeError("pii: keys must be fuzzy, exact or off");
    this.fuzzy = this.keys === "fuzzy";
    this.action = options.action || "redact";
    if (!ACTIONS.includes(this.action)) throw new TypeError(`pii: action must be one of ${ACTIONS.join(", ")}`);
    this.keyed = this.action === "tokenize" || (this.action === "hash" && Boolean(options.key || options.secret));
    this.key = options.key || "";
    if (this.keyed && !this.key && !options.secret) throw new TypeError(`pii: action ${this.action} needs a key: name a secret in \`secret\``);
    this.replacement = options.replacement ?? "[{kind}]";
    const fields = options.fields?.length ? options.fields : "auto";
    this.fields = fields === "auto" ? null : fields.map((field) => steps(field, "fields"));
    this.allow = (options.allow ?? []).map((field) => steps(field, "allow"));
  }

  with_key(key) {
    this.key = key;
    return this;
  }

  /** What stands in the place of a text of this kind. */
  act(text, kind) {
    if (this.action === "redact") return this.replacement.replaceAll("{kind}", () => kind);
    if (this.action === "mask") return masked_text(text, kind);
    if (this.action === "drop") return GONE;
    const plain = normal_text(text, kind);
    if (this.action === "hash") return sha256(plain, this.key);
    return `tok_${kind}_${sha256(`${kind}:${plain}`, this.key).slice(0, 24)}`;
  }
}

/** A text with what was found in it hidden. */
function changed(text, spans, rules) {
  if (rules.action === "drop") return GONE;
  let out = "";
  let at = 0;
  for (const [start, end, kind] of spans) {
    out += text.slice(at, start) + rules.act(text.slice(start, end), kind);
    at = end;
  }
  return out + text.slice(at);
}

/** What is found in a string or a whole number. */
function looked_at(leaf, wanted) {
  if (typeof leaf === "string") return TRIGGERED.test(leaf) ? scan(leaf, wanted) : [];
  if (wanted.includes("card") && Number.isInteger(leaf) && leaf > 1e11 && leaf < 2 ** 53 && is_card(String(leaf))) return [[0, String(leaf).length, "card"]];
  return [];
}

/** Whether a key anywhere in the value is named after a wanted kind. */
function keyed(value, rules) {
  const rest = [value];
  for (const each of rest) {
    if (!Array.isArray(each)) for (const key in each) if (rules.kinds.includes(kind_of_key(key, rules.fuzzy))) return true;
    for (const key in each) if (each[key] !== null && typeof each[key] === "object") rest.push(each[key]);
  }
  return false;
}

const through = (paths) => paths.some((path) => path.length === 0 || (path.length === 1 && path[0] === "**"));

/** One walk through a value: copies what has to change, and shares the rest. `notes`: note what is found, change nothing. */
class Walk {
  constructor(rules, notes = null) {
    this.rules = rules;
    this.notes = notes;
  }

  any(value, hint, fields, allow, path) {
    if (Array.isArray(value)) return this.array(value, hint, fields, allow, path);
    if (value !== null && typeof value === "object") return this.object(value, fields, allow, path);
    return this.leaf(value, hint, path);
  }

  leaf(value, hint, path) {
    if (typeof value !== "string" && typeof value !== "number") return value;
    const text = String(value);
    if (hint) {
      if (this.rules.kinds.includes(hint) && plausible(hint, text)) {
        if (this.notes === null) return this.rules.act(text, hint);
        this.note(path, hint, text, 0, text.length, "key");
        return value;
      }
      if (hint === "version") return value;
    }
    const spans = looked_at(value, this.rules.kinds);
    if (!spans.length) return value;
    if (this.notes === null) return changed(text, spans, this.rules);
    for (const [start, end, kind] of spans) this.note(path, kind, text, start, end, "value");
    return value;
  }

  /** Places are told in characters, as Python counts them. */
  note(path, kind, text, start, end, by) {
    const before = Array.from(text.slice(0, start)).length;
    const found = text.slice(start, end);
    this.notes.push({ path, kind, start: before, end: before + Array.from(found).length, text: found, by });
  }

  object(value, fields, allow, path) {
    const top = path === "";
    let copy = null;
    let moved = false;
    for (const [key, inner] of Object.entries(value)) {
      if (top && KEPT.has(key)) continue;
      const deep = inner !== null && typeof inner === "object";
      const hint = this.rules.keys === "off" ? "" : kind_of_key(key, this.rules.fuzzy);
      let [open, closed] = [fields, allow];
      if (fields !== null) {
        open = narrowed(fields, key);
        if (through(open)) open = null;
        else if (!open.length || !deep) continue;
      }
      if (allow.length) {
        closed = narrowed(allow, key);
        if (through(closed)) continue;
      }
      const here = path ? `${path}.${key}` : key;
      const fresh = this.any(inner, hint, open, closed, here);
      if (open === null && TRIGGERED.test(key) && scan(key, this.rules.kinds).length) {
        if (this.notes === null) moved = true;
        else this.leaf(key, "", here);
      }
      if (fresh !== inner) {
        copy ??= new Map(Object.entries(value));
        copy.set(key, fresh);
      }
    }
    if (this.notes !== null || (copy === null && !moved)) return value;
    const entries = [...(copy ?? new Map(Object.entries(value)))];
    return Object.fromEntries(moved ? this.renamed(entries) : entries.filter(([, inner]) => inner !== GONE));
  }

  /** Entries of which some keys hold personal data. */
  renamed(entries) {
    const out = new Map();
    for (const [key, inner] of entries) {
      const spans = TRIGGERED.test(key) ? scan(key, this.rules.kinds) : [];
      const plain = spans.length ? changed(key, spans, this.rules) : key;
      if (plain === GONE || inner === GONE) continue;
      let name = plain;
      for (let number = 2; out.has(name); number++) name = `${plain} ${number}`;
      out.set(name, inner);
    }
    return out;
  }

  array(value, hint, fields, allow, path) {
    if (fields !== null) {
      fields = narrowed(fields, "*");
      if (through(fields)) fields = null;
      else if (!fields.length) return value;
    }
    if (allow.length) {
      allow = narrowed(allow, "*");
      if (through(allow)) return value;
    }
    let copy = null;
    value.forEach((inner, at) => {
      if (fields !== null && (inner === null || typeof inner !== "object")) return;
      const fresh = this.any(inner, hint, fields, allow, `${path}[]`);
      if (fresh !== inner) {
        copy ??= [...value];
        copy[at] = fresh;
      }
    });
    return copy === null ? value : copy.filter((inner) => inner !== GONE);
  }
}

/** A value without its personal data: the very same one, if it has none. */
function hide(value, rules) {
  if (!TRIGGERED.test(JSON.stringify(value) ?? "") && (rules.keys === "off" || value === null || typeof value !== "object" || !keyed(value, rules))) return value;
  const fresh = new Walk(rules).any(value, "", rules.fields, rules.allow, "");
  return fresh === GONE ? null : fresh;
}

const made = new Map();

/** Rules, kept for options that come again. */
function rules_for(options) {
  const name = JSON.stringify(options ?? {});
  if (!made.has(name)) {
    if (made.size >= 100) made.clear();
    made.set(name, new Rules(options ?? {}));
  }
  return made.get(name);
}

/**
 * The personal data in a string or any JSON value: a list of {path, kind, start, end, text, by}, where `by` is "value" or "key".
 * Options: kinds, keys, fields, allow.
 */
export function find(value, options) {
  const rules = rules_for(options);
  const notes = [];
  new Walk(rules, notes).any(value, "", rules.fields, rules.allow, "");
  return notes;
}

/** The value with personal data replaced. Options: those of `find`, and action, key, replacement. */
export function redact(value, options) {
  return hide(value, rules_for(options));
}

/** The value with personal data as asterisks; domains and last digits stay. */
export function mask(value, options) {
  return hide(value, rules_for({ ...options, action: "mask" }));
}

/** The value with personal data as keyed hashes (HMAC-SHA256 of one spelling of it, in hexadecimal digits). */
export function hash(value, key, options) {
  return hide(value, rules_for({ ...options, action: "hash", key }));
}

/** The value with personal data as short stable tokens, such as tok_email_6b1f… */
export function tokenize(value, key, options) {
  return hide(value, rules_for({ ...options, action: "tokenize", key }));
}

const own = new Rules(parameters);
const the_key = own.keyed ? keyring(parameters) : null;

/** Hide the personal data of the event. */
export function transformEvent(event) {
  if (the_key === null) return hide(event, own);
  return with_key(the_key, (key) => hide(event, own.with_key(key)));
}
