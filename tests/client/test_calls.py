"""Calls of either client: what is sent, when it is sent again, and what comes back."""

import grpc
import pytest
from grpc.aio import Metadata

from transformer.client import AsyncClient, Event, EventMetadata, Status, TransformBatch, TransformResult
from transformer.errors import CallerError, Code, PlatformError
from transformer.wire.pb import registry_pb2, transform_pb2

BUSY = PlatformError(Code.NO_CAPACITY, "no worker is free", retry_after_seconds=0.01)
DOWN = PlatformError(Code.REGISTRY_UNAVAILABLE, "the database is locked")
ALIAS = registry_pb2.Alias(name="workspaces/w/transformations/t/aliases/live", version=2)


def response(*statuses, retryable=False):
    answer = transform_pb2.TransformResponse()
    for i, status in enumerate(statuses):
        outcome = answer.outcomes.add(status=status, message_id=f"m{i}")
        if status == Status.FAILED:
            outcome.failure.code = 503 if retryable else 201
            outcome.failure.retryable = retryable
        if status == Status.EMITTED:
            answer.outputs.add(payload=b"{}", inputs=[i])
    return answer


def batch(events=({},), **more):
    return {"workspace": "w", "transformations": ["t"], "events": list(events)} | more


def test_a_retryable_error_is_tried_again_until_it_is_answered(service, ask):
    service.answers = [BUSY, DOWN, grpc.StatusCode.UNAVAILABLE, response(1)]
    result = ask("transform", **batch())
    assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED]
    assert len(service.requests) == 4


def test_the_last_error_is_raised_when_the_attempts_are_used_up(service, ask):
    service.answers = [BUSY, BUSY, DOWN]
    with pytest.raises(PlatformError) as told:
        ask("transform", **batch(), options={"attempts": 3})
    assert told.value.code is Code.REGISTRY_UNAVAILABLE
    assert len(service.requests) == 3


def test_a_wait_that_would_outlast_the_deadline_is_not_waited_for(service, ask):
    service.answers = [PlatformError(Code.NO_CAPACITY, "full", retry_after_seconds=3600)]
    with pytest.raises(PlatformError) as told:
        ask("transform", **batch(), timeout=30)
    assert (told.value.code, told.value.retry_after_seconds) == (Code.NO_CAPACITY, 3600)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        CallerError(Code.BATCH_TOO_LARGE, "601 events"),
        CallerError(Code.NOT_FOUND, "no", resource="workspaces/w"),
        CallerError(Code.STALE_ETAG, "changed"),
        CallerError(Code.BAD_REQUEST, "wrong"),
    ],
    ids=lambda error: error.code.name,
)
def test_what_the_caller_did_wrong_is_not_tried_again(service, ask, error):
    service.answers = [error]
    with pytest.raises(CallerError) as told:
        ask("transform", **batch())
    assert (told.value.code, told.value.message) == (error.code, error.message)
    assert len(service.requests) == 1


def test_every_attempt_of_a_mutation_has_the_same_request_id(service, ask):
    service.answers = [DOWN, DOWN, ALIAS]
    assert ask("activate_version", "w", "t", 2).version == 2
    ids = {request.request_id for request in service.requests}
    assert len(ids) == 1
    assert len(ids.pop()) == 36


def test_two_mutations_have_two_request_ids_and_a_given_one_is_kept(service, ask):
    service.answers = [ALIAS, ALIAS, ALIAS]
    for given in (None, None, "mine"):
        ask("activate_version", "w", "t", 2, request_id=given)
    first, second, third = [request.request_id for request in service.requests]
    assert first != second
    assert third == "mine"


def test_every_call_has_a_deadline(service, ask):
    service.answers = [response(), response()]
    ask("transform", **batch(()))
    ask("transform", **batch(()), timeout=7)
    usual, named = service.left
    assert 20 < usual < 31  # of the client's 30 seconds
    assert 0 < named < 8  # gRPC rounds the 7 seconds up a little


def test_the_actor_is_told_and_one_that_cannot_be_is_refused(service, ask):
    service.answers = [response(), response()]
    ask("transform", **batch(()), options={"actor": "alice"})
    ask("transform", **batch(()))
    assert service.metadata[0]["x-actor"] == "alice"
    assert "x-actor" not in service.metadata[1]
    with pytest.raises(CallerError, match="printable ASCII"):
        ask("transform", **batch(()), options={"actor": "a\nb"})


def test_events_may_be_mappings_bytes_or_events(service, ask):
    service.answers = [response(1, 1, 1)]
    metadata = EventMetadata(source_id="s", attributes={"a": 1})
    ask("transform", **batch([{"messageId": "x", "n": 1}, b'{"n":2}', Event(b'{"n":3}', "y", metadata)], defaults=metadata))
    [request] = service.requests
    assert request.workspace == "workspaces/w"
    assert list(request.transformations) == ["transformations/t"]
    assert [(event.payload, event.message_id) for event in request.events] == [
        (b'{"messageId":"x","n":1}', "x"),
        (b'{"n":2}', ""),
        (b'{"n":3}', "y"),
    ]
    assert request.events[2].metadata == request.defaults == transform_pb2.EventMetadata(source_id="s", attributes=b'{"a":1}')


def test_an_event_that_is_no_json_is_refused_by_its_place_without_its_content(service, ask):
    with pytest.raises(CallerError) as told:
        ask("transform", **batch([{}, {"password": {"hunter2"}}]))
    assert (told.value.code, told.value.message) == (Code.BAD_REQUEST, "events[1] cannot be written as JSON")
    assert "hunter2" not in repr(told.value.violations[0].message)
    assert service.requests == []


def test_only_retryable_events_are_sent_again_and_their_answers_take_their_places(service, ask):
    first = response(1, 3, 1, 3, retryable=True)
    service.answers = [first, response(2, 3, retryable=True), response(1)]
    result = ask("transform_all", **batch([{"n": n} for n in range(4)]))
    assert [[event.payload for event in request.events] for request in service.requests] == [
        [b'{"n":0}', b'{"n":1}', b'{"n":2}', b'{"n":3}'],
        [b'{"n":1}', b'{"n":3}'],
        [b'{"n":3}'],
    ]
    assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED, Status.DROPPED, Status.EMITTED, Status.EMITTED]
    assert [output.inputs for output in result.outputs] == [(0,), (2,), (3,)]
    assert result.retryable() == []


def test_failures_that_are_not_retryable_are_not_sent_again(service, ask):
    service.answers = [response(1, 3)]
    result = ask("transform_all", **batch([{}, {}]))
    assert result.outcomes[1].failure.code is Code.EXCEPTION
    assert len(service.requests) == 1


def test_what_is_known_is_the_answer_when_sending_again_fails(service, ask):
    service.answers = [response(1, 3, retryable=True), CallerError(Code.NOT_FOUND, "deleted meanwhile")]
    result = ask("transform_all", **batch([{}, {}]))
    assert [outcome.status for outcome in result.outcomes] == [Status.EMITTED, Status.FAILED]
    assert result.retryable() == [1]


def test_a_stream_yields_results_and_errors_in_order(service, ask):
    service.answers = [response(1), CallerError(Code.NOT_FOUND, "gone", resource="workspaces/w"), response(2)]
    first, error, last = ask("stream", [TransformBatch(**batch()) for _ in range(3)])
    assert isinstance(first, TransformResult)
    assert (error.code, error.resource) == (Code.NOT_FOUND, "workspaces/w")
    assert last.outcomes[0].status is Status.DROPPED


def test_a_failed_event_says_where_and_when_to_come_back(service, ask):
    answer = response(3)
    failure = answer.outcomes[0].failure
    failure.code, failure.message, failure.retryable, failure.version = (
        203,
        "later",
        True,
        "workspaces/w/transformations/t/versions/1",
    )
    failure.retry_after.FromMilliseconds(1500)
    failure.place.line, failure.place.function = 3, "f"
    service.answers = [answer]
    told = ask("transform", **batch()).outcomes[0].failure
    assert (told.code, told.message, told.retryable, told.retry_after_seconds) == (Code.RETRY, "later", True, 1.5)
    assert (told.place.line, told.place.column, told.place.function) == (3, 0, "f")


def test_a_code_of_a_newer_service_is_still_an_outcome(service, ask):
    answer = response(3)
    answer.outcomes[0].failure.code = 299
    service.answers = [answer]
    assert ask("transform", **batch()).outcomes[0].failure.code is Code.INTERNAL


def test_a_closed_client_can_be_closed_again(service):
    from transformer.client import Client

    client = Client(service.address)
    client.close()
    client.close()


def test_a_replayed_event_says_of_which_letter_and_keeps_the_nanoseconds_of_its_time(service, ask):
    service.answers = [response(1)]
    metadata = EventMetadata(received_time="2026-09-01T12:30:00.123456789Z")
    ask("transform", **batch([Event(b"{}", "m0", metadata, dead_letter="a1")]))
    (event,) = service.requests[0].events
    assert (event.dead_letter, event.metadata.received_time.nanos) == ("a1", 123_456_789)


def test_a_time_that_is_none_is_refused_with_its_place(service, ask):
    with pytest.raises(CallerError) as told:
        ask("transform", **batch([Event(b"{}", metadata=EventMetadata(received_time="yesterday"))]))
    assert told.value.violations[0].field == "events[0].metadata.received_time"
    assert service.requests == []


async def test_a_stream_that_ends_while_it_is_written_to_is_no_fault_of_the_service():
    async with AsyncClient("127.0.0.1:1") as client:
        failed = grpc.aio.AioRpcError(grpc.StatusCode.INTERNAL, Metadata(), Metadata(), "Internal error from Core")
        error = client._error(failed)
    assert (error.code, error.message) == (Code.UNREACHABLE, "the stream to the server at 127.0.0.1:1 broke off")
