"""The library for guests in Zig: an event whose parts are copied as they came says the same as one that is written anew."""

import base64
import itertools
import json
import random
import re

import pytest

pytest.importorskip("wasmtime")

from tests.guests import build
from transformer.engines.base import Host
from transformer.engines.wasm.engine import open_engine

pytestmark = pytest.mark.need("zig")

SOURCE = build.source("zig/changes.zig")
CHANGES = re.findall(r"^    (\w+),$", SOURCE, re.MULTILINE)

REST = '"inner":{"x":1,"deep":{"er":{"y":1}}},"list":[1,2],"text":"a"'
TWICE = ",".join(f'"k{at % 37}":{at}' for at in range(60))
WIDE = ",".join(f'"wide {at}":{{"a":[{at}]}}' for at in range(40))
EVENTS = [
    '{"do":"?","number":7,"inner":{"x":[1,{"a":null}],"deep":{"er":{"y":true}}},"list":[1,2,{"z":0.5}],"text":"some text"}',
    ' { "do" : "?" , "number":1.50e1,"inner": {"x":"\\u00e9\\n","deep":{ "er":{"y":-0}}}, "list":[ 1 , [ ] , { } ],"text":"\\"é\\/" } ',
    '{"list":[[1,2],[3],1e3],"text":"a☎","inner":{"deep":{"er":{"z":1,"y":1,"w":[1]}},"x":{}},"number":12345678901234567890123,"do":"?"}',
    # A key that stands twice counts as its last value, wherever it stands.
    f'{{"do":"drop","do":"?","number":1,"number":2,{REST}}}',
    '{"do":"?","number":1,"inner":{"x":1,"x":{"p":1,"p":2},"deep":{"er":{"y":1,"y":3}}},"list":[{"d":1,"d":2},2],"text":"abc"}',
    f'{{"do":"?","number":1,{REST},"wide":{{{TWICE}}}}}',
    f'{{"do":"?",{REST},"number":0,{WIDE}}}',
]  # fmt: skip
SAME = {"nothing", "read_twice", "put_same", "remove_and_put_back", "same_item", "same_string", "keep"}


@pytest.fixture(scope="module", params=[build.QUICK, build.FAST], ids=["quick", "fast"])
def guest(request):
    source = base64.b64encode(build.zig({"main.zig": SOURCE}, request.param)).decode()
    return open_engine().load(source, "changes", Host())


def told(program, lines):
    return program([line.encode() for line in lines], bytes)


def said(answer):
    """What an answer says. Numbers as texts, since those that nobody changed may be as exact as they came."""
    try:
        return json.loads(answer, parse_int=float)
    except json.JSONDecodeError:
        return answer


@pytest.mark.parametrize("change", CHANGES)
def test_both_ways_say_the_same(guest, change):
    lines = [line.replace("?", change) for line in EVENTS]
    library = list(map(said, told(guest, lines)))
    anew = [said(answer.replace(b'!"', b'"')) for answer in told(guest, [line.replace("?", f"{change}!") for line in EVENTS])]
    assert library == anew
    assert (library[0] == said(lines[0])) == (change in SAME)


def test_batches_of_all_of_them_are_put_together_in_order(guest):
    chance = random.Random(5)
    alone = {line: told(guest, [line])[0] for line in (e.replace("?", c) for e, c in itertools.product(EVENTS, CHANGES))}
    assert len(set(alone.values())) > 100
    for _ in range(60):
        lines = chance.choices(list(alone), k=chance.randrange(1, 12))
        assert told(guest, lines) == [alone[line] for line in lines]


def test_what_nobody_changed_stays_as_it_came(guest):
    for line in EVENTS[:3]:
        given = line.replace("?", "nothing")
        assert told(guest, [given] * 3) == [given.strip().encode()] * 3
    (changed,) = told(guest, [EVENTS[1].replace("?", "put_root")])
    assert b'"inner":{"x":"\\u00e9\\n","deep":{ "er":{"y":-0}}},"list":[ 1 , [ ] , { } ],' in changed
    (inner,) = told(guest, [EVENTS[1].replace("?", "only_inner")])
    assert inner == b'{"x":"\\u00e9\\n","deep":{ "er":{"y":-0}}}'


def test_what_has_a_key_twice_is_written_as_it_was_read(guest):
    first, second, wide = (told(guest, [EVENTS[at].replace("?", "nothing")])[0] for at in (3, 4, 5))
    assert first.count(b'"do"') == first.count(b'"number"') == 1
    assert b'"inner":{"x":{"p":2},"deep":{"er":{"y":3}}},"list":[{"d":2},2]' in second
    assert wide.count(b'"k3":40') == wide.count(b'"k3"') == 1
