"""What becomes of jobs, and of events, where a batch of them does not come back whole."""

import asyncio
import json

import pytest

from transformer.errors import CallerError, Code, PlatformError
from transformer.gateway.endpoints.destinations import Destinations
from transformer.gateway.endpoints.router import Router
from transformer.gateway.running.doors import Doors
from transformer.gateway.running.whole import Poison
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger, Status

AMPLITUDE = {"ID": "d1", "Config": {"apiKey": "k"}}


class Asked:
    """A call, and the service behind it: `run` is what becomes of work."""

    path = {"version": "v0", "destination": "am"}
    query = {}
    features = frozenset()

    def __init__(self, body, run):
        self.body = json.dumps(body).encode()
        self.headers = self
        self.metadatas = []
        self.ran = []
        self._run = run

    def get(self, _name, default=""):
        return default

    async def run(self, work):
        self.ran.append([json.loads(payload) for payload in work.payloads])
        ledger = Ledger(len(work.payloads))
        self._run(ledger, work.payloads)
        return ledger


def job(at, destination=AMPLITUDE):
    return {"message": {"type": "track", "at": at}, "metadata": {"jobId": at}, "destination": destination}


def answered(endpoint, call):
    answer = asyncio.run(endpoint(call))
    assert answer.status == 200
    body = json.loads(answer.body)
    return body["output"] if isinstance(body, dict) else body


def router(body, run, poison=None):
    call = Asked({"input": body, "destType": "am"}, run)
    return call, answered(Router(Doors(Limits()), poison or Poison(), None, wrapped=True), call)


def told(replies):
    return [([known["jobId"] for known in reply["metadata"]], reply["statusCode"]) for reply in replies]


def emit(ledger, inputs):
    ledger.settle(inputs, [Status.EMITTED] * len(inputs), [b'{"statusCode":200,"batchedRequest":{}}'], [tuple(inputs)])


def poisoned(ledger, payloads):
    """A unit in which job 1 is fails as a whole."""
    if any(b'"at": 1' in payload for payload in payloads):
        ledger.fail(range(ledger.size), Failure(Code.TIME_LIMIT, "the batch function ran longer than 10 s"))
    else:
        emit(ledger, list(range(ledger.size)))


def test_jobs_that_failed_together_run_by_themselves():
    call, replies = router([job(0), job(1), job(2)], poisoned)
    assert told(replies) == [([0], 200), ([1], 400), ([2], 200)]
    assert [len(ran) for ran in call.ran] == [3, 1, 1, 1]


def test_only_the_guilty_one_is_remembered():
    poison = Poison()
    router([job(0), job(1), job(2)], poisoned, poison)
    call, replies = router([job(0), job(1), job(2)], poisoned, poison)
    assert sorted(told(replies)) == [([0, 2], 200), ([1], 400)]
    assert [len(ran) for ran in call.ran] == [2]


def busy(_ledger, _payloads):
    raise PlatformError(Code.NO_CAPACITY, "no worker became free", retry_after_seconds=1.0)


def test_a_router_is_told_of_each_job_that_there_was_no_room():
    _, replies = router([job(0), job(1)], busy)
    assert told(replies) == [([0], 500), ([1], 500)]
    assert {reply["error"] for reply in replies} == {"no worker became free"}


def test_one_destination_without_room_costs_no_other():
    def run(ledger, payloads):
        if b'"at": 1' in payloads[0]:
            busy(ledger, payloads)
        emit(ledger, [0])

    _, replies = router([job(0), job(1, {"ID": "d2", "Config": {}})], run)
    assert told(replies) == [([0], 200), ([1], 500)]


def test_a_processor_is_to_send_all_of_it_again():
    call = Asked([job(0), job(1, {"ID": "d2", "Config": {}})], busy)
    with pytest.raises(PlatformError):
        asyncio.run(Destinations(Doors(Limits()), Poison(), None)(call))
    assert list(call.metadatas) == [b'{"jobId": 0}', b'{"jobId": 1}']


def test_who_may_not_ask_is_told_so():
    def refuse(_ledger, _payloads):
        raise CallerError(Code.PERMISSION_DENIED, "these credentials act in workspaces/w only")

    with pytest.raises(CallerError):
        router([job(0), job(1, {"ID": "d2", "Config": {}})], refuse)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.TIME_LIMIT, 400),
        (Code.MEMORY_LIMIT, 400),
        (Code.CRASHED, 400),
        (Code.EVENT_TOO_LARGE, 400),
        (Code.OUTPUT_LIMIT, 400),
        (Code.MAPPER_FAULT, 500),
        (Code.CODE_BROKEN, 500),
    ],
)
def test_an_event_that_fails_is_told_whose_fault_that_is(code, status):
    def run(ledger, _payloads):
        ledger.settle([0], [Status.EMITTED], [b'{"statusCode":200,"output":{}}'], [(0,)])
        ledger.fail([1], Failure(code, "why", step=0))

    call = Asked([job(0), job(1)], run)
    replies = answered(Destinations(Doors(Limits()), Poison(), None), call)
    assert [(reply["statusCode"], reply["metadata"]) for reply in replies] == [(200, {"jobId": 0}), (status, {"jobId": 1})]
    assert replies[1]["error"] == "why"


@pytest.mark.parametrize(
    "payload",
    [b"", b"7", b"{}", b'{"statusCode":"1"}', b'{"statusCode":200,"output":7}', b'{"statusCode":200}x', b'{"statusCode":1}'],
)
def test_a_processors_worker_is_not_believed(payload):
    def run(ledger, _payloads):
        ledger.settle([0, 1], [Status.EMITTED] * 2, [payload, b'{"statusCode":200,"output":{}}'], [(0,), (1,)])

    replies = answered(Destinations(Doors(Limits()), Poison(), None), Asked([job(0), job(1)], run))
    assert [reply["statusCode"] for reply in replies] == [500, 200]


def test_an_output_with_an_error_keeps_both():
    def run(ledger, _payloads):
        ledger.settle([0], [Status.EMITTED], [b'{"statusCode":400,"output":{"a":1},"error":"e","statTags":{"a":"b"}}'], [(0,)])

    (reply,) = answered(Destinations(Doors(Limits()), Poison(), None), Asked([job(0)], run))
    tags = {"a": "b"}
    assert reply == {"statusCode": 400, "output": {"a": 1}, "error": "e", "metadata": {"jobId": 0}, "statTags": tags}
