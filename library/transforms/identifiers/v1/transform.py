"""Checks of numbers that stand for people: cards, bank accounts, national ids, telephone numbers. transform.js does the same."""

import re

BOUND = re.compile("[0-9A-Za-z_]")
NO_DIGIT = re.compile("[^0-9]+")
IBAN_LENGTHS = {
    text[:2]: int(text[2:])
    for text in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 "
        "GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 "
        "MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    ).split()
}
# Country code → the fewest and the most digits after it. Other codes of three digits: 7 to 9.
CALLING = {
    text.split(":")[0]: [int(n) for n in text.split(":")[1].split("-")]
    for text in (
        "1:10-10 7:10-10 20:8-10 27:9-9 30:10-10 31:9-9 32:8-9 33:9-9 34:9-9 36:8-9 39:6-11 40:9-9 41:9-9 43:7-13 44:9-10 45:8-8 46:7-10 47:8-8 "
        "48:9-9 49:7-12 51:8-9 52:10-11 53:8-8 54:10-11 55:10-11 56:9-9 57:10-10 58:10-10 60:8-10 61:9-9 62:8-12 63:8-10 64:8-10 65:8-8 66:8-9 "
        "81:9-10 82:8-10 84:9-10 86:9-11 90:10-10 91:10-10 92:9-10 93:9-9 94:9-9 95:7-10 98:10-10 212:9-9 234:8-10 254:9-9 351:9-9 353:7-9 "
        "354:7-7 356:8-8 357:8-8 358:6-11 370:8-8 371:8-8 372:7-8 380:9-9 385:8-9 386:8-8 420:9-9 421:9-9 852:8-8 853:8-8 880:10-10 886:8-9 "
        "961:7-8 962:8-9 965:8-8 966:8-9 971:8-9 972:8-9 974:8-8 977:8-10 994:9-9 995:9-9 998:9-9"
    ).split()
}


def luhn(digits):
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def weighted(digits, weights):
    return sum(int(digit) * weight for digit, weight in zip(digits, weights))


def is_card(digits):
    """Whether these are the digits of a payment card: a network that exists, its length, Luhn's check digit."""
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        fits = size in (13, 16, 19)
    elif 51 <= two <= 55 or 2221 <= four <= 2720 or 2200 <= four <= 2204:
        fits = size == 16
    elif two in (34, 37):
        fits = size == 15
    elif two in (36, 38, 39) or 3000 <= four <= 3059:
        fits = 14 <= size <= 19
    elif 3528 <= four <= 3589 or four == 6011 or 6440 <= four <= 6599 or two in (60, 62, 65):
        fits = 16 <= size <= 19
    else:
        fits = four in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763) and 12 <= size <= 19
    return fits and luhn(digits)


def date(year, month, day):
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31 and (year == "" or 1890 <= int(year) <= 2035)


def is_ssn(digits):
    """Whether these nine digits may be a social security number, or a taxpayer's."""
    area, group = int(digits[:3]), int(digits[3:5])
    if area >= 900:  # a taxpayer's number
        return (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 99) and digits[5:] != "0000"
    return area not in (0, 666) and group != 0 and digits[5:] != "0000"


def aadhaar(digits):
    """Verhoeff's check: products of the dihedral group of order ten."""
    value = 0
    for at, digit in enumerate(reversed(digits)):
        other = int(VERHOEFF[at % 8][int(digit)])
        low = (value % 5 + (5 - other % 5 if value >= 5 else other)) % 5
        value = low if (value >= 5) == (other >= 5) else low + 5
    return value == 0 and digits[0] not in "01"


VERHOEFF = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def cpf(digits):
    one = weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    two = weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return digits[9:] == str(one) + str(two) and digits != digits[0] * 11


def kimlik(digits):
    odd, even = sum(map(int, digits[0:9:2])), sum(map(int, digits[1:8:2]))
    return (
        digits[0] != "0" and (odd * 7 - even) % 10 == int(digits[9]) and (odd + even + int(digits[9])) % 10 == int(digits[10])
    )


def steuer_id(digits):
    most = max(digits[:10].count(digit) for digit in digits[:10])
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return digits[0] != "0" and most in (2, 3) and (11 - product) % 10 == int(digits[10])


def pesel(digits):
    month = int(digits[2:4])
    right = date("", str(month % 20), digits[4:6]) and month <= 92
    return right and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def norway(digits):
    return (
        date("", str(int(digits[2:4]) % 40), str(int(digits[:2]) % 40))
        and weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def belgium(digits):
    rest = 97 - int(digits[9:])
    return date("", str(int(digits[2:4]) % 20), digits[4:6]) and rest in (int(digits[:9]) % 97, int("2" + digits[:9]) % 97)


def france(digits):
    return digits[0] in "12" and 1 <= int(digits[3:5]) <= 99 and 97 - int(digits[:13]) % 97 == int(digits[13:])


def south_africa(digits):
    return date("", digits[2:4], digits[4:6]) and digits[10] in "012" and digits[11] in "89" and luhn(digits)


def romania(digits):
    rest = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return digits[0] in "12345678" and date("", digits[3:5], digits[5:7]) and int(digits[12]) == (1 if rest == 10 else rest)


def china(text):
    rest = weighted(text[:17], (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return date(text[6:10], text[10:12], text[12:14]) and text[17].upper() == "10X98765432"[rest]


def korea(digits):
    return date("", digits[2:4], digits[4:6]) and digits[6] in "12345678"


def nordic(digits):
    """Sweden's number (Luhn), or Denmark's (by its weights)."""
    if date("", digits[2:4], str(int(digits[4:6]) % 60)) and luhn(digits):
        return True
    return date("", digits[2:4], digits[:2]) and weighted(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def cuit(digits):
    rest = 11 - weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return digits[:2] in ("20", "23", "24", "27", "30", "33", "34") and int(digits[10]) == {11: 0, 10: 9}.get(rest, rest)


def my_number(digits):
    rest = weighted(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def nhs(digits):
    return weighted(digits, range(10, 0, -1)) % 11 == 0


def bsn(digits):
    return weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 and digits != "0" * 9


def tfn(digits):
    return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and digits != "0" * 9


def nif(digits):
    rest = weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return digits[0] in "1235689" and int(digits[8]) == (0 if rest < 2 else 11 - rest)


# Ids that are digits alone. Those whose shape and checks leave fewer than one in two hundred by chance stand for themselves,
# the others need a word before them (ID_WORD) that says what they are.
ALONE = {11: (norway, belgium), 13: (south_africa, romania), 15: (france,), 18: (china,)}
NAMED = {
    9: (bsn, tfn, nif, luhn),
    10: (nhs, nordic),
    11: (cpf, kimlik, steuer_id, pesel),
    12: (aadhaar, my_number),
    13: (korea,),
}
SHAPED = {
    "3.3.3-2": (cpf,),
    "4 4 4": (aadhaar,),
    "4-4-4": (aadhaar,),
    "6-4": (nordic,),
    "8-4": (lambda digits: date(digits[:4], digits[4:6], digits[6:8]) and luhn(digits[2:]),),
    "6-7": (korea,),
    "2.2.2-3.2": (belgium,),
    "2-8-1": (cuit,),
    "3 3 3": (luhn, tfn),
    "3-3-3": (luhn,),
    "2 3 3 3": (steuer_id,),
    "1 2 2 2 3 3 2": (france,),
    "1 2 2 2 3 3-2": (france,),
    "6 4 2 1": (south_africa,),
}


def is_id(digits, shape):
    """Whether digits alone ("" as shape) or in groups ("3-2-4") are a national id, by shape and checksum."""
    return any(check(digits) for check in (SHAPED.get(shape, ()) if shape else ALONE.get(len(digits), ())))


def is_named_id(digits):
    """Whether digits are a national id, if words beside them say that they are one."""
    return any(check(digits) for check in NAMED.get(len(digits), ()))


DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
ODD_VALUES = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
MONTHS = "ABCDEHLMPRST"


def is_lettered_id(text):
    """Whether this is an id that has letters in it: of Spain, Italy, the United Kingdom, Mexico, India, Singapore, …"""
    plain = "".join(c for c in text.upper() if c not in "- .()+")
    size, digits = len(plain), sum(c in "0123456789" for c in plain)
    if text[6:7] in "-+ABCDEFUVWXY" and size - digits <= 2 and len(text) == 11 and text[:6].isdigit():  # Finland
        rest = int(text[:6] + text[7:10]) % 31
        return date("", text[2:4], text[:2]) and text[10] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[rest]
    if "." in text:  # Chile
        rest = 11 - sum(int(c) * (2 + at % 6) for at, c in enumerate(reversed(plain[:-1]))) % 11
        return plain[-1] == ("0" if rest == 11 else "K" if rest == 10 else str(rest))
    if text[-1] == ")":  # Hong Kong
        head = plain[:-1] if size == 9 else " " + plain[:-1]
        total = sum((36 if c == " " else int(c, 36)) * (9 - at) for at, c in enumerate(head))
        return (total + int(plain[-1], 36)) % 11 == 0
    if size == 9 and digits == 8 and plain[8] in DNI and plain[:8].isdigit():
        return DNI[int(plain[:8]) % 23] == plain[8]
    if size == 9 and digits == 7 and plain[0] in "XYZ" and plain[1:8].isdigit():
        return DNI[int("XYZ".find(plain[0]) * 10**7 + int(plain[1:8])) % 23] == plain[8]
    if size == 9 and digits == 7 and plain[0] in "STFGM":
        rest = (weighted(plain[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(plain[0], 0)) % 11
        if plain[0] == "M":
            return plain[8] == "KLJNPQRTUWX"[10 - rest]
        return plain[8] == ("JZIHGFEDCBA" if plain[0] in "ST" else "XWUTRQPNMLK")[rest]
    if size == 9 and digits == 6 and plain[2:8].isdigit():  # United Kingdom
        return (
            plain[0] in "ABCEGHJKLMNOPRSTWXYZ"
            and plain[1] in "ABCEGHJKLMNPRSTWXYZ"
            and plain[:2] not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")
        )
    if size == 10 and digits == 9:  # Taiwan
        area = "ABCDEFGHJKLMNPQRSTUVXYWZIO".find(plain[0]) + 10
        return (area // 10 + area % 10 * 9 + weighted(plain[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0
    if size == 10:  # India: no check, but a shape that little else has
        return digits == 4 and text.isupper()
    if size == 16 and digits >= 4:  # Italy
        total = sum(ODD_VALUES[int(c, 36) - 10 if c > "9" else int(c)] for c in plain[0:15:2])
        total += sum(int(c, 36) - 10 if c > "9" else int(c) for c in plain[1:15:2])
        return plain[8] in MONTHS and int(plain[15], 36) - 10 == total % 26
    if size == 18 and digits >= 16:
        return china(plain)
    if size == 18:  # Mexico
        order = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
        return date("", plain[6:8], plain[8:10]) and (
            10 - weighted([str(order.find(c)) for c in plain[:17]], range(18, 1, -1)) % 10
        ) % 10 == int(plain[17])
    return False


def iban_end(text, start):
    """Where the IBAN that starts here ends, as a pair: end and whether its check holds. (0, False) if there is none."""
    size, at, plain, last = IBAN_LENGTHS.get(text[start : start + 2].upper(), 0), start, "", start
    while len(plain) < size and at < len(text):
        c = text[at]
        if c in " -\u00a0\u202f" and at == last and plain:
            at += 1
            continue
        if not ("0" <= c <= "9" or "A" <= c <= "Z" or "a" <= c <= "z"):
            break
        plain += c
        at += 1
        last = at
    if not size or len(plain) < size or BOUND.match(text, last):
        return 0, False
    value = 0
    for c in (plain[4:] + plain[:4]).upper():
        value = (value * (10 if c <= "9" else 100) + int(c, 36)) % 97
    return last, value == 1


def is_dialable(text):
    """Whether the digits after + or 00 are a number that can be dialled."""
    digits = NO_DIGIT.sub("", text.replace("(0)", ""))
    digits = digits[2:] if text[:2] == "00" else digits
    for size in (1, 2, 3):
        if limits := CALLING.get(digits[:size]):
            return limits[0] <= len(digits) - size <= limits[1] and (size > 1 or digits[0] != "1" or digits[1] not in "01")
    return digits[:2] not in ("21", "22") and digits[0] in "234569" and 10 <= len(digits) <= 12
