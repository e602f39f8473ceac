"""Made-up national ids of many countries, each with its own check digits (`pii_values`, `pii_corpus`)."""

import string
from collections.abc import Callable

from benchmarks.pii_values import Placed, Random, digits, grouped, mod_luhn, pattern, until


def day(r: Random) -> tuple[int, int, int]:
    return r.randrange(40, 99), r.randrange(1, 13), r.randrange(1, 29)


def spain(r: Random) -> str:
    n, first = r.randrange(10**8), ""
    if r.random() < 0.4:
        first, n = r.choice("XYZ"), n % 10**7
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[
        ("XYZ".find(first) * 10**7 if first else 0) + n - ((("XYZ".find(first) * 10**7 if first else 0) + n) // 23) * 23
    ]
    gap = r.choice(["", "", "-"])
    return f"{first}{gap}{n:07d}{gap}{letter}" if first else f"{n:08d}{gap}{letter}"


def britain(r: Random) -> str:
    made = r.choice("ABCEGHJLMPRSW") + r.choice("ABCEGHJLMPRSW") + digits(r, 6) + r.choice("ABCD")
    made = "AB" + made[2:] if made[:2] in {"BG", "GB"} else made
    return r.choice(
        [made, " ".join((made[:2], made[2:4], made[4:6], made[6:8], made[8])), made.lower() if r.random() < 0.3 else made]
    )


def italy(r: Random) -> str:
    y, _, d = day(r)
    consonants = "BCDFGLMNPRSTVZ"
    body = (
        "".join(r.choice(consonants) for _ in range(6))
        + f"{y:02d}"
        + r.choice("ABCDEHLMPRST")
        + f"{d + r.choice([0, 40]):02d}"
        + r.choice("ABCDEFGHIL")
        + digits(r, 3)
    )
    odd = dict(
        zip(
            string.digits + string.ascii_uppercase,
            [
                1,
                0,
                5,
                7,
                9,
                13,
                15,
                17,
                19,
                21,
                1,
                0,
                5,
                7,
                9,
                13,
                15,
                17,
                19,
                21,
                2,
                4,
                18,
                20,
                11,
                3,
                6,
                8,
                12,
                14,
                16,
                10,
                22,
                25,
                24,
                23,
            ],
            strict=True,
        )
    )
    total = sum(odd[c] if at % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for at, c in enumerate(body))
    return body + chr(65 + total % 26)


def france(r: Random) -> str:
    y, m, _ = day(r)
    body = f"{r.choice('12')}{y:02d}{m:02d}{r.randrange(1, 96):02d}{r.randrange(1, 999):03d}{r.randrange(1, 999):03d}"
    made = f"{body}{97 - int(body) % 97:02d}"
    return r.choice([made, grouped(made, [1, 2, 2, 2, 3, 3, 2], " ")])


def sums_to(r: Random, form: str, fits: Callable[[str], bool]) -> str:
    """Digits by a form, drawn until they fit, which for a check digit or two takes ten to a hundred draws."""
    return until(lambda: pattern(r, form), fits)


def weigh(text: str, weights: tuple[int, ...]) -> int:
    return sum(int(c) * w for c, w in zip(text, weights, strict=False))


def brazil(r: Random) -> str:
    made = digits(r, 9)
    for size in (9, 10):
        rest = sum(int(c) * (size + 1 - at) for at, c in enumerate(made)) % 11
        made += str(0 if rest < 2 else 11 - rest)
    return f"{made[:3]}.{made[3:6]}.{made[6:9]}-{made[9:]}"


def poland(r: Random) -> str:
    y, m, d = day(r)
    body = f"{y:02d}{m:02d}{d:02d}" + digits(r, 4)
    return body + str(-weigh(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


def sweden(r: Random) -> str:
    y, m, d = day(r)
    made = mod_luhn(f"{y:02d}{m:02d}{d:02d}" + digits(r, 3))
    return r.choice(["", "19"]) + made[:6] + "-" + made[6:]


def finland(r: Random) -> str:
    y, m, d = day(r)
    body, n = f"{d:02d}{m:02d}{y:02d}", f"{r.randrange(2, 900):03d}"
    return f"{body}-{n}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(body + n) % 31]}"


def belgium(r: Random) -> str:
    y, m, d = day(r)
    body = f"{y:02d}{m:02d}{d:02d}{r.randrange(1, 998):03d}"
    made = f"{body}{97 - int(body) % 97:02d}"
    return r.choice([made, f"{made[:2]}.{made[2:4]}.{made[4:6]}-{made[6:9]}.{made[9:]}"])


def india(r: Random) -> str:
    if r.random() < 0.5:
        return (
            "".join(r.choice(string.ascii_uppercase) for _ in range(3))
            + r.choice("PCH")
            + r.choice(string.ascii_uppercase)
            + digits(r, 4)
            + r.choice(string.ascii_uppercase)
        )
    body = digits(r, 11, r.choice("23456789"))
    return grouped(body + verhoeff(body), [4, 4, 4], " ")


def verhoeff(body: str) -> str:
    def times(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
        return 5 + (a - b) % 5 if b < 5 else (a - b) % 5

    turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    value = 0
    for at, c in enumerate(reversed(body), 1):
        n = int(c)
        for _ in range(at % 8):
            n = turn[n]
        value = times(value, n)
    return str(next(n for n in range(10) if times(value, n) == 0))


def china(r: Random) -> str:
    y, m, d = day(r)
    body = f"{r.choice(['110105', '310104', '440301'])}19{y:02d}{m:02d}{d:02d}{digits(r, 3)}"
    return body + "10X98765432"[sum(int(c) * pow(2, 17 - at, 11) for at, c in enumerate(body)) % 11]


def singapore(r: Random) -> str:
    first, body = r.choice("STFG"), digits(r, 7)
    rest = (weigh(body, (2, 7, 6, 5, 4, 3, 2)) + (4 if first in "TG" else 0)) % 11
    return first + body + ("JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK")[rest]


def chile(r: Random) -> str:
    n = r.randrange(5_000_000, 25_000_000)
    total = sum(int(c) * (2, 3, 4, 5, 6, 7)[at % 6] for at, c in enumerate(reversed(str(n))))
    return f"{n:,}".replace(",", ".") + "-" + "0K987654321"[total % 11]


def argentina(r: Random) -> str:
    made = until(
        lambda: r.choice(["20", "27", "23"]) + digits(r, 8), lambda b: weigh(b, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 != 1
    )
    return f"{made[:2]}-{made[2:]}-{-weigh(made, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11}"


def korea(r: Random) -> str:
    y, m, d = day(r)
    return f"{y:02d}{m:02d}{d:02d}-{r.choice('12')}{digits(r, 6)}"


def south_africa(r: Random) -> str:
    y, m, d = day(r)
    return mod_luhn(f"{y:02d}{m:02d}{d:02d}{digits(r, 4)}08")


def canada(r: Random) -> str:
    return grouped(mod_luhn(digits(r, 8, r.choice("1234567"))), [3, 3, 3], r.choice(" -"))


def turkey(r: Random) -> Placed:
    b = digits(r, 9, r.choice("123456789"))
    ten = (sum(map(int, b[0::2])) * 7 - sum(map(int, b[1::2]))) % 10
    return "T.C. Kimlik No: ", f"{b}{ten}{(sum(map(int, b)) + ten) % 10}", ""


IDS = [
    spain,
    britain,
    italy,
    france,
    brazil,
    sweden,
    finland,
    belgium,
    india,
    china,
    singapore,
    chile,
    argentina,
    korea,
    south_africa,
    canada,
    turkey,
    lambda r: ("PESEL ", poland(r), ""),
    lambda r: (
        "NHS number: ",
        grouped(sums_to(r, "Z#########", lambda t: weigh(t, tuple(range(10, 0, -1))) % 11 == 0), [3, 3, 4], " "),
        "",
    ),
    lambda r: ("BSN ", sums_to(r, "Z########", lambda t: weigh(t, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0), ""),
]


def national_id(r: Random) -> Placed:
    return r.choice(IDS)(r)
