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
    """`form` with # for any digit, Y for 2 to 9, Z for 1 to 9; all else stays."""
    take = {"#": string.digits, "Y": "23456789", "Z": "123456789"}
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
    "us": "(Y##) Y##-####|Y##-Y##-####|Y##.Y##.####|Y## Y## ####|+1 Y## Y## ####|+1Y##Y######|1-Y##-Y##-####|+1 (Y##) Y##-####|+1-Y##-Y##-####|(Y##)Y##-####",
    "gb": "020 7### ####|07700 ######|+44 20 7### ####|+44 (0)20 7### ####|+447700######|0161 4## ####|(020) 7### ####|01632 960###",
    "de": "030 ######|0171 #######|0171/#######|+49 30 ######|+49 171 #######|+49 (0)89 ######-##|(030) #######|0211 ## ## ## #|+49171#######",
    "fr": "01 ## ## ## ##|06 ## ## ## ##|06.##.##.##.##|+33 6 ## ## ## ##|+331########|01-##-##-##-##|+33 (0)1 ## ## ## ##",
    "es": "+34 6## ### ###|+346########|6## ## ## ##|+34 91# ## ## ##|91# ## ## ##",
    "it": "+39 06 #### ####|+39 347 ### ####|06 #### ####|+39347#######|02 ### ####",
    "nl": "+31 6 ########|06-########|020 7## ####|+31 20 7## ####",
    "br": "(11) 9####-####|+55 11 9####-####|+55119########|(21) 3###-####",
    "in": "+91 98### #####|98### #####|+9198########|022 2### ####|+91-98########",
    "jp": "03-3###-####|090-1###-####|+81 90 1### ####|+81-3-3###-####",
    "cn": "+86 138 #### ####|138 #### ####|010-6#######|+86138########",
    "kr": "010-2###-####|+82 10-2###-####|02-7##-####",
    "au": "(02) 9### ####|0412 ### ###|+61 412 ### ###|+61 2 9### ####",
    "ru": "8 (912) ###-##-##|+7 912 ###-##-##|+7 (495) ###-##-##|+7912#######",
    "se": "08-7## ### ##|+46 70 7## ## ##|070-7## ## ##",
    "ch": "044 6## ## ##|+41 44 6## ## ##|+41 79 6## ## ##",
    "pl": "+48 601 ### ###|+48601######",
    "tr": "+90 532 ### ## ##|0532 ### ## ##",
    "mx": "+52 55 Y### ####|(55) Y### ####",
    "za": "082 7## ####|+27 82 7## ####",
    "il": "054-7##-####|+972 54-7##-####",
    "sg": "+65 9### ####|+659#######",
    "zz": "+380 50 7## ####|+351 912 ### ###|+353 87 7## ####|+971 50 7## ####|+852 6### ####|+47 9## ## ###|+45 2# ## ## ##|+358 40 7## ####|"
    "0044 20 7### ####|0049 171 #######|+420 601 ### ###|+54 11 4###-####|+30 69## ### ###",
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
BARE = "Y##Y######|1Y##Y######|07700######|06########|0171#######|6########|119########|98########|138########|612 ### ###|Y### ####|2# ## ## ##"


def phone(r: Random) -> str:
    form = r.choice(PHONES[r.choice(list(PHONES))].split("|"))
    made = until(lambda: pattern(r, form), lambda text: "11" not in text or not form.count("Y##"))  # no area code is N11
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
