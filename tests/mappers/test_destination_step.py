"""A destination as the last step of a plan: decoded once with the code before it, mapped in the same turn, told apart from it."""

import asyncio
import json
import re

import pytest

from transformer.destinations import shelf
from transformer.destinations.cases import read_cases
from transformer.destinations.step import destination_step, kinds
from transformer.errors import Code
from transformer.limits import Limits
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper, Program
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

CODE = """
def transformEvent(event, metadata):
    if event.get("boom"):
        raise ValueError("own")
    if event.get("gone"):
        return None
    event["seen"] = True
    return event
"""
TRACK = {"type": "track", "userId": "u1", "messageId": "m1", "event": "Order Placed", "properties": {"total": 9.5}}


@pytest.fixture(scope="module")
def run():
    """Runs events through steps in one pool, in a loop of its own."""
    with asyncio.Runner() as runner:
        pool = runner.get_loop().run_until_complete(_started())
        yield lambda steps, events, metadata=None: runner.run(
            pool.run(Plan("w", tuple(steps), Limits()), Batch([json.dumps(event).encode() for event in events], metadata))
        )
        runner.run(pool.close())


async def _started():
    pool = Pool(Settings())
    await pool.start()
    return pool


def test_a_message_for_a_topic_is_made_in_the_turn_of_the_code_before_it(run):
    steps = [Step("a" * 64, "python", "own", CODE), destination_step("kafka", "destinations/k", {"topic": "orders"})]
    ledger = run(steps, [TRACK, TRACK | {"gone": 1}, TRACK | {"boom": 1}])
    assert [json.loads(payload) for payload in ledger.payloads] == [
        {"message": TRACK | {"seen": True}, "userId": "u1", "topic": "orders"}
    ]
    assert [int(status) for status in ledger.status] == [1, 2, 3]
    assert ledger.failures[2].code is Code.EXCEPTION


def test_rows_for_a_warehouse_are_outputs_of_their_event(run):
    ledger = run([destination_step("postgres", "destinations/p", {})], [TRACK | {"receivedAt": "2026-01-01T00:00:00.000Z"}])
    assert [json.loads(payload)["metadata"]["table"] for payload in ledger.payloads] == ["tracks", "order_placed"]


def test_what_cannot_be_mapped_is_the_events_fault_and_not_the_codes(run):
    step = destination_step("postgres", "destinations/p", {})
    ledger = run([step], [TRACK | {"type": "dance"}])
    failure = ledger.failures[0]
    assert (failure.code, failure.code.retryable) == (Code.UNMAPPABLE_EVENT, False)


def test_there_is_no_such_destination():
    assert {"kafka", "postgres"} <= set(kinds())
    with pytest.raises(KeyError):
        destination_step("nowhere", "destinations/n", {})


@pytest.mark.parametrize("name", shelf.names())
def test_every_destination_maps_in_a_worker_as_outside_of_one(name, run):
    """A worker has no files: what a mapper imports or reads when it is first used must be there before."""
    cases = [case for case in read_cases(shelf.folder() / name) if not case.routed and "requests" in case.expect]
    assert cases
    for case in cases[:3]:
        compiled = shelf.compiled(name)
        mapper = Mapper(Program(compiled.name, compiled.code, compiled.mappers), case.settings, case.destination)
        step = destination_step(name, f"destinations/{name}", case.settings, case.destination)
        ledger = run([step], case.events, [case.metadata])
        told = {index: failure.message for index, failure in ledger.failures.items()}
        assert (told, without_times([json.loads(payload) for payload in ledger.payloads])) == outside(mapper, case)


def outside(mapper, case):
    """What is made, or said, outside. By the clock of today, some events are too old by now: that is said there, too."""
    try:
        return {}, without_times(json.loads(json.dumps(mapper.requests(case.events[0], case.metadata))))
    except MappingError as wrong:
        return {0: wrong.message}, []


def without_times(value):
    """The clock goes on between the two: what it decides is left out."""
    if isinstance(value, dict):
        return {key: without_times(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_times(one) for one in value]
    return re.sub(r"\d{10,}|\d{4}-\d\d-\d\dT[\d:.]+", "T", str(value)) if isinstance(value, (int, str)) else value


WILD = """
class Wild(dict):
    def get(self, key, default=None):
        raise RuntimeError("mine")

def transformEvent(event, metadata):
    if event["how"] == "wild":
        return Wild(event)
    if event["how"] == "set":
        event["properties"] = {1, 2}
    if event["how"] == "nan":
        event["properties"] = {"total": float("nan")}
    return event
"""


def test_what_code_hands_on_is_its_own_matter(run):
    steps = [Step("b" * 64, "python", "own", WILD), destination_step("kafka", "destinations/k", {"topic": "orders"})]
    ledger = run(steps, [TRACK | {"how": how} for how in ("wild", "set", "nan", "plain")])
    assert [json.loads(payload)["message"]["how"] for payload in ledger.payloads] == ["wild", "plain"]
    assert {index: (failure.code, failure.step) for index, failure in ledger.failures.items()} == {
        1: (Code.OUTPUT_NOT_JSON, 0),
        2: (Code.OUTPUT_NOT_JSON, 0),
    }


BATCH = """
one = transformEvent
del transformEvent

def transformBatch(events, metadata):
    return [one(event, metadata) for event in events]
"""
KINDS = """
from collections import OrderedDict, defaultdict

def transformEvent(event, metadata):
    event["context"] = OrderedDict(locale="de", os=defaultdict(dict, name="iOS"))
    event["integrations"] = {"Amplitude": OrderedDict(event_id=7)}
    event["properties"] = {"sizes": (1, 2)}
    return OrderedDict(event)
"""


@pytest.mark.parametrize("entry", ["transformEvent", "transformBatch"])
def test_every_kind_of_object_that_python_has_is_mapped(run, entry):
    code = KINDS if entry == "transformEvent" else KINDS + BATCH
    steps = [Step(entry.ljust(64), "python", "own", code), destination_step("am", "destinations/a", {"apiKey": "k"})]
    ledger = run(steps, [TRACK])
    assert ledger.failures == {}
    (made,) = json.loads(ledger.payloads[0])["body"]["JSON"]["events"]
    assert (made["language"], made["os_name"], made["event_id"]) == ("de", "iOS", 7)
    assert made["event_properties"] == {"sizes": [1, 2]}


def test_a_step_shows_no_settings():
    assert "s3cret" not in repr(destination_step("kafka", "destinations/k", {"topic": "s3cret"}))
