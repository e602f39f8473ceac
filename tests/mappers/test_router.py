"""Jobs of a router: put together within limits, in order, each in exactly one reply; what fails is told by itself."""

import time

import pytest

from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import read_definition
from transformer.engines.mapper.doors import Router
from transformer.mappers.batching import Job, by_limits
from transformer.mappers.envelope import request
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.replies import no_jobs, processed
from transformer.mappers.router import routed

DEFINITION = """
name: shop
title: Shop
summary: A test.
reports_as: cdkV2
workflow: procWorkflow
settings: {key: {type: string}}
require: [{that: present(settings.key), message: no key, category: configuration}]
events: {track: [one], page: [one, one]}
requests: {one: {endpoint: "https://x/{settings.key}", body: {JSON: body}}}
mappings: {body: [{to: id, from: properties.id, required: no id}]}
batching: {events: 3, list: items%s}
"""


@pytest.fixture
def make(tmp_path):
    """Opens the destination with settings; what follows the words of its batching may be given."""

    def made(settings, batching=""):
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        (folder / "destination.yaml").write_text(DEFINITION % batching, "utf-8")
        compiled = compile_definition(read_definition(folder))
        return Mapper(Program(compiled.name, compiled.code, compiled.mappers), settings, {"Config": settings})

    return made


def item(job, identity, kind="track", key="a"):
    event = {"type": kind, "properties": {"id": identity}}
    return {"message": event, "metadata": {"jobId": job}, "destination": {"Config": {"key": key} if key else {}}}


def jobs(replies):
    return [[one["jobId"] for one in reply["metadata"]] for reply in replies]


def test_jobs_leave_together_up_to_a_limit_and_in_order(make):
    replies = routed(make({"key": "a"}), [item(number, f"i{number}") for number in range(5)])
    assert jobs(replies) == [[0, 1, 2], [3, 4]]
    assert replies[0]["batchedRequest"]["body"]["JSON"] == {"items": [{"id": "i0"}, {"id": "i1"}, {"id": "i2"}]}
    assert all(reply["batched"] for reply in replies)


def test_all_requests_of_a_job_stay_together(make):
    replies = routed(make({"key": "a"}), [item(1, "x"), item(2, "y", "page"), item(3, "z")])
    assert jobs(replies) == [[1, 2], [3]]
    assert [one["id"] for one in replies[0]["batchedRequest"]["body"]["JSON"]["items"]] == ["x", "y", "y"]


@pytest.mark.parametrize(("words", "order"), [("", [[1, 3], [2]]), (", failures: first", [[2], [1, 3]])])
def test_a_job_that_fails_is_told_by_itself_before_or_after_the_others(make, words, order):
    replies = routed(make({"key": "a"}, words), [item(1, "x"), item(2, None), item(3, "z")])
    assert jobs(replies) == order
    assert [reply["error"] for reply in replies if reply["statusCode"] != 200] == ["no id"]


def test_the_settings_of_each_job_hold_for_it(make):
    replies = routed(make({"key": "a"}), [item(1, "x"), item(2, "y", key="b"), item(3, "z", key=None), item(4, "w")])
    assert jobs(replies) == [[1, 4], [2], [3]]
    assert [reply["batchedRequest"]["endpoint"] for reply in replies[:2]] == ["https://x/a", "https://x/b"]
    assert replies[2]["error"] == "no key"


def test_the_processor_alone_tells_the_step_that_refused_an_event(make):
    told = processed(make({}), item(1, "x", key=None))[0]["error"]
    assert told == "no key: Workflow: procWorkflow, Step: validateInput, ChildStep: undefined, OriginalError: no key"
    assert routed(make({}), [item(1, "x", key=None)])[0]["error"] == "no key"


def test_an_event_that_was_mapped_before_goes_as_it_is(make):
    mapped = request("https://x/a", {"id": "old"}) | {"statusCode": 200}
    replies = routed(make({"key": "a"}), [item(1, "x"), item(2, "y") | {"message": mapped}])
    assert jobs(replies) == [[1, 2]]
    assert "statusCode" not in replies[0]["batchedRequest"]


def test_a_request_is_no_larger_than_its_limit_of_bytes():
    made = [Job({}, {}, [request("https://x", {"id": "x" * 40})]) for _ in range(3)]
    assert [len(group.jobs) for group in by_limits(made, {"events": 9, "bytes": 110, "list": "items"})] == [2, 1]


def test_a_router_that_is_asked_about_no_jobs_says_so():
    assert no_jobs("shop")["metadata"] == [{"destType": "shop"}]
    assert no_jobs(None) == {"metadata": [{}], "batched": False, "statusCode": 400, "error": "Invalid event array"}


def test_no_event_of_a_user_overtakes_an_earlier_one(make):
    given = [item(1, "x"), item(2, "y", key="b"), item(3, "z")]
    for one in given:
        one["metadata"]["userId"] = "u"
    assert jobs(routed(make({"key": "a"}), given)) == [[1], [2], [3]]
    given[2]["metadata"]["userId"] = "v"
    assert jobs(routed(make({"key": "a"}), given)) == [[1, 3], [2]]


def test_jobs_are_taken_in_the_order_that_the_mapper_says(make, tmp_path):
    make({"key": "a"})
    (tmp_path / "shop" / "mapper.py").write_text('def rank(event):\n    return event["properties"]["id"]\n', "utf-8")
    replies = routed(make({"key": "a"}, ", order: mapper.rank"), [item(1, "c"), item(2, "a"), item(3, "d"), item(4, "b")])
    assert jobs(replies) == [[2, 4, 1], [3]]


def test_the_door_tells_an_order_that_is_not_that_of_the_jobs(make, tmp_path):
    make({"key": "a"})
    (tmp_path / "shop" / "mapper.py").write_text('def rank(event):\n    return event["properties"]["id"]\n', "utf-8")
    door = Router(make({"key": "a"}, ", order: mapper.rank"), {"Config": {"key": "a"}}, pytest.fail)
    at = []
    made = door.call([item(1, "c"), item(2, "a"), item(3, "d"), item(4, "b")], at.append)
    assert [(one.places, one.value.get("order")) for one in made] == [((0, 1, 3), [1, 2, 0]), ((2,), None)]
    assert at == [1, 3, 0, 2, None]


def test_a_job_that_is_not_to_be_put_together_leaves_alone(make):
    items = [item(number, f"i{number}") for number in range(4)]
    items[1]["metadata"]["dontBatch"] = True
    assert jobs(routed(make({"key": "a"}), items)) == [[0], [1], [2, 3]]


def test_a_bare_error_does_not_repeat_the_destination(make, tmp_path):
    make({"key": "a"})
    code = (
        "from transformer.mappers.errors import InstrumentationError\n\n\n"
        'def one(event, call):\n    raise InstrumentationError("bad", bare=True, step="first/second")\n'
    )
    (tmp_path / "shop" / "mapper.py").write_text(code, "utf-8")
    (tmp_path / "shop" / "destination.yaml").write_text((DEFINITION % "").replace("track: [one]", "track: mapper.one"), "utf-8")
    compiled = compile_definition(read_definition(tmp_path / "shop"))
    mapper = Mapper(Program(compiled.name, compiled.code, compiled.mappers), {"key": "a"})
    (reply,) = routed(mapper, [item(1, "x")])
    assert "destination" not in reply
    (reply,) = processed(mapper, item(1, "x"))
    assert "Step: first, ChildStep: second," in reply["error"]


def test_the_connection_of_an_event_reaches_the_mapper(make):
    mapper = make({"key": "a"})
    connection = {"config": {"destination": {"audienceId": "7"}}}
    routed(mapper, [item(1, "x") | {"connection": connection}])
    assert mapper.call.connection == connection
    processed(mapper, item(1, "x") | {"connection": "no object"})
    assert mapper.call.connection == {}


def a_job(number, count, same="e"):
    made = [request(f"https://{same}", {"id": f"{number}.{one}"}) for one in range(count)]
    return Job({}, {"jobId": number, "userId": "u"}, made)


def test_a_job_with_more_than_fits_a_request_leaves_in_several():
    groups = by_limits([a_job(0, 1), a_job(1, 5), a_job(2, 1)], {"events": 2, "list": "l"}, split=True)
    assert [[job.metadata["jobId"] for job in group.jobs] for group in groups] == [[0], [1], [2]]
    sent = [[one["id"] for one in part["body"]["JSON"]["l"]] for part in groups[1].request]
    assert sent == [["1.0", "1.1"], ["1.2", "1.3"], ["1.4"]]


def test_putting_together_takes_as_long_as_there_are_jobs():
    """Each request is written once, and not again for every job that comes to it."""
    before = time.process_time()
    (group,) = by_limits([a_job(number, 1) for number in range(20_000)], {"events": 20_000, "body": "JSON_ARRAY"})
    assert len(group.jobs) == 20_000
    assert time.process_time() - before < 5
