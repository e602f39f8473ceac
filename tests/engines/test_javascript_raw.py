"""An event that V8 reads itself has the outcome that it has when the worker reads it first, whatever it holds."""

import random

import orjson
import pytest

from transformer.engines.base import Host
from transformer.engines.catalog import ENGINES
from transformer.limits import JSON_DEPTH, Limits
from transformer.sample_events import sample_events
from transformer.wire.turns import read_chunk, read_turn, write_turn
from transformer.worker.outbox import Outbox
from transformer.worker.turn import run_turn

EVENTS = [
    b"{}",
    b' {"a" : [1, 2.50, -0, -0.0, 1E2, 1e-7, true, null]}\n',
    b'{"a":1,"b":2,"a":3,"__proto__":{"x":1},"7":1,"2":1}',
    b'{"e":"\xc3\xa9\xe4\xb8\xad\xe2\x80\xa8","a":"\xf0\x9f\x98\x80","\xc3\xa9":"\\u00e9\\n\\\\ud800"}',
    '{"far from ASCII":"Привет, мир: 中文😀","中文":"события"}'.encode(),
    b'{"pair":"\\ud83d\\ude00"}',
    b'{"half":"\\ud83d"}',
    b'{"half":"\\uDE00x"}',
    b'{"whole":[9007199254740993,18446744073709551615,18446744073709551616,-9223372036854775808,-9223372036854775809,1e20,1e21]}',
    b'{"beyond":1e999}',
    b'{"beyond":-' + b"9" * 400 + b"}",
    b'{"digits":' + b"9" * 200 + b"}",
    b'{"tiny":1e-999}',
    b"",
    b"{",
    b'{"a":1}x',
    b"[1]",
    b'"text"',
    b"null",
    b"7",
    b'{"a":NaN}',
    b"{'a':1}",
    b'{"a":"\t"}',
    b'{"a":01}',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"' + b"x" * 5000 + b'"}',
    *(b'{"a":' + b"[" * depth + b"]" * depth + b"}" for depth in (248, 249, 250, 251, 252, 253, 254, 300, 1100)),
    *(b'{"a":' * depth + b"1" + b"}" * depth for depth in (249, 250, 251, 253, 254, 255)),
    b'{"a":' + b"[" * 251 + b"]" * 251 + b',"a":1}',
    b'{"a":[' + b"{}," * 300 + b"{}]}",
    b'{"a":"b\\n\\"\\\\u00e9\\\\ud800"}',
]
PROGRAMS = {
    "as it is": "return event;",
    "in a promise": "await null; return event;",
    "changed": "return {seen: event, at: Object.keys(event), meta: metadata(event), log: log(JSON.stringify(event)) ?? 0};",
    "more that JSON leaves out": "return {...event, nothing: undefined};",
    "another, said alike": "return {toJSON: () => event};",
    "many": "return [event, {second: event}];",
    "none": "return null;",
    "halves": 'return {...event, half: "\\ud83d", text: "\\\\ud83d"};',
    "large": "return {...event, n: [2 ** 53, 2 ** 63, 2 ** 64, 1e20, 1e21, -(2 ** 63), -(2 ** 64), 1e-7, 0.1 + 0.2]};",
    "no numbers": "return {...event, n: NaN};",
    "no JSON": "return {...event, f() {}};",
    "cut": "delete event.beyond; delete event.half; return event;",
    "said by itself": "return {...event, toJSON() { return [1]; }};",
    "said as text": "return {...event, toJSON() { return '{}'; }};",
    "said by a part": "return {...event, part: {toJSON() { return {at: new Date(0)}; }}};",
    "deeper by itself": f"let deep = 1; for (let i = 0; i < {JSON_DEPTH}; i++) deep = [deep]; return {{a: {{toJSON: () => deep}}}};",
    "an array": "const list = []; list.toJSON = () => ({an: event}); return list;",
    "thrown": "throw new TypeError(Object.keys(event).join());",
    "dropped": "throw new Drop(`no ${Object.keys(event).length}`);",
    "everywhere": "return {...event};\n}\nObject.prototype.more = 1; function unused() {",
}


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["javascript"])


@pytest.fixture(scope="module")
def outcomes(engine):
    """outcomes(body, events, raw=…) → what became of each, and what was logged, after so many steps of the same code."""

    def run(body, events, *, raw, steps=1):
        sent = []
        outbox = Outbox(lambda _kind, parts: sent.append(read_chunk(b"".join(parts))))
        outbox.limits = Limits(event_bytes=4096)
        source = f"export {'async ' * ('await' in body)}function transformEvent(event, metadata) {{ {body} }}"
        programs = [engine.load(source, "t", Host(outbox.log)) for _ in range(steps)]
        for program in programs:
            assert program.raw is not None
            if not raw:
                program.raw = None
        head = {"count": len(events), "logs": True, "metadata": [{"n": n} for n in range(len(events))]}
        outbox.begin(keep_logs=True)
        run_turn(programs, read_turn(b"".join(write_turn(head, events))), memoryview(bytearray(12)).cast("I"), outbox)
        outbox.flush()
        found = {}
        for chunk in sent:
            outputs = {}
            for (source,), payload in zip(chunk.inputs, chunk.payloads, strict=True):
                outputs.setdefault(source, []).append(payload)
            for event, status in zip(chunk.events, chunk.statuses, strict=True):
                told = {key: by[str(event)] for key, by in chunk.head.items() if str(event) in by}
                found[event] = (status, told, [repr(orjson.loads(each)) for each in outputs.get(event, ())])
        return found

    return run


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("body", PROGRAMS.values(), ids=PROGRAMS)
def test_it_makes_no_difference_who_reads_an_event(outcomes, body, steps):
    read, raw = (outcomes(body, EVENTS, raw=raw, steps=steps) for raw in (False, True))
    assert len(read) == len(EVENTS)
    for at, event in enumerate(EVENTS):
        assert raw[at] == read[at], event[:60]


def test_nor_with_events_that_are_broken_anywhere(outcomes):
    chance, events = random.Random(8), []
    for event in map(orjson.dumps, sample_events(300, 8)):
        at = chance.randrange(len(event))
        events.append(
            event[:at]
            + chance.choice((b"", b'"', b"\\", b"e9", b"\\ud8", b"}", b"]", b",", b"\x00", b"\xc3"))
            + event[at + 1 :]
        )
    assert outcomes("return event;", events, raw=True) == outcomes("return event;", events, raw=False)


def test_an_ordinary_event_is_read_by_nobody_else(engine):
    program = engine.load("export function transformEvent(event) { return event; }", "t", Host())
    for event in map(orjson.dumps, sample_events(50, 8)):
        assert orjson.loads(program.raw(event, None)) == orjson.loads(event)


def test_an_event_that_comes_out_as_it_came_in_is_not_written_anew(engine):
    program = engine.load("export function transformEvent(event) { return event; }", "t", Host())
    for event in (b"{}", b'{"a":[1,2.5,null,{"b":"\\n"}]}', '{"é":"中😀"}'.encode()):
        assert program.raw(event, None) is event
    assert program.raw(b'{"a": 1.0}', None) == b'{"a":1}'


def test_code_for_batches_has_no_such_door(engine):
    assert engine.load("export function transformBatch(events) { return events; }", "t", Host()).raw is None
