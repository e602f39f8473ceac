"""Where a transform is there in two languages, both do the same with events that nobody thought of.

The events are realistic ones and those of its cases, with values put in their places that transforms meet in the wild: other
types, blanks of every script, addresses, names of JavaScript's own. They are the same on every run.
"""

import copy
import json
import random

import orjson
import pytest

from transformer.fixtures import Fixtures
from transformer.library import shelf
from transformer.library.cases import cases_of
from transformer.outcome import Status
from transformer.pool import Batch, Plan
from transformer.sample_events import sample_events

EVENTS = 40
CHANCE = {"sample_random", "sample_by_event"}
"""They draw by real chance, unless a case gives them a seed."""
ODD = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        1.5,
        1e-7,
        1e21,
        9007199254740991,
        0.1,
        "",
        " ",
        "x",
        "12",
        "-7.0",
        "1e3",
        "yes",
        "null",
        "é",
        "😀",
    ),
    *(
        [],
        {},
        [None],
        [[1, "a"], {"b": None}],
        {"a": {"b": [1]}},
        {"lat": 1.25, "lng": -1.35, "zip": "12345"},
        {"0": 1, "1": 2},
    ),
    *(
        "1.2.3.4",
        "::ffff:1.2.3.4",
        "2001:db8::ff",
        "1.2.3.4, x",
        "a@B.example",
        "Dr. Ada King, PhD",
        "v1.2.3-rc.1+b",
        "52.5,13.4",
    ),
    *(
        "https://ada:pw@h.example:443/a?email=x&utm_source=%C3%BC+y&fbclid=1#t=1",
        "?token=1&utm_medium=b",
        "2026-11-21T00:00:00Z",
    ),
    *(
        "constructor",
        "__proto__",
        "toString",
        "a.b",
        "orderCOMPLETED_x2",
        "Ⓐb ﬁx ǅungla ΑΣ ß İı",
        "a\u0301b",
        "١٢٣",
        "Googlebot/2.1",
    ),
    *(
        "\u00a012\u00a0",
        "\x1c12",
        "\x1fyes",
        "\x851.2.3.4",
        "\ufeff52.5,13.4",
        "\x1c",
        "\u00a0",
        "\ufeff",
        "Ada\x85King",
        "\u2028x",
    ),
]
KEYS = ["a", "a.b", "email", "", "0", "constructor", "Order Id", "zip", "x_token", "name", "größe", "event", "currency"]


def odd(value, draw):
    """The value with a few places of it changed."""
    if draw.random() < 0.1:
        return copy.deepcopy(draw.choice(ODD))
    if isinstance(value, list):
        return [odd(inner, draw) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {key: odd(inner, draw) for key, inner in value.items() if draw.random() > 0.05}
    if draw.random() < 0.15:
        made[draw.choice(KEYS)] = copy.deepcopy(draw.choice(ODD))
    return made


def odd_events(case, name):
    draw = random.Random(name)
    own = [case.case.events[at % len(case.case.events)] for at in range(EVENTS * 3 // 4)]
    seeds = [*own, *sample_events(EVENTS - len(own), len(name))]
    made = [odd(copy.deepcopy(dict(event)), draw) for event in seeds]
    return [event if isinstance(event, dict) else {"properties": event} for event in made]


def shown(transform):
    """The cases whose parameters are tried: the first two that hold in both languages and fail nothing."""
    cases = [case for case in cases_of(transform) if case.case and not case.function and len(case.engines) > 1]
    return [case for case in cases if "Failed" not in str(case.case.expect)][:2]


async def outcomes(pool, case, engine, events):
    answers = Fixtures(case.case.recorded)
    batch = Batch([json.dumps(event).encode() for event in events], [{} for _ in events])
    plan = Plan("offline", (case.step(engine),), pool.settings.limits)
    ledger = await pool.run(plan, batch, broker=answers.broker, tables=answers)
    payloads, inputs = ledger.outputs()
    made = [[Status(status).name, ledger.reasons.get(at, "")] for at, status in enumerate(ledger.status)]
    for payload, sources in zip(payloads, inputs, strict=True):
        made[sources[0]].append(orjson.loads(payload))
    return made


BOTH = [name for name in shelf.names() if len(shelf.find(name).sources) > 1 and shelf.find(name).entry_point]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", BOTH)
async def test_both_languages_do_the_same(pool, name, need):
    need("javascript")
    for case in shown(shelf.find(name)):
        if shelf.find(name).manifest.name in CHANCE and not case.parameters.get("seed"):
            continue
        events = odd_events(case, name)
        python, javascript = [await outcomes(pool, case, engine, events) for engine in ("python", "javascript")]
        for event, one, other in zip(events, python, javascript, strict=True):
            assert one == other, f"{case.parameters}: {json.dumps(event)}"
