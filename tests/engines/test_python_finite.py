"""Outputs of code that provably makes no NaN are not looked through: the proof holds, and what comes out is the same."""

from types import MappingProxyType

import pytest

from benchmarks.workloads import WORKLOADS, payloads
from transformer.engines.base import Host
from transformer.engines.python.engine import open_engine
from transformer.engines.python.finite import makes_only_finite
from transformer.engines.python.modules import HANDED_OUT
from transformer.wire.turns import read_chunk, read_turn, write_turn
from transformer.worker.outbox import Outbox
from transformer.worker.turn import run_turn

FLOATS = (1.7976931348623157e308, -1.7976931348623157e308, 1.5, -0.0, 5e-324, 0.1)
INTEGERS = (0, 1, -1, 2**64 - 1, -(2**63))

PROVEN = {
    "counting": "event['count'] = len(event) + 1\n    event['count'] -= 1",
    "texts": "event['name'] = event.get('a', '') + ' ' + event.get('b', '')\n    event['x'] = f'{event}' + str(event)",
    "kinds of numbers": "event['kind'] = isinstance(event.get('a'), (int, float)) and not isinstance(event.get('b'), float)",
    "cents": "event['price'] = round(event.get('price', 0) / 100, 2)\n    event['half'] = event.get('price', 0) * 0.5",
    "buckets": "event['bucket'] = int(hashlib.sha256(b'x').hexdigest()[:8], 16) % 100",
    "limits": "event['large'] = event.get('a', 0) < 10**11 and 2**53",
    "groups": "found = collections.defaultdict(int)\n    for key in event:\n        found[key[0]] += 1\n    event['by'] = found",
    "times": "event['at'] = datetime.datetime.now(datetime.timezone.utc).isoformat()",
}
DOUBTED = {
    "a literal": "event['x'] = 1e999",
    "a literal in a default": "def f(x=-1e999):\n        return x\n    event['x'] = f()",
    "float": "event['x'] = float('nan')",
    "float by another name": "f = float\n    event['x'] = f('inf')",
    "float for map": "event['x'] = list(map(float, ['nan']))",
    "float of a type": "event['x'] = type(1.5)('nan')",
    "float of a class": "event['x'] = (1.5).__class__('nan')",
    "float among types": "event['x'] = [t for t in (int, float)][1]('nan')",
    "a subclass": "class F(float):\n        pass\n    event['x'] = F('nan')",
    "counters": "c = collections.Counter(event['a'])\n    c.update(event['a'])\n    event['x'] = c",
    "a method": "event['x'] = (1.5).fromhex('nan')",
    "sum": "event['x'] = sum([1e308, 1e308])",
    "adding": "event['x'] = event['a'] + event['a']",
    "adding in place": "x = event['a']\n    x += x\n    event['x'] = x",
    "subtracting": "event['x'] = event['b'] - event['a']",
    "doubling": "event['x'] = event['a'] * 2",
    "multiplying": "event['x'] = event['a'] * event['a']",
    "dividing": "event['x'] = event['a'] / event['small']",
    "dividing by a literal": "event['x'] = event['a'] / 0.5",
    "floor division": "event['x'] = event['a'] // event['small']",
    "a power": "event['x'] = event['a'] ** 2",
    "pow": "event['x'] = pow(0.5, -1e9)",
    "divmod": "event['x'] = divmod(event['a'], event['small'])",
    "a complex number": "event['x'] = (1e308j * event['c']).imag",
    "math": "event['x'] = math.inf",
    "json": "event['x'] = json.loads('NaN')",
    "struct": "event['x'] = struct.unpack('d', b'\\xff' * 8)[0]",
    "decimal": "event['x'] = decimal.Decimal('1e999')",
    "a builtin of another meaning": "def len(x):\n        return 1e308\n    event['x'] = event['a'] + len(event)",
    "a builtin that is an argument": "f = lambda len: event['a'] + len('')\n    event['x'] = f(lambda x: 1e308)",
    "a builtin that is a loop's": "for ord in (lambda x: 1e308,):\n        event['x'] = event['a'] + ord('')",
    "match": "match [lambda x: 1e308]:\n        case [len]:\n            event['x'] = event['a'] + len('')",
}


def code_of(body):
    modules = "import collections\nimport datetime\nimport hashlib\n"
    for name in ("math", "json", "struct", "decimal"):
        if f"{name}." in body:
            modules += f"import {name}\n"
    return f"{modules}def transformEvent(event, metadata):\n    {body}\n    return event\n"


@pytest.mark.parametrize("what", PROVEN)
def test_code_that_makes_no_nan_is_known(what):
    assert makes_only_finite(code_of(PROVEN[what]))


@pytest.mark.parametrize("what", DOUBTED)
def test_code_that_could_make_a_nan_is_doubted(what):
    assert not makes_only_finite(code_of(DOUBTED[what]))


@pytest.mark.parametrize(
    "imported",
    [
        "from collections import Counter",
        "from typing import Counter as C",
        "import time as len",
        "from time import time as len",
        "import math",
        "from math import inf",
        "from library.x.v1 import f",
    ],
)
def test_imports_that_are_doubted(imported):
    assert not makes_only_finite(f"{imported}\ndef transformEvent(event, metadata):\n    return event\n")


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_the_workloads_are_proven(workload):
    assert makes_only_finite(workload.source)


def test_names_of_modules_that_no_line_was_drawn_for():
    """Whoever hands out more of these modules has to ask whether it makes numbers that are not finite."""
    reviewed = {
        "collections": "ChainMap Counter OrderedDict UserDict UserList abc defaultdict deque namedtuple",
        "copy": "Error copy deepcopy error replace",
        "functools": "cache cached_property cmp_to_key lru_cache partial reduce total_ordering update_wrapper wraps",
        "unicodedata": (
            "bidirectional category combining decimal decomposition digit east_asian_width is_normalized lookup mirrored name "
            "normalize numeric unidata_version"
        ),
    }
    for name, names in reviewed.items():
        assert set(HANDED_OUT[name].split()) <= set(names.split())


@pytest.mark.parametrize(
    "operation", ["x + {}", "{} + x", "x - {}", "{} - x", "x * {}", "{} * x", "x / {}", "x // {}", "x % {}", "{} % x"]
)
def test_operations_that_are_proven_give_finite_numbers(operation):
    """With every literal that passes, and every float and integer at the edges."""
    for literal in ("0", "1", "3", "0.1", "1.5", "1e200", "1e201", "5e-324", "1e308", "18446744073709551615"):
        expression = operation.format(literal)
        if not makes_only_finite(f"x = 1\ny = {expression}"):
            continue
        for x in (*FLOATS, *INTEGERS):
            try:
                made = eval(expression, {"x": x})  # a number and an operator of ours
            except (ZeroDivisionError, OverflowError):
                continue
            assert made - made == 0, (expression, x)


EVENTS = [
    *payloads(20),
    b'{"a": null, "b": [null, {"c": null}], "price": 1.7976931348623157e308}',
    b'{"price": "text"}',
    b'{"a": "\\ud800"}',
    b"[1]",
    b"{",
    b'{"big": 123456789012345678901234567890, "price": null}',
]


def outcomes(*loaded, finite):
    for each in loaded:
        each.finite = finite
    sent = []
    outbox = Outbox(lambda _kind, parts: sent.append(b"".join(parts)))
    outbox.begin(keep_logs=True)
    body = b"".join(write_turn({"count": len(EVENTS), "steps": []}, EVENTS))
    run_turn(list(loaded), read_turn(body), memoryview(bytearray(12)).cast("I"), outbox)
    outbox.flush()
    return [read_chunk(body) for body in sent]


@pytest.fixture(scope="module")
def engine():
    return open_engine()


SOURCES = MappingProxyType(
    {workload.name: workload.source for workload in WORKLOADS if workload.emits}
    | {what: code_of(body) for what, body in PROVEN.items() if what != "times"}
    | {
        "lists": "def transformEvent(event, metadata):\n    return [event, {'none': None}, {'set': {1}}][: len(event)]",
        "no json": "def transformEvent(event, metadata):\n    event['x'] = {1: None}\n    return event",
        "its own dict": "class D(dict):\n    pass\ndef transformEvent(event, metadata):\n    return D(event)",
    }
)


@pytest.mark.parametrize("name", SOURCES)
def test_what_comes_out_is_the_same(engine, name):
    loaded = engine.load(SOURCES[name], name, Host())
    assert loaded.finite
    assert outcomes(loaded, finite=True) == outcomes(loaded, finite=False)


@pytest.mark.parametrize("name", SOURCES)
def test_nor_does_it_change_after_several_steps(engine, name):
    steps = [engine.load(SOURCES[each], each, Host()) for each in ("fields", name)]
    assert outcomes(*steps, finite=True) == outcomes(*steps, finite=False)


@pytest.mark.parametrize("order", [1, -1])
def test_one_step_that_is_doubted_is_enough(engine, order):
    steps = [engine.load(source, "t", Host()) for source in (SOURCES["fields"], code_of(DOUBTED["float"]))][::order]
    assert [each.finite for each in steps] == [True, False][::order]
    sent = []
    outbox = Outbox(lambda _kind, parts: sent.append(b"".join(parts)))
    outbox.begin(keep_logs=True)
    body = b"".join(write_turn({"count": 1, "steps": []}, [b"{}"]))
    run_turn(steps, read_turn(body), memoryview(bytearray(12)).cast("I"), outbox)
    outbox.flush()
    (chunk,) = map(read_chunk, sent)
    assert "NaN and infinity are not JSON" in chunk.head["failures"]["0"][1]


def test_a_nan_is_told_of_where_code_is_doubted(engine):
    loaded = engine.load(code_of(DOUBTED["float"]), "nan", Host())
    assert not loaded.finite
    (chunk,) = outcomes(loaded, finite=loaded.finite)
    told = {failure[1] for failure in chunk.head["failures"].values()}
    assert "output.x: NaN and infinity are not JSON; return a number or null" in told
