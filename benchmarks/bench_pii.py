"""How well does library/pii find personal data, beside other finders, and what does it cost?

    python -m benchmarks.bench_pii [--quick] [--others PYTHON]

Precision and recall by kind over the labelled corpus (`pii_corpus`), in both languages, and with --others those of other
finders, run by a Python that has them installed (`pii_others`). A finding is right if the label has the same kind and covers
it by half or more of what both cover. Then µs of CPU for an event of about 1 KB, the whole call of the loaded step in this
process: one without personal data, one with an e-mail address, a telephone number and an IP address, redacted. And the time for
hostile text of 20 KB, and how much longer eight times as much takes.

The patterns were adjusted while looking at the corpus of another seed (TUNED); this one, nobody has looked at.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from benchmarks.bench_library import opened
from benchmarks.machine import cpu_of, machine, options, save, table
from benchmarks.pii_corpus import Labelled, corpus
from transformer.engines.base import Host
from transformer.engines.python.natives import scan
from transformer.library import shelf
from transformer.library.parameters import filled
from transformer.library.steps import function_step, transform_step

SEED = 7
TUNED = 20261121
KINDS = ("email", "phone", "card", "iban", "ssn", "national_id", "ip", "url_credentials")
Spans = list[tuple[int, int, str]]
HOSTILE = (
    "a@",
    "1 ",
    "1-1",
    "12.1.1.1",
    "::1 ",
    "4111 1111 ",
    "(12) ",
    "://a@",
    "00 1",
    "AB12 1234 ",
    "%40a.",
    '\\"1234567890',
)

CLEAN = {
    "type": "track",
    "event": "Product Viewed",
    "messageId": "5c2f4d8e-9b1a-4c7e-8f6d-2a3b4c5d6e7f",
    "anonymousId": "f3b0c1aa-7d5e-4f8a-9c2b-1e0d9c8b7a6f",
    "userId": "user-18231",
    "channel": "web",
    "originalTimestamp": "2026-11-21T13:15:56.123Z",
    "sentAt": "2026-11-21T13:15:57.001Z",
    "receivedAt": "2026-11-21T13:15:57.203Z",
    "context": {
        "app": {"name": "Shop", "version": "4.17.2"},
        "library": {"name": "JavaScript SDK", "version": "3.7.11"},
        "locale": "en-GB",
        "timezone": "Europe/Berlin",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
        "screen": {"width": 1440, "height": 900, "density": 2},
        "page": {
            "path": "/products/shoes/42",
            "referrer": "https://search.example.com/",
            "url": "https://shop.example.com/products/shoes/42?utm_source=news",
            "title": "Running shoes",
        },
        "campaign": {"source": "news", "medium": "mail"},
    },
    "properties": {
        "product_id": "SKU-10423-BL",
        "category": "Shoes",
        "name": "Runner 3",
        "price": 119.95,
        "currency": "EUR",
        "quantity": 1,
        "position": 3,
        "coupon": "AUTUMN26",
        "brand": "Fleet",
        "variant": "blue",
    },
}
PERSONAL = {
    **CLEAN,
    "context": {
        **CLEAN["context"],
        "ip": "203.0.113.77",
        "traits": {"email": "maria.lopez@example.com", "phone": "+34 612 345 678"},
    },
}


def same(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    both = min(one[1], other[1]) - max(one[0], other[0])
    return one[2] == other[2] and both * 2 >= max(one[1], other[1]) - min(one[0], other[0])


def judged(labelled: list[Labelled], found: list[Spans]) -> dict[str, dict[str, float]]:
    """Precision and recall by kind."""
    right, missed, wrong = Counter(), Counter(), Counter()
    for each, spans in zip(labelled, found, strict=True):
        for label in each.spans:
            (right if any(same(label, tuple(span)) for span in spans) else missed)[label[2]] += 1
        wrong.update(span[2] for span in spans if not any(same(label, tuple(span)) for label in each.spans))
    return {
        kind: {
            "strings": right[kind] + missed[kind],
            "recall": round(right[kind] / max(1, right[kind] + missed[kind]), 4),
            "precision": round(right[kind] / max(1, right[kind] + wrong[kind]), 4),
        }
        for kind in KINDS
    }


def ours(engine: Any, language: str, texts: list[str]) -> list[Spans]:
    """What `find` says of each text."""
    step = function_step(shelf.find("library/pii/v1"), "find", language)
    program = engine.load(step.source, "bench", Host(libraries=step.libraries))
    told = [program.call({"arguments": [text]}, lambda _: {})["returned"] for text in texts]
    return [[(one["start"], one["end"], one["kind"]) for one in notes] for notes in told]


def least(run: Any, rounds: int) -> float:
    """CPU seconds of a call: the least of some rounds, since whatever else the machine does only adds to it."""
    return min(cpu_of(run, rounds=1) for _ in range(rounds))


def costs(engine: Any, language: str, rounds: int) -> dict[str, float]:
    """µs for an event, the whole call. Each event is decoded anew, as in a worker; what that costs is taken off."""
    transform = shelf.find("library/pii/v1")
    step = transform_step(transform, filled(transform, {}), language)
    call = engine.load(step.source, "bench", Host(libraries=step.libraries)).call
    found = {}
    for name, event in (("clean", CLEAN), ("personal", PERSONAL)):
        raw = orjson.dumps(event)
        whole = least(lambda raw=raw: call(orjson.loads(raw), None), rounds)
        found[f"{name}_us"] = round((whole - least(lambda raw=raw: orjson.loads(raw), rounds)) * 1e6, 2)
    return found


def hostile(engine: Any, language: str, rounds: int) -> dict[str, Any]:
    """The slowest of hostile texts: milliseconds for 20 KB, and how often as long eight times as much takes."""
    step = function_step(shelf.find("library/pii/v1"), "redact", language)
    call = engine.load(step.source, "bench", Host(libraries=step.libraries)).call
    worst: dict[str, Any] = {"hostile_20kb_ms": 0.0, "hostile_ratio": 0.0}
    for unit in HOSTILE:
        small, large = ((unit * size)[:size] for size in (20_000, 160_000))
        once, eight = (
            cpu_of(lambda text=text: call({"arguments": [text]}, None), rounds=rounds, least_seconds=0)
            for text in (small, large)
        )
        if once * 1e3 > worst["hostile_20kb_ms"]:
            worst = {"hostile_20kb_ms": round(once * 1e3, 2), "hostile_ratio": round(eight / once, 1), "hostile_text": unit}
    return worst


def scanners(rounds: int) -> list[dict[str, Any]]:
    """What the scan alone costs with each of the libraries that can do it."""
    trigger = _trigger()
    rows = []
    for name in ("rurex", "re2", "re"):
        scan.use(name)
        rows.append({
            "scanner": name,
            "clean_us": round(least(lambda: scan.hits(trigger, CLEAN), rounds) * 1e6, 2),
            "personal_us": round(least(lambda: scan.hits(trigger, PERSONAL), rounds) * 1e6, 2),
        })  # fmt: skip
    scan.use("")
    return rows


def _trigger() -> str:
    space: dict[str, Any] = {}
    source = shelf.find("library/personal_text/v1").sources["python"]
    begin, end = source.index("\nGAP = "), source.index("\n# Candidates")
    exec(source[begin:end], space)  # our own file: the pattern alone
    return space["TRIGGER"]


def main() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--others", default="", help="a Python that has presidio-analyzer and scrubadub")
    own, rest = parser.parse_known_args()
    chosen, about = options(__doc__, rest), machine()
    about["libraries"] |= {name: version(name) for name in ("rurex", "google-re2")}
    rounds, labelled = (2, corpus(SEED, 0.05)) if chosen.quick else (25, corpus(SEED))
    texts = [each.text for each in labelled]
    rows: list[dict[str, Any]] = []
    for language, engine in opened().items():
        kinds = judged(labelled, ours(engine(), language, texts))
        rows.append(
            {
                "finder": f"library/pii, {language}",
                "kinds": kinds,
                **costs(engine(), language, rounds),
                **hostile(engine(), language, 2),
            }
        )
    if own.others:
        program = Path(__file__).with_name("pii_others.py")
        told = subprocess.run(
            [own.others, program], input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=900
        )
        for name, theirs in json.loads(told.stdout).items():
            rows.append(
                {
                    "finder": name,
                    "kinds": judged(labelled, theirs["spans"]),
                    "us_per_string": round(theirs["seconds"] / len(texts) * 1e6, 1),
                }
            )
    print(f"{len(texts)} strings, {sum(not each.spans for each in labelled)} of them without personal data; recall / precision")
    table(
        ["kind", "strings", *(row["finder"] for row in rows)],
        [
            [
                kind,
                rows[0]["kinds"][kind]["strings"],
                *("{recall:.3f} / {precision:.3f}".format(**row["kinds"][kind]) for row in rows),
            ]
            for kind in KINDS
        ],
    )
    print()
    table(
        ["µs for 1 KB", "clean", "redacted", "ms for 20 KB hostile", "8 times as much"],
        [
            [row["finder"], row["clean_us"], row["personal_us"], row["hostile_20kb_ms"], row["hostile_ratio"]]
            for row in rows
            if "clean_us" in row
        ],
    )
    by_scanner = scanners(rounds)
    print()
    table(
        ["µs for the scan alone", "clean", "personal"],
        [[row["scanner"], row["clean_us"], row["personal_us"]] for row in by_scanner],
    )
    if own.others:
        save("pii", chosen, about, rows + by_scanner)
    else:
        print("not saved: the table is whole with --others only", file=sys.stderr)


if __name__ == "__main__":
    main()
