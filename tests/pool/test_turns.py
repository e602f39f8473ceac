"""What a turn makes of events and of what code returns, through a real worker."""

import pytest

from transformer.errors import Code
from transformer.outcome import Status

E, D, F = Status.EMITTED, Status.DROPPED, Status.FAILED


@pytest.fixture
async def pool(make_pool):
    return await make_pool(event_bytes=1024, output_bytes=2048, event_outputs=5)


BAD_EVENTS = {
    "not json": (b"{", Code.EVENT_NOT_JSON, "the event is not JSON: unexpected end of data at character 1"),
    "empty": (b"", Code.EVENT_NOT_JSON, None),
    "trailing comma": (b'{"a":1,}', Code.EVENT_NOT_JSON, None),
    "NaN": (b'{"a":NaN}', Code.EVENT_NOT_JSON, None),
    "array": (b"[1]", Code.EVENT_NOT_OBJECT, "the event is an array; it must be a JSON object"),
    "null": (b"null", Code.EVENT_NOT_OBJECT, "the event is null; it must be a JSON object"),
    "number": (b"17", Code.EVENT_NOT_OBJECT, "the event is a number; it must be a JSON object"),
    "not utf-8": (b'{"a":"\xff"}', Code.EVENT_NOT_UTF8, "the event is not UTF-8: invalid start byte at byte 6"),
    "lone surrogate": (b'{"a":"\\ud800"}', Code.EVENT_NOT_UTF8, "the event holds half of a surrogate pair, at character 6"),
    "too large": (b'{"a":"' + b"x" * 1024 + b'"}', Code.EVENT_TOO_LARGE, "the event has 1032 bytes; the limit is 1024"),
    "too deep": (b'{"a":' * 150 + b"1" + b"}" * 150, Code.EVENT_TOO_DEEP, None),
}


@pytest.mark.parametrize("name", BAD_EVENTS)
async def test_a_bad_event_fails_alone(make_pool, run, identity, name):
    pool = await make_pool(event_bytes=1024)
    payload, code, message = BAD_EVENTS[name]
    if name == "too deep":
        pool = await make_pool(event_bytes=10_000)
        payload = b'{"a":' * 300 + b"1" + b"}" * 300
        message = "the event is nested deeper than 250 levels"
    ledger = await run(pool, identity, [{"n": 0}, payload, {"n": 2}])
    assert list(ledger.status) == [E, F, E]
    assert ledger.failures[1].code is code
    assert message in {None, ledger.failures[1].message}


async def test_an_event_that_is_too_deep_and_no_text_is_told_the_depth(make_pool, run, identity):
    pool = await make_pool()
    payload = b'{"a":' * 300 + b'"\xff"' + b"}" * 300
    ledger = await run(pool, identity, [payload, b'{"a":"\xff"'])
    assert [failure.code for failure in ledger.failures.values()] == [Code.EVENT_TOO_DEEP, Code.EVENT_NOT_UTF8]


async def test_an_event_too_deep_for_any_reader_says_so(make_pool, run, identity):
    pool = await make_pool(event_bytes=100_000)
    ledger = await run(pool, identity, [b'{"a":' * 3000 + b"1" + b"}" * 3000])
    assert ledger.failures[0].code is Code.EVENT_TOO_DEEP


async def test_no_events_is_an_empty_answer(pool, run, identity):
    ledger = await run(pool, identity, [])
    assert (ledger.closed, ledger.payloads) == (True, [])


RETURNS = {
    "the event": ("event", E, [b'{"n":1}'], None),
    "None": ("None", D, [], None),
    "an empty list": ("[]", D, [], None),
    "several": ("[{'a': 1}, {'a': 2}]", E, [b'{"a":1}', b'{"a":2}'], None),
    "a string": ("'x'", F, [], "transformEvent returned a string; return an object, an array of objects, or nothing"),
    "a number in a list": (
        "[{}, 1]",
        F,
        [],
        "transformEvent returned an array whose item 1 is a number; every item must be an object",
    ),
    "NaN": ("{'x': [1, float('nan')]}", F, [], "output.x[1]: NaN and infinity are not JSON; return a number or null"),
    "infinity": ("{'x': float('-inf')}", F, [], "output.x: NaN and infinity are not JSON; return a number or null"),
    "a real null": ("{'x': None}", E, [b'{"x":null}'], None),
    "a set": (
        "{'x': {1}}",
        F,
        [],
        "output.x: a value of type set is not JSON; return a string, number, boolean, null, array or object",
    ),
    "a key that is no string": ("{'x': {1: 2}}", F, [], "output.x: a key is of type int; keys must be strings"),
    "half a surrogate pair": ("{'x': '\\ud800'}", F, [], "output.x: holds half of a surrogate pair"),
    "an integer beyond 64 bits": ("{'x': 2 ** 64}", F, [], "output.x: the integer does not fit 64 bits; return a string"),
    "an integer of 64 bits": ("{'x': 2 ** 64 - 1}", E, [b'{"x":18446744073709551615}'], None),
    "too large": ("{'x': 'y' * 3000}", F, [], "an output has 3008 bytes; the limit is 2048"),
    "too many": ("[{}] * 6", F, [], "6 outputs of one event; the limit is 5"),
}


@pytest.mark.parametrize("name", RETURNS)
async def test_what_an_event_function_may_return(pool, run, name):
    returned, status, payloads, message = RETURNS[name]
    ledger = await run(pool, f"def transformEvent(event, metadata):\n    return {returned}\n", [{"n": 1}])
    assert list(ledger.status) == [status]
    assert ledger.payloads == payloads
    assert message is None or ledger.failures[0].message == message


async def test_an_output_that_contains_itself_is_refused(pool, run):
    source = "def transformEvent(event, metadata):\n    event['me'] = event\n    return event\n"
    ledger = await run(pool, source, [{}])
    assert ledger.failures[0].message == "output.me: it contains itself"


async def test_integers_of_64_bits_pass_unchanged(pool, run, identity):
    ledger = await run(pool, identity, [b'{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}'])
    assert ledger.payloads == [b'{"a":9007199254740993,"b":-9223372036854775808,"c":18446744073709551615}']


async def test_missing_and_duplicate_ids_do_no_harm(pool, run, identity):
    ledger = await run(pool, identity, [{}, {"messageId": "m"}, {"messageId": "m"}])
    assert ledger.inputs == [(0,), (1,), (2,)]


SAY = """
def transformEvent(event, metadata):
    if event["n"] == 0:
        raise Drop("not wanted")
    if event["n"] == 1:
        raise Retry(2.5, "later")
    if event["n"] == 2:
        raise Invalid("no email")
    if event["n"] == 3:
        {}["missing"]
    log("kept", {"n": event["n"]})
    return event
"""


async def test_code_can_say_what_should_become_of_an_event(pool, run):
    ledger = await run(pool, SAY, [{"n": n} for n in range(5)], keep_logs=True)
    assert list(ledger.status) == [D, F, F, F, E]
    assert ledger.reasons == {0: "not wanted"}
    told = {i: (failure.code, failure.message, failure.place.line) for i, failure in ledger.failures.items()}
    assert told == {
        1: (Code.RETRY, "later", 6),
        2: (Code.INVALID, "no email", 8),
        3: (Code.EXCEPTION, "KeyError: 'missing'", 10),
    }
    assert ledger.failures[1].retry_after_seconds == 2.5
    assert ledger.failures[1].retryable
    assert not ledger.failures[2].retryable
    assert ledger.logs == {4: ['kept {"n": 4}']}


BATCHES = {
    "all": ("events", [E, E, E], [(0,), (1,), (2,)]),
    "fewer": ("[e for e in events if e['messageId'] != 'b']", [E, D, E], [(0,), (2,)]),
    "none": ("None", [D, D, D], []),
    "copies, reversed": ("[dict(e) for e in reversed(events)]", [E, E, E], [(0,), (1,), (2,)]),
    "one event twice": ("[dict(events[0]), dict(events[0])]", [E, D, D], [(0,), (0,)]),
    "an id that changed in place": ("[e.update(messageId='new') or e for e in events]", [E, E, E], [(0,), (1,), (2,)]),
    "an unknown id": ("[{'messageId': 'zzz'}]", [F, F, F], []),
    "no id": ("[{}]", [F, F, F], []),
    "not a list": ("{}", [F, F, F], []),
    "not dicts": ("[1]", [F, F, F], []),
}


@pytest.mark.parametrize("name", BATCHES)
async def test_which_event_an_output_of_a_batch_function_belongs_to(pool, run, name):
    returned, statuses, inputs = BATCHES[name]
    ledger = await run(
        pool, f"def transformBatch(events, metadata):\n    return {returned}\n", [{"messageId": i} for i in "abc"]
    )
    assert list(ledger.status) == statuses
    assert ledger.inputs == inputs


async def test_duplicate_ids_in_a_batch_are_told_apart_by_their_order(pool, run):
    source = "def transformBatch(events, metadata):\n    return [dict(e) for e in events]\n"
    ledger = await run(pool, source, [{"messageId": "m", "n": 0}, {"messageId": "m", "n": 1}])
    assert ledger.inputs == [(0,), (1,)]


async def test_metadata_is_what_was_sent_and_nothing_else(pool, run):
    source = "def transformEvent(event, metadata):\n    return {'m': metadata(event), 'other': metadata({'messageId': 'b'}), 'none': metadata({})}\n"
    ledger = await run(
        pool,
        source,
        [{"messageId": "a"}, {"messageId": "b"}],
        common={"sourceId": "s"},
        metadata=[{"messageId": "a"}, {"messageId": "b"}],
        attributes=[b'{"jobId":7}', b""],
    )
    assert ledger.payloads == [
        b'{"m":{"sourceId":"s","messageId":"a","jobId":7},"other":{"sourceId":"s","messageId":"b"},"none":{}}',
        b'{"m":{"sourceId":"s","messageId":"b"},"other":{"sourceId":"s","messageId":"b"},"none":{}}',
    ]


async def test_attributes_that_are_no_object_fail_the_event_that_asks(pool, run):
    source = "def transformEvent(event, metadata):\n    return metadata(event)\n"
    ledger = await run(pool, source, [{}, {}], attributes=[b"[1]", b'{"ok":true}'])
    assert ledger.failures[0].code is Code.METADATA_INVALID
    assert ledger.payloads == [b'{"ok":true}']


class TestChains:
    SPLIT = "def transformEvent(event, metadata):\n    return [{**event, 'part': i} for i in range(2)]\n"
    PICKY = "def transformEvent(event, metadata):\n    if event['n'] == 1 and event['part'] == 1:\n        raise ValueError('picky')\n    return event\n"
    TAG = "def transformEvent(event, metadata):\n    event['tagged'] = True\n    return event\n"
    BATCH = "def transformBatch(events, metadata):\n    return [e for e in events if e['n'] != 2]\n"

    async def test_steps_run_in_order_and_parts_keep_their_origin(self, pool, run):
        ledger = await run(pool, [self.SPLIT, self.TAG], [{"n": 0}, {"n": 2}])
        assert ledger.inputs == [(0,), (0,), (1,), (1,)]
        assert ledger.payloads[1] == b'{"n":0,"part":1,"tagged":true}'

    async def test_an_event_fails_as_a_whole_if_a_part_of_it_does(self, pool, run):
        ledger = await run(pool, [self.SPLIT, self.PICKY], [{"n": 0}, {"n": 1}])
        assert list(ledger.status) == [E, F]
        assert (ledger.failures[1].step, ledger.failures[1].message) == (1, "ValueError: picky")
        assert ledger.inputs == [(0,), (0,)]

    async def test_batch_and_event_functions_mix(self, pool, run):
        events = [{"n": n, "messageId": str(n)} for n in range(4)]
        ledger = await run(pool, [self.TAG, self.BATCH, self.SPLIT, self.PICKY], events)
        assert list(ledger.status) == [E, F, D, E]
        assert ledger.inputs == [(0,), (0,), (3,), (3,)]

    async def test_a_step_that_cannot_be_loaded_fails_every_event_and_is_named(self, pool, run, identity):
        ledger = await run(pool, [identity, "def transformEvent(event, metadata):\n    return event\n1 / 0\n"], [{}, {}])
        assert {(failure.code, failure.step) for failure in ledger.failures.values()} == {(Code.CODE_BROKEN, 1)}
        assert ledger.failures[0].place.line == 3
