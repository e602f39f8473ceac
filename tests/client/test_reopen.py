"""A stream whose connection ends goes on over the next one: every batch gets one answer, in order."""

import asyncio
import threading

import grpc
import pytest

from transformer.client import AsyncClient, Client, TransformBatch
from transformer.errors import CallerError, Code, PlatformError
from transformer.wire.pb import transform_pb2 as pb

ENDED = PlatformError(Code.DRAINING, "going down", retry_after_seconds=0.0)


def batches(count):
    return [TransformBatch(workspace="w", transformations=["t"], events=[{"n": n}]) for n in range(count)]


def answer(n):
    response = pb.TransformResponse()
    response.outcomes.add(message_id=str(n), status=pb.Outcome.STATUS_EMITTED)
    response.outputs.add(payload=b"{}", inputs=[0])
    return response


def sent(service):
    return [request.request.events[0].payload for request in service.requests]


def ids(results):
    return [result.outcomes[0].message_id for result in results]


@pytest.mark.parametrize("why", [ENDED, grpc.StatusCode.UNAVAILABLE])
def test_batches_without_an_answer_are_sent_again_on_a_new_stream(service, ask, why):
    service.ends = {1: why}
    service.answers = [answer(0), answer(1), answer(2), answer(3)]
    assert ids(ask("stream", batches(4))) == ["0", "1", "2", "3"]
    assert sent(service) == [b'{"n":0}', b'{"n":1}', b'{"n":2}', b'{"n":3}']


def test_progress_counts_more_than_attempts(service, ask):
    service.ends = dict.fromkeys(range(1, 10), ENDED)
    service.answers = [answer(n) for n in range(10)]
    assert ids(ask("stream", batches(10), options={"attempts": 2})) == [str(n) for n in range(10)]


def test_one_attempt_opens_no_second_stream(service, ask):
    service.ends = {0: ENDED}
    service.answers = [answer(0)]
    with pytest.raises(PlatformError) as told:
        ask("stream", batches(1), options={"attempts": 1})
    assert (told.value.code, told.value.message) == (Code.DRAINING, "going down")


def test_a_stream_that_was_refused_for_good_is_not_tried_again(service, ask):
    service.ends = {0: CallerError(Code.BAD_REQUEST, "no")}
    service.answers = [answer(0)]
    with pytest.raises(CallerError):
        ask("stream", batches(1))
    assert service.answers


def test_what_the_iterator_raises_comes_after_the_answers_to_what_it_gave(service):
    service.answers = [answer(0), answer(1)]

    def give():
        yield from batches(2)
        raise LookupError("ours")

    seen = []
    with Client(service.address) as client, pytest.raises(LookupError, match="ours"):
        seen.extend(client.stream(give()))
    assert ids(seen) == ["0", "1"]


async def test_the_same_of_an_async_iterator(service):
    service.answers = [answer(0), answer(1)]

    async def give():
        for batch in batches(2):
            yield batch
        raise LookupError("ours")

    seen = []

    async def read(client):
        async for result in client.stream(give()):
            seen.append(result)  # noqa: PERF401 - what came before the error is wanted, too

    async with AsyncClient(service.address) as client:
        with pytest.raises(LookupError, match="ours"):
            await read(client)
    assert ids(seen) == ["0", "1"]


def test_a_batch_that_comes_late_is_not_lost_with_the_connection_that_waited_for_it(service):
    """The thread of the lost connection waits in the caller's iterator; what it gets goes over the new one."""
    service.ends = {0: ENDED}
    service.answers = [answer(0), answer(1)]
    ended = threading.Event()

    def give():
        yield batches(2)[0]
        assert service.ended.wait(10)
        ended.set()
        yield batches(2)[1]

    with Client(service.address) as client:
        assert ids(client.stream(give())) == ["0", "1"]
    assert ended.is_set()


async def test_an_async_iterator_outlives_the_connection_that_waited_for_it(service):
    service.ends = {0: ENDED}
    service.answers = [answer(0), answer(1)]

    async def give():
        yield batches(2)[0]
        assert await asyncio.to_thread(service.ended.wait, 10)
        yield batches(2)[1]

    async with AsyncClient(service.address) as client:
        assert ids([result async for result in client.stream(give())]) == ["0", "1"]


def test_the_time_of_a_stream_is_not_extended_by_opening_it_again(service, ask):
    service.ends = {0: PlatformError(Code.DRAINING, "going down", retry_after_seconds=60.0)}
    service.answers = [answer(0)]
    with pytest.raises(PlatformError) as told:
        ask("stream", batches(1), timeout=5)
    assert told.value.code is Code.DRAINING


@pytest.mark.parametrize(
    ("server", "told"),
    [
        (
            "10.0.0.1:1,replica:2",
            "'replica:2' is no IP address with a port, as each of several has to be; for a name with several, dns:///name:port",
        ),
        (
            "10.0.0.1,10.0.0.2:2",
            "'10.0.0.1' is no IP address with a port, as each of several has to be; for a name with several, dns:///name:port",
        ),
        ("10.0.0.1:1,[::1]:2", "10.0.0.1:1,[::1]:2: the addresses are of IPv4 and of IPv6; they must be of one kind"),
    ],
)
def test_addresses_that_cannot_be_taken_in_turn_are_refused(server, told):
    with pytest.raises(CallerError) as refused:
        Client(server)
    assert refused.value.message == told


def test_several_addresses_are_found_where_only_one_answers(service):
    service.answers = [answer(0)]
    with Client(f"127.0.0.1:1, {service.address}") as client:
        assert ids([client.transform(workspace="w", transformations=["t"], events=[{}])]) == ["0"]
