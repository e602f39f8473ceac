"""A corpus of labelled strings for finding personal data: made, not collected, and the same for the same seed.

Every value is made up (`pii_values`) and put into a sentence, a line of a log, a URL or nothing at all. About a third of the
strings hold none: order numbers, times, versions, hashes, prices and whatever else looks like a number that stands for a person.
"""

import hashlib
import random
import string
import uuid
from base64 import b64encode
from dataclasses import dataclass

from benchmarks import pii_ids
from benchmarks import pii_values as values
from benchmarks.pii_values import Random, digits, mod_luhn, pattern

__all__ = ["SEED", "Labelled", "corpus"]

SEED = 20261121


@dataclass(frozen=True)
class Labelled:
    """A text and what is in it: (start, end, kind), in order. `origin` says how it was made."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    origin: str


MAKERS = {
    "email": (values.email, 800),
    "email in a url": (values.email_in_url, 100),
    "phone": (values.phone, 1200),
    "phone, bare": (values.phone_bare, 300),
    "card": (values.card, 700),
    "iban": (values.iban, 700),
    "ssn": (values.ssn, 350),
    "national_id": (pii_ids.national_id, 900),
    "ip": (values.ip, 500),
    "url_credentials": (values.url_credentials, 250),
}

AROUND = [
    "{}",
    "{}",
    "{}",
    "{}",
    "{}",
    "({})",
    "<{}>",
    '"{}"',
    "[{}]",
    "{}.",
    "{},",
    "value={}",
    "x: {}; y: 2",
    "a|{}|b",
    "| {} |",
    "id\t{}\tok",
    "line one\n{}\nline three",
    "Please use {} from now on.",
    "Hi, it is {}, thanks!",
    "customer wrote: {} - please check",
    "{} was rejected",
    "user entered {} at checkout",
    "see {} for details",
    "Bitte verwenden Sie {} ab sofort.",
    "Der Kunde hat {} angegeben.",
    "Voici {} pour la suite.",
    "Le client a saisi {}.",
    "El cliente indicó {} ayer.",
    "Use {} por favor, obrigado.",
    "Il cliente ha scritto {}.",
    "De klant gaf {} door.",
    "Klient podał {} wczoraj.",
    "Kunden angav {} igår.",
    "Müşteri {} yazdı.",
    "お客様: {} です",
    "客户填写了 {} 。",
    "клиент указал {} вчера",
    "2026-11-21T13:15:56Z INFO form submitted value={} status=200",
    "WARN [worker-3] could not send to {} after 3 tries",
]


def price(r: Random) -> str:
    return r.choice(
        [
            "{a},{b:03d},{c:03d}.{d:02d} USD",
            "{a}.{b:03d}.{c:03d},{d:02d} €",
            "$ {a}{b:03d}.{d:02d}",
            "{a} {b:03d},{d:02d} kr",
            "£{b}.{d:02d}",
            "¥{a}{b:03d}{c:03d}",
        ]
    ).format(a=r.randrange(1, 99), b=r.randrange(1000), c=r.randrange(1000), d=r.randrange(100))


def moment(r: Random) -> str:
    y, mo, d, h, mi, s = (
        r.randrange(1990, 2031),
        r.randrange(1, 13),
        r.randrange(1, 29),
        r.randrange(24),
        r.randrange(60),
        r.randrange(60),
    )
    return r.choice([
        f"{y}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:{s:02d}.{r.randrange(1000):03d}Z", f"{y}-{mo:02d}-{d:02d} {h:02d}:{mi:02d}:{s:02d}", f"{d:02d}/{mo:02d}/{y} {h:02d}:{mi:02d}", f"{d:02d}.{mo:02d}.{y}",
        f"{mo:02d}-{d:02d}-{y}", f"{y}{mo:02d}{d:02d}T{h:02d}{mi:02d}{s:02d}", f"{y}{mo:02d}{d:02d}{h:02d}{mi:02d}{s:02d}", f"{y}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:{s:02d}+02:00", f"{h:02d}:{mi:02d}:{s:02d},{r.randrange(1000):03d}",
        f"{y}/{mo:02d}/{d:02d}", f"{y}-{mo:02d}-{d:02d} - {y + 1}-{mo:02d}-{d:02d}",
    ])  # fmt: skip


def epoch(r: Random) -> str:
    seconds = r.randrange(1_500_000_000, 1_800_000_000)
    return str(r.choice([seconds, seconds * 1000 + r.randrange(1000), f"{seconds}.{r.randrange(10**6):06d}"]))


def order(r: Random) -> str:
    return r.choice(
        [
            "order {}",
            "Order #{}",
            "ORD-{}",
            "order_id={}",
            "invoice {}",
            "INV/{}",
            "Bestellnummer {}",
            "ticket {}",
            "PO-{}",
            "ref {}",
            "{}",
        ]
    ).format(
        r.choice(
            [
                digits(r, r.choice([6, 7, 8, 9, 10]), r.choice("123456789")),
                f"{r.randrange(2015, 2027)}-{digits(r, 6)}",
                f"{digits(r, 3, '1')}-{digits(r, 7)}-{digits(r, 7)}",
            ]
        )
    )


def version(r: Random) -> str:
    a, b, c, d = (r.randrange(n) for n in (30, 40, 200, 250))
    return r.choice([f"v{a}.{b}.{c}", f"{a}.{b}.{c}-rc.{d}", f"version {a}.{b}.{c}.{d}", f"v{a}.{b}.{c}.{d}", f"Chrome/{a + 90}.0.{c + 4000}.{d}", f"Safari/{a + 500}.{b}.{c % 9}", f"build {a}.{b}.{c}.{d}",
                     f"lodash@{a}.{b}.{c}", f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{b % 7}_1 like Mac OS X) AppleWebKit/605.1.{c}", f"firmware: {a}.{b}.{c}.{d}", f"Edg/{a + 90}.0.0.0"])  # fmt: skip


def hashed(r: Random) -> str:
    made = hashlib.sha512(digits(r, 20).encode())
    return r.choice(
        [
            made.hexdigest()[:32],
            made.hexdigest()[:40],
            made.hexdigest()[:64],
            made.hexdigest()[:7],
            b64encode(made.digest()[:33]).decode(),
            "0x" + made.hexdigest()[:40],
            ":".join(made.hexdigest()[at : at + 2] for at in range(0, 40, 2)),
        ]
    )


def guid(r: Random) -> str:
    made = str(uuid.UUID(int=r.getrandbits(128), version=4))
    return r.choice([made, made.upper(), made.replace("-", ""), f"urn:uuid:{made}"])


def place(r: Random) -> str:
    lat, lon = r.uniform(-90, 90), r.uniform(-180, 180)
    return r.choice(
        [
            f"{lat:.6f},{lon:.6f}",
            f"{lat:.14f}, {lon:.14f}",
            f"lat={lat:.4f}&lon={lon:.4f}",
            f"https://maps.example.com/@{lat:.7f},{lon:.7f},15z",
            f"geo:{lat:.5f};{lon:.5f}",
        ]
    )


def goods(r: Random) -> str:
    letters = "".join(r.choice(string.ascii_uppercase) for _ in range(3))
    return r.choice([f"SKU-{digits(r, 6)}", f"{letters}-{digits(r, 4)}-{letters}", f"{letters}{digits(r, 5)}", f"SKU {digits(r, 3)}-{digits(r, 3)}-{digits(r, 2)}", f"B0{letters}{digits(r, 5)}", f"art. {digits(r, 5)}.{digits(r, 2)}",
                     f"978-3-{digits(r, 2)}-{digits(r, 6)}-{digits(r, 1)}", digits(r, 13, "40"), f"{letters}-{digits(r, 3)}-{digits(r, 3)}-{digits(r, 4)}"])  # fmt: skip


def parcel(r: Random) -> str:
    return r.choice(
        [
            f"1Z{digits(r, 3)}AA1{digits(r, 10)}",
            "9400" + digits(r, 18),
            "JD0" + digits(r, 15),
            f"RR{digits(r, 9)}DE",
            "tracking " + digits(r, 12, "7"),
            "00" + digits(r, 18, "34"),
        ]
    )


def card_like(r: Random) -> str:
    """Sixteen digits of which the last is wrong."""
    made = mod_luhn(digits(r, 15, r.choice(["4", "51", "6011"])))
    made = made[:-1] + str((int(made[-1]) + r.randrange(1, 10)) % 10)
    return r.choice([made, " ".join(made[at : at + 4] for at in range(0, 16, 4))])


def iban_like(r: Random) -> str:
    return values.iban(r, off=r.randrange(1, 90))


def ssn_like(r: Random) -> str:
    return r.choice(
        [
            f"000-{pattern(r, 'Z#-####')}",
            f"666-{pattern(r, 'Z#-####')}",
            pattern(r, "Z##-00-####"),
            pattern(r, "Z##-Z#-0000"),
            pattern(r, "part Z##-Z#-###"),
            pattern(r, "Z####-####"),
            pattern(r, "##-#######"),
        ]
    )


def mail_like(r: Random) -> str:
    return r.choice(["icon@2x.png", "logo@3x.webp", "@anna", "root@localhost", "git@github.com:acme/shop.git", "a @ b", "user@", "@scope/package", "meet @ 5pm", "foo@bar", "vue@3.4.21", "x@1.2.3.4-beta", "ssh://git@example.org/x",
                     "price@checkout", "https://social.example/@user/12345", "me at example dot com", "%40media", "@media(min-width:400px)"])  # fmt: skip


def ip_like(r: Random) -> str:
    return r.choice([f"{r.randrange(256, 999)}.{r.randrange(255)}.{r.randrange(255)}.{r.randrange(255)}", "1.2.3", "1.2.3.4.5", ":".join(digits(r, 2) for _ in range(6)), f"{r.randrange(24)}:{r.randrange(60):02d}:{r.randrange(60):02d}",
                     "std::vector", "a::before", "12:30:00:15", "dead:beef", "section 4.2.1.a", "::", "Foo::Bar::baz", "01:23:45:67:89:ab", "16:9"])  # fmt: skip


def figure(r: Random) -> str:
    return r.choice([f"{r.random() * 1e9:.12f}", "1920x1080", f"pages {digits(r, 3, '1')}-{digits(r, 3, '2')}", f"{digits(r, 8, '1')} bytes", f"{r.random():.16f}", f"94107-{digits(r, 4)}", f"{digits(r, 3, '1')} of {digits(r, 5, '2')}",
                     f"GA1.2.{digits(r, 9, '1')}.{digits(r, 10, '16')}", f"pi_3N{hashlib.md5(digits(r, 9).encode()).hexdigest()[:20]}", f"{digits(r, 17, '10')}", f"+{r.randrange(1, 99)}%", f"({digits(r, 3, '1')})", f"{digits(r, 5, '1')} / {digits(r, 5, '1')}",
                     f"score 3-2, 4-4, {digits(r, 2)}-1", f"IMEI {mod_luhn(digits(r, 14, '35'))}", f"M{digits(r, 2)} x {digits(r, 3)} mm", f"HTTP 404 {digits(r, 4)}ms"])  # fmt: skip


NEAR_MISSES = {
    "price": (price, 200), "time": (moment, 350), "epoch": (epoch, 150), "order": (order, 350), "version": (version, 250), "hash": (hashed, 200), "uuid": (guid, 200), "coordinates": (place, 150), "goods": (goods, 250),
    "parcel": (parcel, 150), "card-like": (card_like, 150), "iban-like": (iban_like, 100), "ssn-like": (ssn_like, 120), "mail-like": (mail_like, 150), "ip-like": (ip_like, 150), "figure": (figure, 250),
}  # fmt: skip


def corpus(seed: int = SEED, share: float = 1.0) -> list[Labelled]:
    """The labelled strings: 8,000 or so, or that share of them."""
    r, made = random.Random(seed), []
    for origin, (make, count) in MAKERS.items():
        kind = origin.partition(" in ")[0].partition(",")[0]
        for _ in range(round(count * share)):
            value = make(r)
            before, value, after = value if isinstance(value, tuple) else ("", value, "")
            left, _, right = r.choice(AROUND).partition("{}")
            left, right = left + before, after + right
            made.append(Labelled(left + value + right, ((len(left), len(left) + len(value), kind),), origin))
    for origin, (make, count) in NEAR_MISSES.items():
        for _ in range(round(count * share)):
            left, _, right = r.choice(AROUND).partition("{}")
            made.append(Labelled(left + str(make(r)) + right, (), origin))
    r.shuffle(made)
    return made
