"""Events with wrong values anywhere: every mapper we ship says whose fault it is, and never falls over or changes the event."""

import copy

import orjson
import pytest

from transformer.destinations import shelf
from transformer.destinations.cases import read_cases
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.router import routed

WRONG = [None, "", "x", "2026-13-45", 0, -1.5, 1e30, True, [], ["a"], [None], [[{}]], {}, {"a": 1}, {"": None}]
DEEP = 4


def paths(value, way=()):
    if len(way) < DEEP:
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            yield (*way, key)
            yield from paths(value[key], (*way, key))


def with_value(event, path, value):
    changed = copy.deepcopy(event)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def variants(event):
    yield {}
    for path in paths(event):
        for value in WRONG:
            yield with_value(event, path, value)
    for key in ("properties", "traits", "context", "integrations", "event", "userId", "timestamp", "type"):
        for value in WRONG:
            yield event | {key: value}


@pytest.mark.parametrize("name", shelf.names())
def test_a_wrong_value_is_somebodys_fault_and_said_to_be(name):
    compiled = shelf.compiled(name)
    program = Program(compiled.name, compiled.code, compiled.mappers)
    fell = {}
    for case in read_cases(shelf.folder() / name):
        mapper = Mapper(program, case.settings, case.destination, lambda case=case: case.clock)
        for original in case.events:
            for event in variants(original):
                before = copy.deepcopy(event)
                try:
                    orjson.dumps(mapper.requests(event, case.metadata, case.connection))
                except MappingError:
                    pass
                except Exception as wrong:  # noqa: BLE001 - what this looks for
                    place = wrong.__traceback__
                    while place.tb_next is not None:
                        place = place.tb_next
                    fell.setdefault(
                        f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno} {type(wrong).__name__}: {wrong}", event
                    )
                assert event == before
    assert fell == {}, "\n".join(f"{place}\n    {event}" for place, event in list(fell.items())[:20])


MARK = "x/../y?z=#w"
NAMES_URLS = {"webhook", "pipedream"}  # an event may say where these go, or append to it, by design


@pytest.mark.parametrize("name", [name for name in shelf.names() if name not in NAMES_URLS])
def test_no_event_leads_a_request_elsewhere(name):
    """What an event says is encoded where it becomes part of a URL."""
    compiled = shelf.compiled(name)
    program = Program(compiled.name, compiled.code, compiled.mappers)
    for case in read_cases(shelf.folder() / name):
        mapper = Mapper(program, case.settings, case.destination, lambda case=case: case.clock)
        for original in case.events:
            for path in paths(original):
                try:
                    made = mapper.requests(with_value(original, path, MARK), case.metadata)
                except MappingError:
                    continue
                ends = [str(request.get("endpoint", "")) + str(request.get("endpointPath", "")) for request in made]
                assert not any(MARK in end for end in ends), (case.name, path, ends)


BATCHED = [name for name in shelf.names() if shelf.definition_of(name).batching]
FEW = 13


@pytest.mark.parametrize("name", BATCHED)
def test_every_job_of_a_router_is_answered_once_whatever_it_holds(name):
    compiled = shelf.compiled(name)
    program = Program(compiled.name, compiled.code, compiled.mappers)
    for case in read_cases(shelf.folder() / name):
        destination = case.destination | {"Config": case.settings}
        mapper = Mapper(program, case.settings, destination, lambda case=case: case.clock)
        events = [*case.events, *(one for event in case.events for one in list(variants(event))[::FEW])]
        jobs = [
            {
                "message": event,
                "metadata": case.metadata | {"jobId": number, "userId": f"u{number % 3}"},
                "connection": case.connection,
                "destination": destination,
            }
            for number, event in enumerate(events)
        ]
        before = copy.deepcopy(jobs)
        replies = routed(mapper, jobs)
        orjson.dumps(replies)
        assert jobs == before
        assert sorted(job["jobId"] for reply in replies for job in reply["metadata"]) == list(range(len(jobs)))
