"""Made-up values of every kind of personal data, by the rules of the kind and as people of some country write them (`pii_corpus`).

The arithmetic of check digits is written down here once more, on purpose: what is measured must not make its own examples.
"""

import random
import string
from collections.abc import Callable

Random = random.Random
Placed = str | tuple[str, str, str]
"""A value, or one with the words before and after it that it needs to be recognised by a person, too."""


def digits(r: Random, n: int, first: str = "") -> str:
    return first + "".join(r.choice(string.digits) for _ in range(n - len(first)))


def pattern(r: Random, form: str) -> str:
    """`form` with X for any digit, Y for 2 to 9, Z for 1 to 9; all else stays."""
    take = {"X": string.digits, "Y": "23456789", "Z": "123456789"}
    return "".join(r.choice(take[c]) if c in take else c for c in form)


def until(make: Callable[[], str], fits: Callable[[str], bool]) -> str:
    while not fits(made := make()):
        pass
    return made


def mod_luhn(body: str) -> str:
    total = 0
    for at, c in enumerate(reversed(body)):
        n = int(c)
        total += n if at % 2 else sum(divmod(2 * n, 10))
    return body + str(-total % 10)


def grouped(text: str, sizes: list[int], gap: str) -> str:
    out, at = [], 0
    for size in sizes:
        out.append(text[at : at + size])
        at += size
    return gap.join(part for part in [*out, text[at:]] if part)


# --- e-mail ---

GIVEN = "anna ben carla dmitri elif fatima george hana ivan joão katja liam maría nils olga pedro qiang rosa søren tomás uma wei".split()
FAMILY = (
    "smith müller garcía rossi dubois kowalski yılmaz ivanova silva nguyen tanaka jensen o'brien van-dijk lópez kaya".split()
)
HOSTS = (
    "example gmail mail-server acme corp shop mail.eu.acme t-online web uni-koeln 163 sub.domain.example my-company x".split()
)
ENDS = "com de fr es co.uk org net io com.br it nl pl museum photography info dev".split()


def ascii_of(text: str) -> str:
    return text.translate(str.maketrans("ãéíóúäöüßøåçñığş", "aeiouaousoacnigs"))


def email(r: Random) -> str:
    one, two = ascii_of(r.choice(GIVEN)), ascii_of(r.choice(FAMILY))
    local = r.choice(
        ["{a}.{b}", "{a}{n}", "{a}_{b}", "{b}.{a}+news", "{a}-{b}", "{i}{b}", "{a}.{b}.{n}", "{a}+{n}", "_{a}", "{a}{b}"]
    )
    host = f"{r.choice(HOSTS)}.{r.choice(ENDS)}"
    if r.random() < 0.04:
        host = r.choice(["münchen-post.de", "почта.рф", "例え.jp", "xn--mnchen-3ya.de", "bücher.example"])
    made = local.format(a=one, b=two, i=one[0], n=r.randrange(1, 2000)) + "@" + host
    return r.choice([made] * 6 + [made.upper(), made.title()])


def email_in_url(r: Random) -> tuple[str, str, str]:
    return (
        "https://shop.example.com/welcome?utm_source=mail&email=",
        email(r).replace("+", "%2B").replace("@", "%40"),
        "&step=2",
    )


# --- telephone: country → forms of a number at home and abroad ---

PHONES = {
    "us": "(YXX) YXX-XXXX|YXX-YXX-XXXX|YXX.YXX.XXXX|YXX YXX XXXX|+1 YXX YXX XXXX|+1YXXYXXXXXX|1-YXX-YXX-XXXX|+1 (YXX) YXX-XXXX|+1-YXX-YXX-XXXX|(YXX)YXX-XXXX",
    "gb": "020 7XXX XXXX|07700 XXXXXX|+44 20 7XXX XXXX|+44 (0)20 7XXX XXXX|+447700XXXXXX|0161 4XX XXXX|(020) 7XXX XXXX|01632 960XXX",
    "de": "030 XXXXXX|0171 XXXXXXX|0171/XXXXXXX|+49 30 XXXXXX|+49 171 XXXXXXX|+49 (0)89 XXXXXX-XX|(030) XXXXXXX|0211 XX XX XX X|+49171XXXXXXX",
    "fr": "01 XX XX XX XX|06 XX XX XX XX|06.XX.XX.XX.XX|+33 6 XX XX XX XX|+331XXXXXXXX|01-XX-XX-XX-XX|+33 (0)1 XX XX XX XX",
    "es": "+34 6XX XXX XXX|+346XXXXXXXX|6XX XX XX XX|+34 91X XX XX XX|91X XX XX XX",
    "it": "+39 06 XXXX XXXX|+39 347 XXX XXXX|06 XXXX XXXX|+39347XXXXXXX|02 XXX XXXX",
    "nl": "+31 6 XXXXXXXX|06-XXXXXXXX|020 7XX XXXX|+31 20 7XX XXXX",
    "br": "(11) 9XXXX-XXXX|+55 11 9XXXX-XXXX|+55119XXXXXXXX|(21) 3XXX-XXXX",
    "in": "+91 98XXX XXXXX|98XXX XXXXX|+9198XXXXXXXX|022 2XXX XXXX|+91-98XXXXXXXX",
    "jp": "03-3XXX-XXXX|090-1XXX-XXXX|+81 90 1XXX XXXX|+81-3-3XXX-XXXX",
    "cn": "+86 138 XXXX XXXX|138 XXXX XXXX|010-6XXXXXXX|+86138XXXXXXXX",
    "kr": "010-2XXX-XXXX|+82 10-2XXX-XXXX|02-7XX-XXXX",
    "au": "(02) 9XXX XXXX|0412 XXX XXX|+61 412 XXX XXX|+61 2 9XXX XXXX",
    "ru": "8 (912) XXX-XX-XX|+7 912 XXX-XX-XX|+7 (495) XXX-XX-XX|+7912XXXXXXX",
    "se": "08-7XX XXX XX|+46 70 7XX XX XX|070-7XX XX XX",
    "ch": "044 6XX XX XX|+41 44 6XX XX XX|+41 79 6XX XX XX",
    "pl": "+48 601 XXX XXX|+48601XXXXXX",
    "tr": "+90 532 XXX XX XX|0532 XXX XX XX",
    "mx": "+52 55 YXXX XXXX|(55) YXXX XXXX",
    "za": "082 7XX XXXX|+27 82 7XX XXXX",
    "il": "054-7XX-XXXX|+972 54-7XX-XXXX",
    "sg": "+65 9XXX XXXX|+659XXXXXXX",
    "zz": "+380 50 7XX XXXX|+351 912 XXX XXX|+353 87 7XX XXXX|+971 50 7XX XXXX|+852 6XXX XXXX|+47 9XX XX XXX|+45 2X XX XX XX|+358 40 7XX XXXX|"
    "0044 20 7XXX XXXX|0049 171 XXXXXXX|+420 601 XXX XXX|+54 11 4XXX-XXXX|+30 69XX XXX XXX",
}
CALLS = [
    "call {}",
    "Tel. {}",
    "Phone: {}",
    "my mobile is {}",
    "Telefon: {}",
    "Tél : {}",
    "teléfono {}",
    "WhatsApp {}",
    "ring me at {}",
    "fax {}",
    "cell {}",
    "Handy: {}",
    "tel:{}",
]
BARE = "YXXYXXXXXX|1YXXYXXXXXX|07700XXXXXX|06XXXXXXXX|0171XXXXXXX|6XXXXXXXX|119XXXXXXXX|98XXXXXXXX|138XXXXXXXX|612 XXX XXX|YXXX XXXX|2X XX XX XX"


def phone(r: Random) -> str:
    form = r.choice(PHONES[r.choice(list(PHONES))].split("|"))
    made = until(lambda: pattern(r, form), lambda text: "11" not in text or not form.count("YXX"))  # no area code is N11
    return made.replace(" ", r.choice("\u00a0\u202f")) if r.random() < 0.05 else made


def phone_bare(r: Random) -> tuple[str, str, str]:
    before, _, after = r.choice(CALLS).partition("{}")
    return before, pattern(r, r.choice(BARE.split("|"))), after


# --- cards and accounts ---

CARDS = [
    ("4", 16),
    ("4", 16),
    ("4", 13),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("3528", 16),
    ("36", 14),
    ("62", 16),
    ("6759", 16),
    ("2200", 16),
    ("4", 19),
]


def card(r: Random) -> str:
    head, size = r.choice(CARDS)
    made = mod_luhn(digits(r, size - 1, head))
    sizes = [4, 6, 5] if size == 15 else [4, 6, 4] if size == 14 else [4, 4, 4, 4]
    return r.choice(
        [made, made, grouped(made, sizes, " "), grouped(made, sizes, "-"), grouped(made, sizes, r.choice([" ", ".", "\u00a0"]))]
    )


BBANS = {
    "DE": "n18",
    "GB": "a4n14",
    "FR": "n10c11n2",
    "ES": "n20",
    "IT": "a1n10c12",
    "NL": "a4n10",
    "BE": "n12",
    "AT": "n16",
    "CH": "n5c12",
    "PL": "n24",
    "SE": "n20",
    "NO": "n11",
    "DK": "n14",
    "FI": "n14",
    "PT": "n21",
    "IE": "a4n14",
    "LU": "n3c13",
    "CZ": "n20",
    "GR": "n7c16",
    "HU": "n24",
    "RO": "a4c16",
    "TR": "n6c16",
    "SA": "n2c18",
    "AE": "n19",
    "MT": "a4n5c18",
    "LT": "n16",
    "BR": "n23a1c1",
    "IL": "n19",
    "UA": "n6c19",
    "KZ": "n3c13",
}


def iban(r: Random, off: int = 0) -> str:
    country = r.choice(list(BBANS))
    body, spec = "", BBANS[country]
    for part in spec.replace("n", " n").replace("a", " a").replace("c", " c").split():
        pool = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}[part[0]]
        body += "".join(r.choice(pool) for _ in range(int(part[1:])))
    number = int("".join(str(int(c, 36)) for c in body + country + "00"))
    made = f"{country}{(98 - number % 97 + off - 2) % 97 + 2:02d}{body}"
    spaced = " ".join(made[at : at + 4] for at in range(0, len(made), 4))
    return r.choice([made, made, spaced, spaced, made.lower(), spaced.replace(" ", "-"), spaced.replace(" ", "\u00a0")])


def ssn(r: Random) -> str:
    area = r.choice([n for n in range(1, 900) if n != 666])
    gap = r.choice(["-", "-", "-", " "])
    return f"{area:03d}{gap}{r.randrange(1, 100):02d}{gap}{r.randrange(1, 10000):04d}"


def ip(r: Random) -> str:
    if r.random() < 0.6:
        return ".".join(str(r.randrange(1, 255)) for _ in range(4))
    groups = [f"{r.randrange(0x10000):x}" for _ in range(8)]
    short = f"{r.randrange(16):x}"
    groups[0] = r.choice(["2001", "2a02", "fe80", "fd12"])
    cut = r.randrange(2, 7)
    made = r.choice(
        [
            ":".join(groups),
            ":".join(groups[:cut]) + "::" + short + "1",
            f"2001:db8::{groups[6]}:{r.randrange(1, 9)}{short}",
            f"::ffff:{r.randrange(1, 255)}.0.2.{r.randrange(255)}",
        ]
    )
    return made.upper() if r.random() < 0.15 else made


def url_credentials(r: Random) -> tuple[str, str, str]:
    user = ascii_of(r.choice(GIVEN))
    secret = "".join(r.choice(string.ascii_letters + string.digits + "!$_-%") for _ in range(r.randrange(6, 20)))
    scheme = r.choice(["https", "postgres", "mongodb+srv", "redis", "ftp", "amqp", "http"])
    tail = r.choice(["@db.example.com:5432/main", "@example.org/path?x=1", "@10.0.0.5/0", "@cluster0.mongodb.example"])
    if "10.0.0.5" in tail:
        tail = "@cache.internal/0"
    return f"{scheme}://", r.choice([f"{user}:{secret}", f"{user}:{secret}", f"ghp_{digits(r, 12)}"]), tail
