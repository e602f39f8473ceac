"""The case format: what a file may say, what a slip of the pen gets, and how a ledger is judged."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.cases import Dropped, Emitted, Failed, load_case, load_cases
from transformer.cases.differences import differences
from transformer.errors import CallerError, Code
from transformer.outcome import Failure, Ledger, Place, Status

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def case(**keys):
    return load_case(json.dumps({"name": "a case", **keys}).encode(), "a.json")


def refused(body) -> str:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(CallerError) as raised:
        load_cases(text, "a.json")
    assert raised.value.code is Code.BAD_REQUEST
    return raised.value.message


def ledger(*outcomes) -> Ledger:
    """One outcome for each event: a list of outputs, a drop reason, or a Failure."""
    made = Ledger(len(outcomes))
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Failure):
            made.fail([index], outcome)
        elif isinstance(outcome, str):
            made.settle([index], [Status.DROPPED], [], [])
            if outcome:
                made.reasons[index] = outcome
        else:
            made.settle([index], [Status.EMITTED], [json.dumps(one).encode() for one in outcome], [(index,)] * len(outcome))
    return made


def judged(case, made) -> list[str]:
    return [str(difference) for difference in case.judge(made)]


KEY_ERROR = Failure(Code.EXCEPTION, "KeyError: 'user'", Place(3, 5, "transformEvent"))


def test_full_form_is_read():
    found = case(
        events=[{"a": 1}, {"a": 2}, {"a": 3}],
        metadata=[{}, {"sourceId": "s"}, {}],
        expect=[{"emitted": [{"a": 1}, {"b": 1}]}, {"dropped": "odd"}, {"failed": {"code": "T201", "message": "m", "line": 2}}],
    )
    assert found.expect == (
        Emitted("expect[0]", ({"a": 1}, {"b": 1})),
        Dropped("expect[1]", "odd"),
        Failed("expect[2]", Code.EXCEPTION, "m", 2),
    )
    assert found.metadata == ({}, {"sourceId": "s"}, {})


def test_short_form_is_read():
    found = case(event={"a": 1}, metadata={"sourceId": "s"}, expect={"emitted": {"a": 1}})
    assert found.events == ({"a": 1},)
    assert found.metadata == ({"sourceId": "s"},)
    assert found.expect == (Emitted("expect", ({"a": 1},), single=True),)


def test_one_metadata_object_holds_for_every_event():
    assert case(events=[{}, {}], metadata={"k": 1}, outputs=[]).metadata == ({"k": 1}, {"k": 1})


def test_a_file_may_hold_several_cases():
    body = json.dumps([{"name": name, "event": {}, "expect": {"dropped": True}} for name in ("one", "two")]).encode()
    assert [found.name for found in load_cases(body, "a.json")] == ["one", "two"]


def test_load_case_wants_exactly_one():
    body = json.dumps([{"name": name, "event": {}, "expect": {"dropped": True}} for name in ("one", "two")]).encode()
    with pytest.raises(CallerError, match=r"^a\.json: one case is wanted, the file holds 2$"):
        load_case(body, "a.json")


def test_batch_is_compact_json_with_metadata():
    batch = case(event={"messageId": "m", "ü": [1]}, metadata={"sourceId": "s"}, expect={"dropped": True}).batch()
    assert batch.payloads == ['{"messageId":"m","ü":[1]}'.encode()]
    assert batch.metadata == [{"messageId": "m", "sourceId": "s"}]


def test_metadata_of_the_case_wins_over_the_events_own_id():
    assert case(event={"messageId": "m"}, metadata={"messageId": "n"}, expect={"dropped": True}).batch().metadata == [
        {"messageId": "n"}
    ]


def test_a_message_id_that_is_no_text_stays_out_of_metadata():
    assert case(event={"messageId": 7}, expect={"dropped": True}).batch().metadata == [{}]


def test_lone_surrogate_reaches_the_payload_as_an_escape():
    found = load_case(rb'{"name": "n", "event": {"a": "\ud800"}, "expect": {"dropped": true}}', "a.json")
    assert found.batch().payloads == [rb'{"a":"\ud800"}']


def test_large_integers_reach_the_payload_exactly():
    assert case(event={"a": 2**70}, expect={"dropped": True}).batch().payloads == [b'{"a":%d}' % 2**70]


GOOD = {"name": "n", "event": {}, "expect": {"dropped": True}}
WRONG = [
    (b"", "a.json: is not JSON: Expecting value (line 1, column 1)"),
    (b"{", "a.json: is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
    (b"\xff\xff", "a.json: is not UTF-8"),
    (b'{"name": NaN}', "a.json: is not JSON: NaN is no JSON number"),
    (b'{"name": 1e999}', "a.json: is not JSON: the number 1e999 is too large"),
    (b'{"name": 1, "name": 2}', 'a.json: is not JSON: the key "name" stands twice in one object'),
    (b"[" * 100_000, "a.json: is nested too deep"),
    ([], "a.json: holds no case"),
    ("x", "a.json: must be an object"),
    ([GOOD, 3], "a.json: [1] must be an object"),
    (
        {**GOOD, "expects": 1},
        "a.json: expects is not a known key; known: name, event, events, metadata, expect, outputs, calls, kv, secrets, tables",
    ),
    (
        [{**GOOD, "exp ect": 1}],
        'a.json: [0]["exp ect"] is not a known key; known: name, event, events, metadata, expect, outputs, calls, kv, secrets, tables',
    ),
    ({**GOOD, "name": ""}, "a.json: name must be a text that says what the case shows"),
    ({"event": {}, "expect": {"dropped": True}}, "a.json: name must be a text that says what the case shows"),
    ({**GOOD, "events": []}, 'a.json: must have either "event" or "events"'),
    ({"name": "n", "expect": {"dropped": True}}, 'a.json: must have either "event" or "events"'),
    ({**GOOD, "event": [1]}, "a.json: event must be an object"),
    ({"name": "n", "events": [], "expect": []}, "a.json: events must be a list of at least one event"),
    ({"name": "n", "events": [{}, 1], "expect": []}, "a.json: events[1] must be an object"),
    ({**GOOD, "metadata": 1}, "a.json: metadata must be an object, or a list of one object for each event"),
    ({**GOOD, "metadata": [{}, {}]}, "a.json: metadata has 2 objects for 1 events"),
    ({"name": "n", "event": {}}, 'a.json: must have "expect" or "outputs"'),
    ({**GOOD, "outputs": [1]}, "a.json: outputs must be a list of objects"),
    ({**GOOD, "expect": 1}, "a.json: expect must be an object"),
    ({"name": "n", "events": [{}, {}], "expect": {"dropped": True}}, "a.json: expect must be a list of 2, one for each event"),
    ({**GOOD, "expect": []}, "a.json: expect has 0 entries for 1 events"),
    ({**GOOD, "expect": {}}, "a.json: expect must have exactly one of emitted, dropped, failed"),
    ({**GOOD, "expect": {"drop": True}}, "a.json: expect.drop is not a known key; known: emitted, dropped, failed"),
    ({**GOOD, "expect": {"dropped": False}}, "a.json: expect.dropped must be true or the reason, a text"),
    ({**GOOD, "expect": {"emitted": []}}, "a.json: expect.emitted must be an object, a list of at least one object, or true"),
    ({**GOOD, "expect": {"failed": "T999"}}, 'a.json: expect.failed must be an error code, such as "T201"'),
    ({**GOOD, "expect": {"failed": 201}}, "a.json: expect.failed must be a code or an object"),
    ({**GOOD, "expect": {"failed": {"message": "m"}}}, 'a.json: expect.failed.code must be an error code, such as "T201"'),
    ({**GOOD, "expect": {"failed": {"code": "T201", "message": 1}}}, "a.json: expect.failed.message must be a text"),
    (
        {**GOOD, "expect": {"failed": {"code": "T201", "line": True}}},
        "a.json: expect.failed.line must be a line number, from 1",
    ),
    (
        {**GOOD, "expect": {"failed": {"code": "T201", "text": "m"}}},
        "a.json: expect.failed.text is not a known key; known: code, message, line",
    ),
]


@pytest.mark.parametrize(("body", "message"), WRONG, ids=[message for _, message in WRONG])
def test_a_slip_of_the_pen_is_named(body, message):
    assert refused(body) == message


def test_a_case_that_holds_has_no_differences():
    found = case(
        events=[{}, {}, {}, {}],
        expect=[{"emitted": {"b": 1}}, {"emitted": [{"c": 1.0}, {"d": None}]}, {"dropped": True}, {"failed": "T201"}],
    )
    assert judged(found, ledger([{"b": 1.0}], [{"c": 1}, {"d": None}], "why", KEY_ERROR)) == []


def test_differences_of_an_output_have_the_path_of_the_file():
    found = case(event={}, expect={"emitted": {"a": {"b": [1, 2], "gone": "x"}, "odd key": 1}})
    assert judged(found, ledger([{"a": {"b": [1, 3, 4], "new": True}, "odd key": 1}])) == [
        "expect.emitted.a.b[1]: expected 2, got 3",
        "expect.emitted.a.b[2]: expected nothing, got 4",
        'expect.emitted.a.gone: expected "x", got nothing',
        "expect.emitted.a.new: expected nothing, got true",
    ]


def test_an_output_too_many_is_shown():
    found = case(events=[{}], expect=[{"emitted": [{"a": 1}]}])
    assert judged(found, ledger([{"a": 1}, {"a": 2}])) == ['expect[0].emitted[1]: expected nothing, got {"a": 2}']


def test_single_output_that_became_several_is_shown():
    found = case(event={}, expect={"emitted": {"a": 1}})
    assert judged(found, ledger([{"a": 1}, {"a": 2}])) == [
        'expect.emitted: expected 1 output, got 2 outputs: [{"a": 1}, {"a": 2}]'
    ]


@pytest.mark.parametrize(
    ("expect", "outcome", "difference"),
    [
        ({"emitted": {"a": 1}}, KEY_ERROR, "expect: expected emitted, 1 output, got failed T201: KeyError: 'user' (line 3)"),
        ({"emitted": True}, "", "expect: expected emitted, got dropped"),
        ({"dropped": True}, [{}], "expect: expected dropped, got emitted, 1 output"),
        ({"dropped": "odd"}, "even", 'expect.dropped: expected "odd", got "even"'),
        ({"dropped": "odd"}, "", 'expect.dropped: expected "odd", got ""'),
        ({"failed": "T301"}, "even", 'expect: expected failed T301, got dropped: "even"'),
        ({"failed": "T301"}, KEY_ERROR, "expect.failed: expected T301, got T201 (KeyError: 'user')"),
        (
            {"failed": {"code": "T201", "message": "m"}},
            KEY_ERROR,
            """expect.failed.message: expected "m", got "KeyError: 'user'\"""",
        ),
        ({"failed": {"code": "T201", "line": 4}}, KEY_ERROR, "expect.failed.line: expected 4, got 3"),
        ({"failed": {"code": "T201", "line": 4}}, Failure(Code.EXCEPTION, "m"), "expect.failed.line: expected 4, got none"),
    ],
)
def test_wrong_outcome_is_told_in_words(expect, outcome, difference):
    assert judged(case(event={}, expect=expect), ledger(outcome)) == [difference]


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [
        ({"emitted": True}, [{}, {}]),
        ({"dropped": True}, "any"),
        ({"dropped": ""}, ""),
        ({"failed": {"code": "T201", "message": "KeyError: 'user'", "line": 3}}, KEY_ERROR),
    ],
)
def test_right_outcome_holds(expect, outcome):
    assert judged(case(event={}, expect=expect), ledger(outcome)) == []


def test_outputs_of_a_batch_function_are_compared_in_order():
    made = Ledger(3)
    made.settle([0, 1, 2], [Status.EMITTED, Status.EMITTED, Status.DROPPED], [b'{"n":2}'], [(0, 1)])
    assert judged(case(events=[{}, {}, {}], outputs=[{"n": 2}]), made) == []
    assert judged(case(events=[{}, {}, {}], outputs=[{"n": 3}]), made) == ["outputs[0].n: expected 3, got 2"]
    statuses = [{"emitted": {"n": 2}}, {"emitted": True}, {"dropped": True}]
    assert judged(case(events=[{}, {}, {}], outputs=[{"n": 2}], expect=statuses), made) == []


def test_without_expect_no_event_may_fail():
    found = case(events=[{}, {}], outputs=[{"a": 1}])
    assert judged(found, ledger([{"a": 1}], KEY_ERROR)) == [
        "events[1]: expected no failure, got failed T201: KeyError: 'user' (line 3)"
    ]


def test_a_ledger_of_another_batch_does_not_hold():
    assert judged(case(event={}, expect={"dropped": True}), ledger("", "")) == ["events: expected 1 outcomes, got 2"]


@pytest.mark.parametrize(("a", "b"), [(True, 1), (0, False), ("1", 1), (None, False), ([], {}), (1, 1.5), ({}, None)])
def test_values_of_different_kind_differ(a, b):
    assert len(list(differences(a, b, "x"))) == 1


def test_long_values_are_cut():
    (found,) = differences("x" * 5000, 1, "x")
    assert len(found.expected) < 250
    assert found.expected.endswith("… (5002 characters)")


@given(JSON_VALUES)
def test_a_value_equals_itself(value):
    assert list(differences(value, json.loads(json.dumps(value)), "x")) == []


@given(JSON_VALUES, JSON_VALUES)
def test_differences_are_symmetric(a, b):
    there, back = list(differences(a, b, "x")), list(differences(b, a, "x"))
    assert sorted((d.path, d.expected, d.got) for d in there) == sorted((d.path, d.got, d.expected) for d in back)


@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_cases_or_refused(body):
    with contextlib.suppress(CallerError):
        assert load_cases(body, "a.json")
