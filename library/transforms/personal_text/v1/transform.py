"""Finds personal data in text by what it looks like.

TRIGGER is a pattern without look-around and without unbounded repetition, so that it can run over a whole event as JSON in
linear time; where it finds nothing, neither does `scan`. `scan` takes candidates by CANDIDATE and judges each by checksum,
structure, length and the words before it. Everything there is bounded, so it is linear, too. transform.js does the same, with
the same patterns: change both.
"""

import re

from library.identifiers.v1 import iban_end, is_card, is_dialable, is_id, is_lettered_id, is_named_id, is_ssn

GAP = "(?:[ .()/-]|\u00a0|\u202f|\u2010|\u2011|\u2012|\u2013)"
DASH = "(?:[ ()/-]|\u00a0|\u202f|\u2010|\u2011|\u2012|\u2013)"
BLANK = "(?: |-|\u00a0|\u202f)"
EDGE = r"(?:^|[^0-9A-Za-z_.]|(?:^|[^0-9])\.|\\[bfnrt]|\\u00[01][0-9a-f])"
TRIGGER = "|".join(
    (
        r"@|%40",
        r"(?:[0-9A-Fa-f]{1,4}:){3}|[0-9A-Fa-f]::|::[0-9A-Fa-f]",
        r"(?:^|[^0-9A-Za-z_./]|//|(?:^|[^0-9])\.|\\[bfnrt])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
        EDGE
        + "(?:"
        + "|".join(
            (
                r"[0-9]{9}",
                r"\+[(]?[1-9](?:" + GAP + "{0,3}[0-9]){6}",
                r"\([0-9]{2,5}\)",
                "(?:[0-9]{1,3}|0[0-9]{3})" + DASH + "{1,2}[0-9](?:" + GAP + "{0,2}[0-9]){5}",
                "[0-9]{5,8}" + DASH + "{1,2}[0-9](?:" + GAP + "{0,2}[0-9]){3}",
                "[0-9]{4}" + DASH + "[0-9]{3}",
                r"[0-9]{6}[-+A-FU-Y][0-9]{3}",
                r"[0-9]{8}[- ]?[A-Za-z0-9]",
                r"[0-9]{2,4}\.[0-9]{2,6}\.[0-9]{2,5}",
                r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-",
                "[A-Za-z]{2}[0-9]{2}" + BLANK + "?[0-9A-Za-z]{4}" + BLANK + "?[0-9A-Za-z]{4}",
                r"[A-Za-z]{2} [0-9]{2} [0-9]{2} [0-9]{2} [A-Da-d]",
                r"[XYZxyz][- ]?[0-9]{7}[- ]?[A-Za-z]",
                r"[A-Za-z]{4,6}[0-9]{2,6}[A-Za-z]",
                r"[A-Za-z]{1,2}[0-9]{6,8}[0-9A-Za-z(]",
            )
        )
        + ")",
    )
)

# Candidates, in the order in which they are tried; the number of the group says which.
CANDIDATE = re.compile(
    r"(?<![0-9A-Za-z_])(?=[+(0-9]|[A-Za-z]{1,6}[- ]?[0-9])(?:"
    r"([0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z_])"  # 1 not personal: UUIDs, dates
    r"|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ][0-9]{1,2}:[0-9]{2})?(?![-/.]?[0-9A-Za-z_])"
    r"|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:19|20)[0-9]{2}(?![-/.]?[0-9A-Za-z_]))"
    r"|(?<!\.)([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9A-Za-z_]|\.[0-9]|-[A-Za-z])"  # 2 IPv4
    r"|([A-Za-z]{2}[0-9]{2}" + BLANK + "?[0-9A-Za-z]{4}" + BLANK + r"?[0-9A-Za-z]{4})"  # 3 the beginning of an IBAN
    r"|((?:[0-9]{8}[- ]?[A-Za-z]|[XYZxyz][- ]?[0-9]{7}[- ]?[A-Za-z]|[A-Za-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d]"  # 4 ids
    r"|[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]|[A-Za-z]{4}[0-9]{6}[HMhm][A-Za-z]{5}[0-9A-Za-z][0-9]"
    r"|[A-Z]{3}[ABCFGHLJPT][A-Z][0-9]{4}[A-Z]|[STFGMstfgm][0-9]{7}[A-Za-z]|[A-Z][1289][0-9]{8}|[1-9][0-9]{16}[Xx]"
    r"|[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9kK]|[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])(?![0-9A-Za-z_]|-[0-9])"
    r"|[A-Z]{1,2}[0-9]{6}\([0-9A]\))"
    r"|(\+[(]?[1-9](?:" + GAP + r"{0,3}[0-9]){6,14}|00[ .-]?[1-9](?:" + GAP + r"{0,3}[0-9]){7,13})(?![0-9A-Za-z_])"  # 5 +…
    r"|(?<!^\.)(?<![^A-Za-z]\.)(?<![0-9],)((?:\((?=[0-9]{2,5}\)))?[0-9](?:"
    + GAP
    + r"{0,2}[0-9]){6,22})(?![0-9A-Za-z_]|,[0-9])"  # 6 digits in groups
    r")"
)
BOUND = re.compile("[0-9A-Za-z_]")
DIGIT = re.compile("[0-9]")
LETTER = re.compile("[A-Za-z]")
NO_DIGIT = re.compile("[^0-9]+")
TOKEN = re.compile(r"[+(]*[0-9A-Za-z]*")
PARTS = re.compile(r"[0-9]+|[^0-9]+")
SIX = re.compile(
    r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{0,4}|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9A-Za-z_:]|\.[0-9]|%[0-9])"
)
AUTHORITY = re.compile(r"[^\s/?#\"'<>\\]{0,256}")
LOCAL = re.compile(r"[0-9A-Za-z.'+_%\u00a1-\ud7ff\uf900-\uffef-]{1,64}")  # read backwards
DOMAIN = re.compile(
    r"(?:[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef](?:[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef-]{0,62})\.){1,8}(?:xn--[0-9A-Za-z-]{2,59}|[A-Za-z\u00a1-\ud7ff\uf900-\uffef]{2,63})(?![0-9A-Za-z_])"
)
NOT_DOMAIN = re.compile(
    r"[0-9]+\.[0-9]+\.|[0-9]x\.(?:png|jpe?g|gif|webp|svg)$|.*\.(?:png|jpe?g|gif|webp|svg|css|html?|json|ya?ml|tsx?|exe)$"
)
AFTER_WORD = "(?:[^0-9a-zà-ÿ][^0-9]{0,15})?(?!.|\n)"
VERSION = re.compile("(?:^|[^a-z])(?:version|ver|build|firmware|release|revision|rev|v)[ .:#=-]{0,3}(?!.|\n)")
PHONE_WORD = re.compile(
    "(?:^|[^a-zà-ÿ])(?:phones?|t[eé]l|telephone|mobile|cell|call|fax|whatsapp|sms|text me at|dial|ring|reach (?:me|us) (?:on|at)|contact|telefon|"
    "tel[eé]fono|m[oó]vil|celular|telefone|t[eé]l[eé]phone|portable|appele[rz]?|handy|anrufen|mobil|gsm|telefoon|cellulare|chiam[ai]|chiamare|"
    "llam[ae]|llamar|ligue|ph|msisdn|телефон|тел|电话|手机|電話)(?:nummer|number|nr|no)?" + AFTER_WORD
)
SSN_WORD = re.compile("(?:^|[^a-z])(?:ssn|social security|social sec|itin)" + AFTER_WORD)
ID_WORD = re.compile(
    "(?:^|[^a-zà-ÿ])(?:pesel|bsn|burgerservicenummer|nhs|sin|tfn|tax file|cpf|tckn|t\\.?c\\.? kimlik|kimlik|steuer-?id|steueridentifikationsnummer|idnr|"
    "personnummer|cpr|fødselsnummer|aadhaar|nif|contribuinte|cnp|my number|マイナンバー|national id|identity|id number|passport|tax id|dni|rut|nir|"
    "insee|curp)" + AFTER_WORD
)


def national(digits, lengths, gaps, opened, called):
    """Whether groups of digits are a phone number as people of some country write it. `called`: the words before say so."""
    size, first = len(digits), lengths[0]
    if called:
        return 7 <= size <= 13 and not (size == 8 and digits[:2] in ("19", "20") and first in (4, 8))
    if len(lengths) == 1:
        return False
    ten = digits[1:] if size == 11 and digits[0] == "1" else digits
    if lengths[-3:] == [3, 3, 4] and len(ten) == 10 and len(lengths) == (3 if size == 10 else 4):
        if ten[0] > "1" and ten[3] > "1" and ten[1:3] != "11":
            return True
    if opened and 2 <= first <= 5 and ")" in gaps[0]:
        return 8 <= size <= 12
    if (
        digits[0] == "0"
        and digits[1] != "0"
        and 9 <= size <= 12
        and 2 <= first <= 5
        and max(lengths) <= 8
        and min(lengths[:-1]) >= 2
    ):
        dots = sum("." in gap for gap in gaps)
        return (
            len(lengths) <= 6
            and (dots == 0 or dots >= 2)
            and not (first == 2 and lengths[1] == 4 and digits[2:4] in ("19", "20"))
        )
    if digits[0] == "8" and lengths == [1, 3, 3, 2, 2]:
        return True
    if lengths == [5, 5]:
        return digits[0] in "6789" and gaps[0] in ("-", " ", "\u00a0", "\u202f")
    if lengths == [3, 4, 4]:
        return digits[0] == "1" and digits[1] > "2"
    return lengths == [3, 2, 2, 2] and digits[0] in "6789"


def judge(digits, lengths, gaps, opened, text, start, inner):
    """The kind of a number in groups, or "". `inner`: it is a part of a longer row of groups."""
    size, alone = len(digits), len(lengths) == 1
    shape = "".join(str(n) + (gap.strip() or " ") for n, gap in zip(lengths, [*gaps, ""])).strip() if not alone else ""
    even = len(set(gaps)) <= 1
    identified = not inner and is_id(digits, shape)
    if (
        12 <= size <= 19
        and not (identified and alone)
        and (alone or (even and lengths[0] == 4 and len(gaps[0]) == 1))
        and is_card(digits)
    ):
        return "card"
    before = text[max(0, start - 40) : start].lower()
    if shape in ("3-2-4", "3 2 4") and is_ssn(digits):
        return "ssn"
    if identified:
        if not (shape in ("3 3 3", "3-3-3") and PHONE_WORD.search(before)):
            return "national_id"
    if not alone and size == 15 and lengths[0] == 1 and is_id(digits, ""):  # France's, in any groups
        return "national_id"
    if inner:
        return ""
    if before:
        if size == 9 and SSN_WORD.search(before) and is_ssn(digits):
            return "ssn"
        if ID_WORD.search(before) and is_named_id(digits):
            return "national_id"
    called = before != "" and PHONE_WORD.search(before) is not None
    if text[start - 1 : start] not in CODES and national(digits, lengths, gaps, opened, called):
        return "phone"
    return ""


CODES = frozenset("#-_/$€£")


def groups(text, start, chunk):
    """Findings among groups of digits: all of them together first, then fewer."""
    parts = PARTS.findall(chunk)
    opened = parts[0] == "("
    if opened:
        start += 1
        parts = parts[1:]
    digits, gaps = parts[::2], parts[1::2]
    starts, at = [], start
    for nth, run in enumerate(digits):
        starts.append(at)
        at += len(run) + (len(gaps[nth]) if nth < len(gaps) else 0)
    found, first = [], 0
    while first < len(digits):
        last, behind = min(first + 6, len(digits) - 1), first + 1
        while last >= first:
            joined = "".join(digits[first : last + 1])
            if len(joined) < 7:
                break
            left, right = gaps[first - 1] if first else "", gaps[last] if last < len(gaps) else ""
            inside = gaps[first:last]
            apart = all(gap == "" or (gap not in inside and gap[0] in " /(") for gap in (left, right))
            led = opened and first == 0
            begin = starts[first] - (1 if led else 0)
            lengths = [len(run) for run in digits[first : last + 1]]
            if kind := judge(joined, lengths, inside, led or left[-1:] == "(", text, begin, not apart):
                found.append((begin - (1 if left[-1:] == "(" else 0), starts[last] + len(digits[last]), kind))
                behind = last + 1
                break
            last -= 1
        first = behind
    return found


def numbers(text, found):
    at = 0
    while match := CANDIDATE.search(text, at):
        which, (start, end) = match.lastindex, match.span()
        new = []
        if which == 2:
            if text[start - 1 : start] == "/" and BOUND.match(text[start - 2 : start - 1]):
                pass  # a version, as in Chrome/120.0.0.0
            elif all(int(part) < 256 for part in match.group(2).split(".")) and not VERSION.search(
                text[max(0, start - 14) : start].lower()
            ):
                new = [(start, end, "ip")]
        elif which == 3:
            last, right = iban_end(text, start)
            if last:
                new, end = [(start, last, "iban")] if right else [], last
        elif which == 4:
            if is_lettered_id(text[start:end]):
                new = [(start, end, "national_id")]
            elif not LETTER.search(text, start, end):
                new = groups(text, start, text[start:end])
        elif which == 5 and is_dialable(text[start:end]):
            new = [(start, end, "phone")]
        elif which == 6:
            new = groups(text, start, text[start:end])
        found.extend(new)
        # Nothing was meant here: go on behind its first word. Never twice from the same place.
        at = (
            end
            if new or which in (1, 2, 6) or (which == 3 and end > match.end())
            else max(TOKEN.match(text, start).end(), start + 1)
        )


def addresses(text, found):
    """E-mail addresses, read outwards from every @."""
    at, plain, coded = 0, text.find("@"), text.find("%40")
    while True:
        plain = text.find("@", at) if 0 <= plain < at else plain
        coded = text.find("%40", at) if 0 <= coded < at else coded
        if plain < 0 and coded < 0:
            return
        sign = plain if coded < 0 or 0 <= plain < coded else coded
        behind = sign + (1 if sign == plain else 3)
        floor = max(at, sign - 64)
        match = LOCAL.match(text[floor:sign][::-1])
        at = behind
        if not match:
            continue
        local = match.group()[::-1]
        if sign == coded and (cut := max(local.rfind("%3D"), local.rfind("%3d"), local.rfind("%26"))) >= 0:
            local = local[cut + 3 :]
        local = local.lstrip(".'%")
        domain = DOMAIN.match(text, behind)
        if not local or local[-1:] == "." or not domain or NOT_DOMAIN.match(domain.group().lower()):
            continue
        end = domain.end()
        start = sign - len(match.group()) + match.group()[::-1].rfind(local)
        if local == "git" and (text[end : end + 1] == ":" or text[start - 2 : start] == "//"):
            continue
        found.append((start, end, "email"))
        at = end


def credentials(text, found):
    """User names and passwords in URLs."""
    at = text.find("://")
    while at >= 0:
        match = AUTHORITY.match(text, at + 3)
        sign = match.group().rfind("@")
        user = match.group()[:sign]
        if sign > 0 and user not in ("git", "hg", "svn"):
            found.append((at + 3, at + 3 + sign, "url_credentials"))
        at = text.find("://", at + 3)


def sixes(text, found):
    """IPv6 addresses."""
    at = 0
    while match := SIX.search(text, at):
        start, end = match.span()
        at = end
        if (start and BOUND.match(text[start - 1])) or text[start - 1 : start] in (":", "."):
            at = start + 1
            continue
        word = match.group()
        parts = word.split(":")
        four = "." in parts[-1]
        filled = [part for part in parts if part]
        double = word.count("::")
        count = len(filled) + (1 if four else 0)
        if (word[:1] == ":" and word[:2] != "::") or (word[-1:] == ":" and word[-2:] != "::") or ":::" in word:
            continue
        right = count == 8 if double == 0 else double == 1 and count <= 7 and (count > 1 or word[:2] == "::")
        plain = any("0" <= c <= "9" for c in word) and not (count == 8 and all(len(part) == 2 for part in filled))
        if right and plain and (double == 0 or count > 1 or word == "::1"):
            found.append((start, end, "ip"))


def scan(text, wanted):
    """What of the wanted kinds is found in a text: (start, end, kind), in order, none inside another."""
    found = []
    if "@" in text or "%40" in text:
        if "://" in text and "@" in text:
            credentials(text, found)
        addresses(text, found)
    if text.count(":") > 1:
        sixes(text, found)
    if DIGIT.search(text):
        numbers(text, found)
    if len(found) > 1:
        found.sort(key=lambda span: (span[0], span[2] != "url_credentials", -span[1]))
        kept, end = [], -1
        for span in found:
            if span[0] >= end:
                kept.append(span)
                end = span[1]
        found = kept
    return [span for span in found if span[2] in wanted]


def normal_text(text, kind):
    """One spelling of all those that a value has, so that the same person has the same hash."""
    if kind == "email":
        return text.strip().replace("%40", "@").lower()
    if kind == "phone":
        plain = NO_DIGIT.sub("", text.replace("(0)", ""))
        return "+" + plain if text.strip()[:1] == "+" else "+" + plain[2:] if plain[:2] == "00" else plain
    if kind in ("card", "iban", "ssn", "national_id"):
        return "".join(c for c in text.upper() if "0" <= c <= "9" or "A" <= c <= "Z")
    return text.strip().lower() if kind == "ip" else text


SIGN = re.compile("[0-9A-Za-z\u00a1-\ud7ff\uf900-\uffef]")
LEFT_OPEN = {"phone": 2, "card": 4, "iban": 4, "ssn": 4, "national_id": 2}


def masked_text(text, kind):
    """The text with most of it as asterisks: its shape, a domain or the last digits stay."""
    if kind == "email":
        at = max(text.rfind("@"), text.rfind("%40"))
        return text[:1] + "***" + text[at:] if at > 0 else "***"
    if kind == "ip":
        dot = text.rfind(".")
        return text[: dot + 1] + "***" if dot > 0 else text.split(":")[0] + ":***"
    if kind not in LEFT_OPEN:
        return "***"
    left = len(SIGN.findall(text))
    left -= LEFT_OPEN[kind] if left > 2 * LEFT_OPEN[kind] else 0
    out = ""
    for c in text:
        if left and SIGN.match(c):
            out += "*"
            left -= 1
        else:
            out += c
    return out
