"""An overload is refused before it is read: the same answer to the caller, next to nothing to the service."""

import asyncio
from types import SimpleNamespace

import grpc
import pytest

from transformer.client import AsyncClient, Event, Status
from transformer.errors import CallerError, Code, PlatformError
from transformer.observe import Observer
from transformer.service.early import EarlyRefusals
from transformer.wire.pb import transform_pb2 as pb
from transformer.wire.status import DETAILS_KEY, error_from_grpc

FULL = PlatformError(Code.NO_CAPACITY, "enough waits; send the batch again later", retry_after_seconds=1.5)
METHOD = "/transformer.v1.TransformService/Transform"


class CrowdedPool:
    """Has enough waiting of the workspaces it is told of."""

    def __init__(self, *crowded):
        self.busy = crowded
        self.asked = []

    async def start(self):
        pass

    async def close(self, grace_seconds=0.0):
        pass

    async def run(self, plan, batch, *, deadline=None, keep_logs=False):
        raise AssertionError("it was refused before")

    def crowded(self, workspace):
        return workspace in self.busy

    def turn_away(self, workspace, left):
        self.asked.append((workspace, left))
        return FULL


class Log:
    def __init__(self):
        self.lines = []

    def warning(self, message, **line):
        self.lines.append({"message": message, **line})


class Admits:
    """Recognises callers of one workspace."""

    def __init__(self, workspace):
        self.workspace = workspace

    def recognises(self, rule, named, metadata):
        return rule.method == "Transform" and named == f"workspaces/{self.workspace}"


def call(left=None):
    return SimpleNamespace(time_remaining=lambda: left, invocation_metadata=lambda: ())


def request(workspace="workspaces/w"):
    return pb.TransformRequest(workspace=workspace, transformations=["t"], events=[pb.Event(payload=b"{}")]).SerializeToString()


def refusals(pool, log=None, calls=10, **other):
    return EarlyRefusals(pool, Observer(log or Log()), calls=calls, **other)


async def test_a_crowded_workspace_is_refused_by_the_first_bytes_of_its_request():
    pool = CrowdedPool("w")
    early = refusals(pool)
    assert early.of(request(), call(2.5), 0) is FULL
    assert early.of(request()[:14], call(), 0) is FULL, "no more of it is looked at"
    assert early.of(request("workspaces/other"), call(), 0) is None
    assert pool.asked == [("w", 2.5), ("w", None)]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\n\x05", b"\n\x0cworkspaces", b"\n\xffworkspaces/w", b"\x12\x01t" + request(), request("w"), request("")],
)
async def test_what_does_not_begin_with_its_workspace_is_read_first(data):
    assert refusals(CrowdedPool("w")).of(data, call(), 0) is None


async def test_a_caller_who_is_not_recognised_hears_nothing_of_a_workspace_and_moves_nothing_in_it():
    pool = CrowdedPool("mine", "theirs")
    early = refusals(pool, admission=Admits("mine"))
    assert early.of(request("workspaces/theirs"), call(), 0) is None
    assert pool.asked == []
    assert early.of(request("workspaces/mine"), call(), 0) is FULL


async def test_more_calls_than_the_server_carries_out_are_refused_whoever_sends_them():
    early = refusals(CrowdedPool(), calls=10)
    assert early.of(request(), call(), 9) is None
    told = early.of(b"anything", call(), 10)
    assert (told.code, told.retry_after_seconds) == (Code.NO_CAPACITY, 0.25)


async def test_many_refusals_are_one_line_with_their_number_and_all_of_them_are_counted():
    log = Log()
    early = refusals(CrowdedPool("w", "v"), log)
    for workspace in ["w"] * 500 + ["v"]:
        early.of(request(f"workspaces/{workspace}"), call(), 0)
    early.flush()
    early.flush()
    usual = {"message": "refused", "method": "Transform", "status": "NO_CAPACITY", "seconds": 1.0}
    assert log.lines == [{**usual, "workspace": "w", "requests": 500}, {**usual, "workspace": "v", "requests": 1}]
    metrics = early._observer.metrics
    assert metrics.requests == {("Transform", "T502"): 501}
    assert sum(series.codes["T502"] for series in metrics.names.all()) == 501


@pytest.mark.asyncio(loop_scope="session")
async def test_the_caller_is_told_as_by_any_refusal_and_the_line_comes_by_itself(open_server, until):
    lines = []
    async with open_server(lines, pool=CrowdedPool("default")) as server:
        async with AsyncClient(server.address, attempts=1) as client:
            with pytest.raises(PlatformError) as told:
                await client.transform(workspace="default", transformations=["t"], events=[Event(b"{}")])
        assert (told.value.code, told.value.retry_after_seconds) == (Code.NO_CAPACITY, 1.5)
        await until(lambda: [line for line in lines if line["event"] == "refused"])
        assert not [line for line in lines if line.get("method") == "Transform" and line["event"] == "request"]


@pytest.mark.asyncio(loop_scope="session")
async def test_bytes_that_are_no_request_are_the_callers_fault(open_server):
    async with open_server(pool=CrowdedPool()) as server, grpc.aio.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await channel.unary_unary(METHOD)(b"\n\xff\xff", timeout=30)
    trailers = dict(told.value.trailing_metadata())
    error = error_from_grpc(told.value.code().value[0], told.value.details(), trailers[DETAILS_KEY])
    assert isinstance(error, CallerError)
    assert error.code is Code.BAD_REQUEST


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_key_nobody_learns_that_a_workspace_is_crowded(open_server):
    pool = CrowdedPool("default")
    async with open_server(pool=pool, authentication="keys") as server, AsyncClient(server.address, attempts=1) as client:
        with pytest.raises(CallerError) as told:
            await client.transform(workspace="default", transformations=["t"], events=[Event(b"{}")])
    assert told.value.code is Code.UNAUTHENTICATED
    assert pool.asked == []


SLEEPS = """
import time

def transformEvent(event, metadata):
    time.sleep(event["seconds"])
    return event
"""


@pytest.mark.need("landlock", "seccomp")
@pytest.mark.asyncio(loop_scope="session")
async def test_a_full_queue_refuses_unread_and_goes_on_when_it_has_room(open_server, until):
    lines = []
    long = {"event_seconds": 600, "turn_seconds": 600, "queue_seconds": 600, "queue_target_seconds": 600}
    one = {"workspace_workers": 1, "concurrent_turns": 1, "workspace_queue": 1}
    async with open_server(lines, **long, **one) as server, AsyncClient(server.address, attempts=1) as client:
        await client.create_transformation("default", "sleeps")
        await client.create_version("default", "sleeps", SLEEPS)
        await client.activate_version("default", "sleeps", 1)

        def send(seconds):
            events = [Event(b'{"seconds":%d}' % seconds)]
            return asyncio.ensure_future(
                client.transform(workspace="default", transformations=["sleeps"], events=events, timeout=300)
            )

        # Given one that runs and one that waits, which is as many as may
        running = send(500)
        await until(lambda: server._pool.stats()["busy"] == 1)
        waiting = send(0)
        await until(lambda: server._pool.stats()["waiting"] == 1)
        # When more come, then each is told so, and none of them is a request
        for _ in range(3):
            with pytest.raises(PlatformError) as told:
                await send(0)
            assert (told.value.code, told.value.retry_after_seconds > 0) == (Code.NO_CAPACITY, True)
            assert "waiting for a worker already" in told.value.message
        assert not [line for line in lines if line.get("method") == "Transform" and line["event"] == "request"]
        # When there is room again, then the one that waited and others are served
        running.cancel()
        assert (await waiting).outcomes[0].status is Status.EMITTED
        assert (await send(0)).outcomes[0].status is Status.EMITTED
        await until(lambda: sum(line["requests"] for line in lines if line["event"] == "refused") == 3)
