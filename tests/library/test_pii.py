"""library/pii over the labelled corpus: what it finds, that both languages find the same, and that hostile text costs no more."""

import random
import re
import time

import orjson
import pytest

from benchmarks.bench_pii import KINDS, judged
from benchmarks.pii_corpus import corpus
from transformer.engines.base import Host
from transformer.engines.python import natives
from transformer.engines.python.engine import open_engine
from transformer.library import shelf
from transformer.library.steps import function_step
from transformer.pool import Batch, Plan

PII = shelf.find("library/pii/v1")
TEXT = shelf.find("library/personal_text/v1")
STRANGE = [
    "\n",
    "\t",
    '"',
    "\\",
    "😀",
    "é",
    "\u00a0",
    "\u202f",
    "@",
    "%40",
    ".",
    "-",
    "+",
    " ",
    "(",
    ")",
    "0",
    "\u2028",
    "\x00",
    "n",
    "://",
]


def texts(labelled):
    return [each.text for each in labelled]


def bent(labelled):
    """Each text with something strange somewhere in it."""
    r = random.Random(3)
    cuts = [(text, r.randrange(len(text) + 1), r.choice(STRANGE)) for text in texts(labelled)]
    return [text[:at] + strange + text[at:] for text, at, strange in cuts]


@pytest.fixture(scope="module")
def find(pool):
    async def run(language, each):
        plan = Plan("test", (function_step(PII, "find", language),), pool.settings.limits)
        ledger = await pool.run(plan, Batch([orjson.dumps({"arguments": [text]}) for text in each]))
        assert ledger.failures == {}
        assert ledger.inputs == [(at,) for at in range(len(each))]
        return [orjson.loads(payload)["returned"] for payload in ledger.payloads]

    return run


@pytest.mark.asyncio(loop_scope="module")
async def test_finds_what_is_labelled_and_little_else(find):
    labelled = corpus(11, 0.1)
    told = await find("python", texts(labelled))
    found = judged(labelled, [[(one["start"], one["end"], one["kind"]) for one in notes] for notes in told])
    assert {kind: found[kind] for kind in KINDS if found[kind]["recall"] < 0.98 or found[kind]["precision"] < 0.95} == {}
    assert all(found[kind]["recall"] >= 0.99 for kind in ("email", "card", "iban"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.need("javascript")
async def test_both_languages_find_the_same(find):
    labelled = corpus(12, 0.05)
    each = [*texts(labelled), *bent(labelled)]
    python, javascript = await find("python", each), await find("javascript", each)
    assert [(text, one, other) for text, one, other in zip(each, python, javascript, strict=True) if one != other] == []


def test_both_languages_have_the_same_patterns():
    python = set(re.findall(r'\br?"((?:[^"\\\n]|\\.)*)"', TEXT.sources["python"]))
    javascript = {
        raw or plain for raw, plain in re.findall(r'String\.raw`([^`]*)`|"((?:[^"\\\n]|\\.)*)"', TEXT.sources["javascript"])
    }
    patterns = {each.replace('\\"', '"') for each in python if "[0-9" in each or "(?:" in each}
    assert len(patterns) > 30
    assert {each for each in patterns if each not in javascript and each not in TEXT.sources["javascript"]} == set()


@pytest.fixture(scope="module")
def redact():
    natives.open_all()
    step = function_step(PII, "redact", "python")
    call = open_engine().load(step.source, "test", Host(libraries=step.libraries)).call
    return lambda value: call({"arguments": [value]}, None)["returned"]


def seconds(redact, text):
    found = []
    for _ in range(3):
        began = time.thread_time()
        redact(text)
        found.append(time.thread_time() - began)
    return min(found)


@pytest.mark.parametrize("unit", ["a@", "1 ", "12.1.1.1", "a:1::", "4111 1111 ", "://a@", "AB12 1234 ", '\\"1234567890'])
def test_hostile_text_takes_linear_time(redact, unit):
    """Eight times as much takes about eight times as long, by the clock of this thread; quadratic would be sixty-four."""
    small, large = ((unit * size)[:size] for size in (4_000, 32_000))
    assert seconds(redact, large) < 28 * max(seconds(redact, small), 0.0002)


def test_returns_the_very_event_where_there_is_nothing(redact):
    event = {"type": "track", "properties": {"at": "2026-11-21T13:15:56Z", "n": [1, 2.5, None, True]}}
    assert redact(event) is event


def test_nothing_is_found_in_the_uuids_that_the_native_leaves_out():
    step = function_step(TEXT, "scan", "python")
    call = open_engine().load(step.source, "test", Host(libraries=step.libraries)).call
    chance = random.Random(8)
    for digits in ("0123456789", "0123456789abcdef", "0123456789ABCDEF", "0123456789abcdefABCDEF", "14", "05f"):
        for _ in range(300):
            parts = ["".join(chance.choices(digits, k=size)) for size in (8, 4, 4, 4, 12)]
            made = chance.choice("0123456789") + "-".join(parts)[1:]
            assert call({"arguments": [made, list(KINDS)]}, None)["returned"] == [], made


def test_what_json_cannot_say_is_looked_through_all_the_same(redact):
    assert redact({"a": 2**70, "b": ["jane@example.com"], "c": "\ud800 4111111111111111"}) == {
        "a": 2**70,
        "b": ["[email]"],
        "c": "\ud800 [card]",
    }
