"""Recorded answers of host calls: what a file may say, and what calls get from it."""

import asyncio
import json

import pytest

from transformer.capabilities import Capabilities
from transformer.cases import Difference
from transformer.cases.recorded import recorded_in
from transformer.errors import CallerError
from transformer.fixtures import Fixtures
from transformer.wire.calls import CallError

EVERYTHING = Capabilities(hosts=("*",), tables=("plans",), secrets=("KEY", "OTHER"), kv="", geolocation=True)


def recorded(found):
    return recorded_in(json.dumps(found).encode(), "f.json")


@pytest.fixture
def ask():
    """ask(fixtures, kind, **arguments) → the value."""

    def call(fixtures, kind, capabilities=EVERYTHING, **arguments):
        return asyncio.run(fixtures.broker.answer("w", capabilities, kind, arguments, 5.0))

    return call


@pytest.fixture
def fetched(ask):
    """fetched(fixtures, …) → status and body of the answer."""

    def fetch(fixtures, url="https://a.example/x", **arguments):
        value = ask(fixtures, "fetch", url=url, **arguments)
        return value["status"], value["body"].decode()

    return fetch


def test_answer_of_a_fetch_is_a_whole_one(ask):
    fixtures = Fixtures(
        recorded([{"fetch": "https://a.example/x", "answer": {"status": 201, "headers": {"X": "1"}, "body": {"a": "ä"}}}])
    )
    assert ask(fixtures, "fetch", method="GET", url="https://a.example/x", headers=[]) == {
        "status": 201,
        "reason": "",
        "url": "https://a.example/x",
        "headers": [["X", "1"], ["Content-Type", "application/json"]],
        "body": '{"a": "ä"}'.encode(),
        "elapsed": 0.0,
        "cached": False,
        "history": [],
    }


def test_answers_of_the_same_request_come_in_order_and_the_last_one_stays(fetched):
    fixtures = Fixtures(recorded([{"fetch": "https://a.example/x", "answer": {"body": each}} for each in ("one", "two")]))
    assert [fetched(fixtures)[1] for _ in range(3)] == ["one", "two", "two"]
    assert fixtures.unused == []


@pytest.mark.parametrize(("body", "sent"), [({"a": 1}, b'{"a":1}'), ("a=1", b"a=1")])
def test_body_of_a_request_must_fit_where_it_is_recorded(fetched, body, sent):
    fixtures = Fixtures(
        recorded([{"fetch": {"method": "post", "url": "https://a.example/x", "body": body}, "answer": {"body": "yes"}}])
    )
    assert fetched(fixtures, method="POST", body=sent) == (200, "yes")
    with pytest.raises(CallError):
        fetched(fixtures, method="POST", body=b"other")


def test_call_without_an_answer_fails_with_the_line_to_record(fetched):
    fixtures = Fixtures()
    with pytest.raises(CallError) as failed:
        fetched(fixtures, method="POST", body=b'{"a": 1}')
    line = (
        '{"fetch": {"method": "POST", "url": "https://a.example/x", "body": {"a": 1}}, "answer": {"status": 200, "body": {}}}'
    )
    assert failed.value.message == f"fetch: no answer is recorded; record one, such as {line}"
    assert fixtures.missed == [line]
    assert fetched(Fixtures(recorded([json.loads(line)])), method="POST", body=b'{"a": 1}') == (200, "{}")
    (difference,) = fixtures.differences([])
    assert line in difference.got


def test_answer_that_nobody_asked_for_is_known():
    fixtures = Fixtures(recorded([{"geolocation": "1.2.3.4", "answer": {}}]))
    assert [entry.path for entry in fixtures.unused] == ["calls[0]"]


@pytest.mark.parametrize("kind", ["timeout", "connection", "unavailable", "status"])
def test_error_may_be_recorded(ask, kind):
    fixtures = Fixtures(recorded([{"geolocation": "1.2.3.4", "answer": {"error": kind, "details": {"code": "429"}}}]))
    with pytest.raises(CallError) as failed:
        ask(fixtures, "geolocation", ip="1.2.3.4")
    assert (failed.value.kind, failed.value.details) == (kind, {"code": "429"})


def test_geolocation_is_answered(ask):
    fixtures = Fixtures(recorded([{"geolocation": "1.2.3.4", "answer": {"ip": "1.2.3.4", "error": 1}}]))
    assert ask(fixtures, "geolocation", ip="1.2.3.4") == {"ip": "1.2.3.4", "error": 1}


def test_secrets_are_answered_and_one_that_is_not_there_is_none(ask):
    fixtures = Fixtures(recorded({"secrets": {"KEY": "value"}}))
    assert [ask(fixtures, "secret", key=key) for key in ("KEY", "OTHER")] == ["value", None]
    with pytest.raises(CallError, match="record one"):
        ask(Fixtures(), "secret", key="KEY")


def test_kv_keeps_what_is_written(ask):
    fixtures = Fixtures(recorded([{"kv": {"n": 2}}, {"kv": {"s": "x"}}]))
    assert ask(fixtures, "kv", op="get", keys=["n", "s", "none"]) == {"values": [2, "x", None]}
    assert ask(fixtures, "kv", op="increment", key="n", by=3, ttl=None) == 5
    assert ask(fixtures, "kv", op="increment", key="new", by=1, ttl=None) == 1
    assert ask(fixtures, "kv", op="set_if_absent", key="n", value=9, ttl=None) is False
    assert ask(fixtures, "kv", op="set_if_absent", key="m", value=9, ttl=None) is True
    assert ask(fixtures, "kv", op="set", items={"a": 1, "b": 2}, ttl=5) is None
    assert ask(fixtures, "kv", op="delete", keys=["a", "none"]) == 1
    assert ask(fixtures, "kv", op="get", keys=["n", "m", "a", "b"]) == {"values": [5, 9, None, 2]}
    with pytest.raises(CallError, match="no number"):
        ask(fixtures, "kv", op="increment", key="s", by=1, ttl=None)


def test_tables_are_made_of_rows():
    found = asyncio.run(
        Fixtures(
            recorded({"tables": {"plans": [{"id": "a", "n": 1}], "other": {"key": "k", "rows": [{"n": 1, "k": "x"}]}}})
        ).find("w", ["plans", "other", "none"], None)
    )
    assert found.keys() == {"plans", "other"}


def test_table_that_nobody_recorded_is_told_where_a_case_does_not_hold():
    fixtures = Fixtures()
    assert asyncio.run(fixtures.find("w", ["plans"], None)) == {}
    wrong = Difference("expect", "emitted", "failed")
    assert fixtures.differences([]) == []
    assert [each.path for each in fixtures.differences([wrong])] == ["expect", "tables"]
    assert fixtures.lacks_for("HostCallError: there is no table 'plans' in this workspace")
    assert not fixtures.lacks_for("KeyError: 'plans'")


def test_tables_that_are_none_are_refused():
    with pytest.raises(CallerError, match="the recorded table plans: rows 1 and 2 have the same key"):
        asyncio.run(Fixtures(recorded({"tables": {"plans": [{"id": "a"}, {"id": "a"}]}})).find("w", ["plans"], None))


@pytest.mark.parametrize(
    ("kind", "arguments", "text"),
    [
        ("fetch", {"url": "https://b.example/"}, "the host b.example is not declared"),
        ("secret", {"key": "OTHER"}, "getCredential('OTHER') is not declared"),
        ("kv", {"op": "get", "keys": ["b/1"]}, "does not begin with 'a/'"),
        ("geolocation", {"ip": "1.2.3.4"}, "geolocation is not declared"),
    ],
)
def test_what_is_not_declared_is_refused_here_too(ask, kind, arguments, text):
    declared = Capabilities(hosts=("a.example",), secrets=("KEY",), kv="a/")
    with pytest.raises(CallError) as failed:
        ask(Fixtures(), kind, declared, **arguments)
    assert failed.value.kind == "refused"
    assert text in failed.value.message


def test_what_a_case_records_goes_before_what_all_share(fetched):
    own = recorded({"calls": [{"fetch": "https://a.example/x", "answer": {"body": "own"}}], "kv": {"a": 1}})
    shared = recorded(
        {
            "calls": [
                {"fetch": "https://a.example/x", "answer": {"body": "shared"}},
                {"fetch": "https://a.example/y", "answer": {"body": "y"}},
            ],
            "kv": {"a": 2, "b": 2},
            "secrets": {"KEY": "v"},
        }
    )
    both = own.over(shared)
    fixtures = Fixtures(both)
    assert [fetched(fixtures, url=f"https://a.example/{each}")[1] for each in "xxy"] == ["own", "own", "y"]
    assert (both.kv, both.secrets) == ({"a": 1, "b": 2}, {"KEY": "v"})


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (1, "f.json: must be an object"),
        ({"call": []}, "f.json: call is not a known key; known: calls, kv, secrets, tables"),
        ({"calls": {}}, "f.json: calls must be a list of recorded answers"),
        ([{}], "f.json: calls[0] must have exactly one of fetch, geolocation, kv, secrets, tables"),
        ([{"fetch": "x", "kv": {}}], "f.json: calls[0] must have exactly one of fetch, geolocation, kv, secrets, tables"),
        ([{"fetch": "x", "answr": {}}], "f.json: calls[0].answr is not a known key; known: fetch, geolocation, kv, secrets, tables, answer"),
        ([{"fetch": "x"}], "f.json: calls[0].answer must be an object"),
        ([{"fetch": {"method": "GET"}, "answer": {}}], 'f.json: calls[0].fetch must have a "url" and may have a "method", texts'),
        ([{"fetch": {"url": "x", "q": 1}, "answer": {}}], "f.json: calls[0].fetch.q is not a known key; known: method, url, body"),
        ([{"fetch": "x", "answer": {"status": "200"}}], "f.json: calls[0].answer.status must be a status code, from 100 to 599"),
        ([{"fetch": "x", "answer": {"headers": {"a": 1}}}], "f.json: calls[0].answer.headers must be an object of texts"),
        ([{"fetch": "x", "answer": {"reason": 1}}], "f.json: calls[0].answer.reason must be a text"),
        ([{"fetch": "x", "answer": {"error": "no"}}], "f.json: calls[0].answer.error must be one of refused, invalid, timeout, connection, too_large, status, busy, unavailable, unsupported"),
        ([{"geolocation": 1, "answer": {}}], "f.json: calls[0].geolocation must be an IP address, a text"),
        ([{"kv": {}, "answer": {}}], 'f.json: calls[0] "kv" has no "answer"'),
        ({"kv": []}, "f.json: kv must be an object"),
        ({"secrets": {"a": 1}}, "f.json: secrets must be an object of texts"),
        ({"tables": {"t": 1}}, 'f.json: tables.t must be a list of objects, or {"key": …, "rows": [{…}, …]}'),
        ({"tables": {"t": {"key": "k", "rows": [{"a": 1}]}}}, "f.json: tables.t has no key that every row has"),
    ],
)  # fmt: skip
def test_slip_of_the_pen_is_named(found, text):
    with pytest.raises(CallerError) as refused:
        recorded(found)
    assert refused.value.message == text


def test_file_that_is_no_json_is_named():
    with pytest.raises(CallerError, match=r"f\.json: is not JSON in UTF-8"):
        recorded_in(b"{", "f.json")
