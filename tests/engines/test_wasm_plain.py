"""What is plainly JSON, by a module of ours: it never takes what orjson would not, and a turn comes to the same without it."""

import random
from itertools import accumulate
from pathlib import Path

import pytest

from benchmarks.workloads import payloads
from tests.guests import build
from transformer.engines.wasm import plain as plain_file
from transformer.engines.wasm.plain import BINARY, Plain
from transformer.limits import JSON_DEPTH
from transformer.worker.json_values import all_objects, too_deep

SEEDS = [
    *payloads(20),
    rb'{"a":[1,2.5,-0,1e5,-1.5E-20,true,false,null,"\u00e9\n\\\"\/"],"b":{"c":[[],{}]},"":{}}',
    '{"é":"日本語 ☎ \U0001f600 ü","long":"this one is longer than what is looked at in one go, é"}'.encode(),
    b' { "a" : [ 1 , 2,{ } ] ,\t"b" : { "c":null } , "a": 3 } \r',
]
PIECES = [
    *(bytes([letter]) for letter in b'{}[],:"\\-+.019eEtn \t\r\n\x00\x0b\x1f\x7f\x80\xff'),
    *(
        rb"\u",
        rb"\u12",
        rb"\ud800",
        rb"\uDFFF",
        rb"\x",
        b"e999",
        b"1e999",
        b"1e99",
        b"00",
        b"9" * 30,
        b"9" * 400,
        b"true",
        b"nul",
    ),
    *(
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe0\x80\x80",
        b"\xf0\x80\x80\x80",
        b"\xc3",
        b"\xe6\x97",
        b"\xef\xbb\xbf",
    ),
    *(b"NaN", b"Infinity", b"//", b"'", b"1.", b".5", b"-", b"- 1", b"1 2", b"[1,]", b'{"a":1,}'),
]


@pytest.fixture(scope="module")
def plain():
    return Plain()


def looked_at(line):
    return bool(line) and b"\n" not in line and all_objects([line]) and not too_deep(line)


def broken(line, chance):
    made = bytearray(line)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at, cut = chance.randrange(len(made) + 1), chance.choice((0, 0, 1, 2, 5))
        made[at : at + cut] = chance.choice(PIECES) if chance.random() < 0.7 else bytes([chance.randrange(256)])
    return bytes(made)


def test_it_takes_what_events_are(plain):
    assert all(map(plain, SEEDS))
    assert plain(b"\n".join(SEEDS))
    assert plain(b"{}\n{}")


def test_it_takes_nothing_that_orjson_does_not(plain):
    chance = random.Random(7)
    found = {True: 0, False: 0}
    for line in (broken(chance.choice(SEEDS), chance) for _ in range(20_000)):
        told = plain(line)
        found[told] += 1
        assert not told or looked_at(line), line
        assert plain(b"{}\n" + line + b"\n{}") == (told or (b"\n" in line and all(map(plain, line.split(b"\n"))))), line
    assert min(found.values()) > 1000


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b"\n{}", b"{}\n\n{}", b"[]", b"1", b'"a"', b"null", b'drop "a"', b"{}{}"]
)
def test_what_are_no_lines_of_objects(plain, line):
    assert not plain(line)


@pytest.mark.parametrize("shape", [(b'{"a":', b"}"), (b"[", b"]")])
def test_it_counts_levels_as_the_worker_does(plain, shape):
    for deep in (JSON_DEPTH - 1, JSON_DEPTH, JSON_DEPTH + 1, 5000):
        line = b'{"a":' + shape[0] * (deep - 1) + b"1" + shape[1] * (deep - 1) + b"}"
        assert plain(line) == (deep <= JSON_DEPTH)


def test_long_texts_are_looked_at_in_parts(plain):
    events = payloads(1000)
    assert sum(map(len, events)) > 3 * plain_file._MOST_BYTES
    assert plain(b"\n".join(events))
    for at in (0, 400, 999):
        assert not plain(b"\n".join([*events[:at], b'{"a":tru}', *events[at + 1 :]]))
    for size in range(plain_file._MOST_BYTES - 20, plain_file._MOST_BYTES + 20):
        line = b'{"a":"' + b"x" * (size - 8) + b'"}'
        assert plain(line) == (size <= plain_file._MOST_BYTES)
        assert plain(b"{}\n" + line + b"\n{}") == (size <= plain_file._MOST_BYTES)
    sizes = list(accumulate([300] * 2000))
    assert plain(b"\n".join(b'{"a":"' + b"y" * (size % 700) + b'"}' for size in sizes))


@pytest.mark.need("zig")
def test_it_is_built_from_its_source():
    source = Path(plain_file.__file__).with_suffix(".zig").read_text(encoding="utf-8")
    options = (*build.FAST, "-mcpu", "generic+simd128", "--stack", "4096", "--initial-memory=393216")
    assert build.zig({"plain.zig": source}, options) == BINARY
