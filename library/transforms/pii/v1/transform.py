"""Finds personal data in events and hides it: by what a value looks like, and by what its field is called.

1  `hits` (a native) runs TRIGGER over the event as JSON: in linear time, and for most events that is all of it.
2  Keys are looked up once per name.
3  Only where 1 or 2 found something is the event walked through. What was hit is looked at closely (`scan`), and what has to
   change is copied; the rest is shared.

transform.js does the same, step by step: change both.
"""

from library.digest.v1 import keyring, number_text, sha256, with_key
from library.field_names.v1 import kind_of_key, known_keys, narrowed, plausible, steps
from library.identifiers.v1 import is_card
from library.personal_text.v1 import TRIGGER, masked_text, normal_text, scan
from natives.scan import hits

KINDS = ("email", "phone", "card", "iban", "ssn", "national_id", "ip", "url_credentials", "secret")
KEYED_ONLY = ("birth_date", "name", "address")  # found by key name only, and only when asked for
CLEAN_MOST = 20_000
BOX = (dict, list)  # isinstance() is quick here, type() is watched
ACTIONS = ("redact", "mask", "hash", "tokenize", "drop")

# What every event needs as it is: ids, times, and names of things.
KEPT = frozenset("type event channel messageId rudderId timestamp originalTimestamp sentAt receivedAt version".split())


class Gone:
    """Stands for what is dropped."""


GONE = Gone()


class Rules:
    """Options, checked and made ready."""

    def __init__(self, options):
        unknown = sorted(set(options) - {"kinds", "keys", "action", "key", "secret", "replacement", "fields", "allow"})
        if unknown:
            raise ValueError(
                "pii: there is no option " + unknown[0] + "; there are kinds, keys, action, key, replacement, fields, allow"
            )
        self.kinds = frozenset(options.get("kinds") or KINDS)
        wrong = sorted(self.kinds - set(KINDS) - set(KEYED_ONLY))
        if wrong:
            raise ValueError("pii: kinds: there is no kind " + wrong[0] + "; there are " + ", ".join(KINDS + KEYED_ONLY))
        self.keys = options.get("keys") or "fuzzy"
        if self.keys not in ("fuzzy", "exact", "off"):
            raise ValueError("pii: keys must be fuzzy, exact or off")
        self.fuzzy = self.keys == "fuzzy"
        self.action = options.get("action") or "redact"
        if self.action not in ACTIONS:
            raise ValueError("pii: action must be one of " + ", ".join(ACTIONS))
        self.keyed = self.action == "tokenize" or (self.action == "hash" and bool(options.get("key") or options.get("secret")))
        self.key = options.get("key") or ""
        if self.keyed and not self.key and not options.get("secret"):
            raise ValueError("pii: action " + self.action + " needs a key: name a secret in `secret`")
        replacement = options.get("replacement")
        self.replacement = "[{kind}]" if replacement is None else replacement
        fields = options.get("fields") or "auto"
        self.fields = None if fields == "auto" else [steps(field, "fields") for field in fields]
        self.allow = [steps(field, "allow") for field in options.get("allow") or []]
        self.clean = set()

    def with_key(self, key):
        """These rules, with the key that is now in force."""
        self.key = key
        return self

    def act(self, text, kind):
        """What stands in the place of a text of this kind."""
        if self.action == "redact":
            return self.replacement.replace("{kind}", kind)
        if self.action == "mask":
            return masked_text(text, kind)
        if self.action == "drop":
            return GONE
        plain = normal_text(text, kind)
        if self.action == "hash":
            return sha256(plain, self.key)
        return "tok_" + kind + "_" + sha256(kind + ":" + plain, self.key)[:24]


def changed(text, spans, rules):
    """A text with what was found in it hidden."""
    if rules.action == "drop":
        return GONE
    out, at = [], 0
    for start, end, kind in spans:
        out += [text[at:start], rules.act(text[start:end], kind)]
        at = end
    return "".join(out) + text[at:]


def keyed(event, rules):
    """Whether a key anywhere in the event is named after a wanted kind."""
    clean, rest = rules.clean, [event]
    for value in rest:
        if isinstance(value, dict):
            if not value.keys() <= clean:
                for key in value:
                    if key not in clean:
                        if not isinstance(key, str) or kind_of_key(key, rules.fuzzy) in rules.kinds:
                            return True
                        if len(clean) >= CLEAN_MOST:
                            clean.clear()
                        clean.add(key)
            value = value.values()
        elif not isinstance(value, list):
            continue
        rest += [inner for inner in value if isinstance(inner, BOX)]
    return False


def texts(value):
    """Every string, key and whole number inside a value."""
    found, rest = set(), [value]
    for each in rest:
        if isinstance(each, dict):
            rest.extend(each)
            rest.extend(each.values())
        elif isinstance(each, (list, tuple)):
            rest.extend(each)
        elif isinstance(each, (str, int)) and each is not True and each is not False:
            found.add(each)
    return found


def looked_at(leaf, wanted):
    """What is found in a string or a whole number."""
    if isinstance(leaf, str):
        return scan(leaf, wanted)
    if "card" in wanted and 10**11 < leaf < 2**53 and is_card(str(leaf)):
        return [(0, len(str(leaf)), "card")]
    return []


def all_found(leaves, wanted):
    """String or number → what is found in it, for those in which something is."""
    found = {}
    for leaf in leaves:
        if spans := looked_at(leaf, wanted):
            found[leaf] = spans
    return found


def swift(value, leaves, rules, top):
    """What Walk does where all fields are open and nothing is noted. Most of the time goes here."""
    if leaves and not leaves.isdisjoint(value):
        return Walk(rules, all_found(leaves, rules.kinds)).any(value, "", None, [], "" if top else "?")
    known, copy = known_keys(rules.fuzzy), None
    for key, inner in value.items():
        if isinstance(inner, dict):
            new = swift(inner, leaves, rules, False)
        else:
            hint = known.get(key)
            if hint is None:
                hint = kind_of_key(key, rules.fuzzy) if isinstance(key, str) else ""
            if isinstance(inner, list):
                new = listed(inner, leaves, hint, rules)
            elif hint or inner in leaves:
                new = leaf_of(inner, leaves, hint, rules)
            else:
                continue
        if new is inner:
            continue
        if top and key in KEPT:
            continue
        if copy is None:
            copy = dict(value)
        if new is GONE:
            del copy[key]
        else:
            copy[key] = new
    return value if copy is None else copy


def leaf_of(value, leaves, hint, rules):
    """The same for what is neither. `hint`: the kind that its name says."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, (int, float)) and value is not True and value is not False:
        text = number_text(value)
    else:
        return value
    if hint and hint in rules.kinds and plausible(hint, text):
        return rules.act(text, hint)
    if value in leaves and hint != "version" and (spans := looked_at(value, rules.kinds)):
        return changed(text, spans, rules)
    return value


def listed(value, leaves, hint, rules):
    """The same for a list."""
    copy = None
    for at, inner in enumerate(value):
        if isinstance(inner, dict):
            new = swift(inner, leaves, rules, False)
        elif isinstance(inner, list):
            new = listed(inner, leaves, hint, rules)
        elif hint or inner in leaves:
            new = leaf_of(inner, leaves, hint, rules)
        else:
            continue
        if new is not inner:
            if copy is None:
                copy = list(value)
            copy[at] = new
    return value if copy is None else [inner for inner in copy if inner is not GONE]


class Walk:
    """One walk through a value: copies what has to change, and shares the rest."""

    def __init__(self, rules, found, notes=None):
        self.rules = rules
        self.found = found
        self.notes = notes  # a list: note what is found, change nothing
        self.keys = rules.keys != "off"

    def any(self, value, hint, fields, allow, path):
        if isinstance(value, dict):
            return self.object(value, fields, allow, path)
        if isinstance(value, list):
            return self.array(value, hint, fields, allow, path)
        return self.leaf(value, hint, path)

    def leaf(self, value, hint, path):
        if self.notes is None:
            return leaf_of(value, self.found, hint, self.rules)
        if value is not True and value is not False and isinstance(value, (str, int, float)):
            text = value if isinstance(value, str) else number_text(value)
            if hint in self.rules.kinds and plausible(hint, text):
                self.note(path, hint, 0, text, "key")
            elif hint != "version":
                for start, end, each in self.found.get(value, ()):
                    self.note(path, each, start, text[start:end], "value")
        return value

    def note(self, path, kind, start, text, by):
        self.notes.append({"path": path, "kind": kind, "start": start, "end": start + len(text), "text": text, "by": by})

    def object(self, value, fields, allow, path):
        found, copy, moved = self.found, None, False
        top = path == ""
        for key, inner in value.items():
            if top and key in KEPT:
                continue
            deep = isinstance(inner, BOX)
            hint = kind_of_key(key, self.rules.fuzzy) if self.keys and isinstance(key, str) else ""
            if not hint and not deep and inner not in found and key not in found:
                continue
            open_fields, closed = fields, allow
            if fields is not None:
                open_fields = narrowed(fields, key)
                if [] in open_fields or ["**"] in open_fields:
                    open_fields = None
                elif not open_fields or not deep:
                    continue
            if allow:
                closed = narrowed(allow, key)
                if [] in closed or ["**"] in closed:
                    continue
            here = path + "." + key if path else key if isinstance(key, str) else str(key)
            new = self.any(inner, hint, open_fields, closed, here)
            if key in found and open_fields is None and isinstance(key, str):
                if self.notes is None:
                    moved = True
                else:
                    self.leaf(key, "", here)
            if new is not inner:
                if copy is None:
                    copy = dict(value)
                copy[key] = new
        if self.notes is not None:
            return value
        if copy is None and not moved:
            return value
        return self.renamed(copy or value) if moved else {k: v for k, v in copy.items() if v is not GONE}

    def renamed(self, value):
        """A dict of which some keys hold personal data."""
        out = {}
        for key, inner in value.items():
            name = changed(key, self.found[key], self.rules) if key in self.found else key
            if name is not GONE and inner is not GONE:
                plain, number = name, 1
                while name in out:
                    number += 1
                    name = plain + " " + str(number)
                out[name] = inner
        return out

    def array(self, value, hint, fields, allow, path):
        copy, here = None, path + "[]"
        if fields is not None:
            fields = narrowed(fields, "*")
            if [] in fields or ["**"] in fields:
                fields = None
            elif not fields:
                return value
        if allow:
            allow = narrowed(allow, "*")
            if [] in allow or ["**"] in allow:
                return value
        for at, inner in enumerate(value):
            if fields is not None and not isinstance(inner, BOX):
                continue
            new = self.any(inner, hint, fields, allow, here)
            if new is not inner:
                if copy is None:
                    copy = list(value)
                copy[at] = new
        return value if copy is None else [inner for inner in copy if inner is not GONE]


def hide(value, rules):
    """A value without its personal data: the very same one, if it has none."""
    leaves = hits(TRIGGER, value)
    if leaves is None:
        leaves = frozenset(texts(value))
    if not leaves and (rules.keys == "off" or not keyed(value, rules)):
        return value
    if isinstance(value, dict) and rules.fields is None and not rules.allow and rules.keys != "off":
        return swift(value, leaves, rules, True)
    new = Walk(rules, all_found(leaves, rules.kinds)).any(value, "", rules.fields, rules.allow, "")
    return None if new is GONE else new


made = {}


def rules_for(options):
    """Rules, kept for options that come again."""
    name = repr(sorted(options.items())) if options else ""
    if name not in made:
        if len(made) >= 100:
            made.clear()
        made[name] = Rules(options or {})
    return made[name]


# --- What others import. ---------------------------------------------------------------------------------------------------


def find(value, options=None):
    """The personal data in a string or any JSON value.

    A list of {"path", "kind", "start", "end", "text", "by"}, where by is "value" or "key". Options: kinds, keys, fields, allow.
    """
    rules, notes = rules_for(options), []
    leaves = hits(TRIGGER, value)
    Walk(rules, all_found(texts(value) if leaves is None else leaves, rules.kinds), notes).any(
        value, "", rules.fields, rules.allow, ""
    )
    return notes


def redact(value, options=None):
    """The value with personal data replaced. Options: those of `find`, and action, key, replacement."""
    return hide(value, rules_for(options))


def mask(value, options=None):
    """The value with personal data as asterisks; domains and last digits stay."""
    return hide(value, rules_for({**(options or {}), "action": "mask"}))


def hash(value, key, options=None):
    """The value with personal data as keyed hashes (HMAC-SHA256 of one spelling of it, in hexadecimal digits)."""
    return hide(value, rules_for({**(options or {}), "action": "hash", "key": key}))


def tokenize(value, key, options=None):
    """The value with personal data as short stable tokens, such as tok_email_6b1f…"""
    return hide(value, rules_for({**(options or {}), "action": "tokenize", "key": key}))


own = Rules(dict(parameters))
the_key = keyring(parameters) if own.keyed else None


def transformEvent(event, metadata):
    """Hide the personal data of the event."""
    if the_key is None:
        return hide(event, own)
    return with_key(the_key, lambda key: hide(event, own.with_key(key)))
