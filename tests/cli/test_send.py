"""`transformer send`: what `run` prints, from a real server."""

from __future__ import annotations

import pytest

from transformer.cli.reading import Lines
from transformer.cli.send import answer_of
from transformer.client import Failure, Outcome, Output, TransformResult
from transformer.errors import Code
from transformer.outcome import Place, Status

MIXED = """\
def transformEvent(event, metadata):
    log("saw", event["n"])
    if event["n"] % 5 == 0:
        raise Drop("fifth")
    if event["n"] % 3 == 0:
        return [event, {"copy": event["n"]}]
    if event["n"] == 7:
        raise KeyError("seven")
    return event
"""
EVENTS = [{"n": n} for n in range(1, 9)]


@pytest.fixture
def publish(on, write):
    def put(name, source):
        write(f"{name}.py", source)
        ended = on("publish", f"{name}.py", "--name", name, "--activate")
        assert ended.code == 0, ended

    return put


def told(ended):
    """The outcomes, with the step's name left out: a file for `run`, a version for `send`."""
    return [{key: value for key, value in one.items() if key != "step"} for one in ended.events()]


def test_send_prints_what_run_prints(on, cli, publish, events_file):
    publish("mixed", MIXED)
    events = events_file(EVENTS)
    here, there = cli("run", "mixed.py", "--events", events), on("send", "mixed", "--events", events)
    assert (there.code, there.out) == (here.code, here.out) == (1, [*here.out])
    assert there.err[0] == "line 7: T201 KeyError: 'seven' (mixed@1:8:9)"
    arguments = ("--events", events, "--outcomes", "--logs", "--batch-size", 3)
    assert told(on("send", "mixed", *arguments)) == told(cli("run", "mixed.py", *arguments))


def test_several_transformations_run_one_after_the_other(on, publish, events_file):
    publish("a", "def transformEvent(event, metadata):\n    event['a'] = 1\n    return event\n")
    publish("b", "def transformEvent(event, metadata):\n    event['b'] = event['a'] + 1\n    return event\n")
    assert on("send", "a", "b@1", "--events", events_file([{}])).events() == [{"a": 1, "b": 2}]


def test_order_is_kept_over_many_batches_in_flight(on, publish, events_file):
    publish("same", "def transformEvent(event, metadata):\n    return event\n")
    events = [{"n": n} for n in range(2000)]
    ended = on("send", "same", "--events", events_file(events), "--batch-size", 20, "--in-flight", 8)
    assert ended.events() == events


def test_ids_keys_and_metadata_reach_the_code(on, publish, events_file):
    publish("meta", "def transformEvent(event, metadata):\n    return metadata(event)\n")
    events = events_file([{"messageId": "m", "userId": "u"}, {"anonymousId": "a"}])
    ended = on("send", "meta", "--events", events, "--metadata", '{"plan": "free"}')
    assert ended.events() == [{"plan": "free", "messageId": "m", "orderingKey": "u"}, {"plan": "free", "orderingKey": "a"}]


def test_lines_that_are_no_events_fail_and_the_rest_goes_on(on, publish, events_file):
    publish("same", "def transformEvent(event, metadata):\n    return event\n")
    lines = [b'{"n":1}', b"nonsense", b'{"x":"' + b"y" * 2_000_000 + b'"}', b'{"n":2}']
    ended = on("send", "same", "--events", events_file(lines), "--outcomes")
    assert ended.code == 1
    assert [one.get("code") for one in ended.events()] == [None, "T101", "T105", None]


def test_retryable_outcomes_are_sent_again_until_the_time_is_up(on, publish, events_file):
    publish("later", "def transformEvent(event, metadata):\n    raise Retry(0, 'not yet')\n")
    ended = on("send", "later", "--events", events_file([{}]), "--outcomes", "--timeout", 1)
    (one,) = ended.events()
    assert (ended.code, one["code"], one["retryable"]) == (1, "T203", True)


@pytest.mark.parametrize(
    ("ref", "named"), [("missing", "transformations/missing"), ("same@9", "versions/9"), ("same@nope", "aliases/nope")]
)
def test_what_does_not_exist_is_named(on, publish, events_file, ref, named):
    publish("same", "def transformEvent(event, metadata):\n    return event\n")
    ended = on("send", ref, "--events", events_file([{}]))
    assert (ended.code, ended.out) == (3, [])
    assert ended.err[0].startswith("transformer: T402 ")
    assert named in ended.err[0]


def test_an_answer_keeps_outputs_reasons_failures_and_logs():
    version = "workspaces/w/transformations/scrub/versions/3"
    failure = Failure(Code.EXCEPTION, "KeyError: 'x'", retryable=False, place=Place(3, 1, "f"), version=version)
    result = TransformResult(
        outcomes=(
            Outcome("a", Status.EMITTED, logs=("hello",)),
            Outcome("b", Status.DROPPED, drop_reason="why"),
            Outcome("c", Status.FAILED, failure=failure),
            Outcome("d", Status.EMITTED),
        ),
        outputs=(Output(b"{}", (0, 3)),),
    )
    answer = answer_of(Lines([1, 2, 3, 4], [b""] * 4), result)
    ledger = answer.ledger
    assert ledger.closed
    assert ledger.outputs() == ([b"{}"], [(0, 3)])
    assert (ledger.reasons, ledger.logs) == ({1: "why"}, {0: ["hello"]})
    assert answer.steps == ("scrub@3",)
    assert (ledger.failures[2].step, ledger.failures[2].place) == (0, Place(3, 1, "f"))
