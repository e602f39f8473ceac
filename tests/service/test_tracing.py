"""Traces of a real server, as a real collector gets them over OTLP: the caller's trace goes on through worker and back."""

import asyncio
import socket

import grpc
import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider

from transformer.client import AsyncClient, Client, TransformBatch
from transformer.wire.pb import transform_pb2, transform_pb2_grpc

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

BETWEEN_CLOCKS = 50 * 10**6
"""Nanoseconds: two clocks are read one after the other, and a busy machine may do something else in between."""
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SOURCE = """
def transformEvent(event, metadata):
    if event.get("endless"):
        while True:
            pass
    return event
"""


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self):
        self.spans, self.resources = [], []

    async def Export(self, request, context):  # noqa: N802 - the name is OpenTelemetry's
        for group in request.resource_spans:
            self.resources.append(group.resource)
            for scope in group.scope_spans:
                self.spans += scope.spans
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest_asyncio.fixture(loop_scope="session")
async def collector():
    """(address, what it got)."""
    server, collector = grpc.aio.server(), Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}", collector
    await server.stop(None)


async def send(server, *payloads, headers=()):
    async with AsyncClient(server.address, attempts=1) as client:
        await client.create_transformation("default", "t")
        version = await client.create_version("default", "t", SOURCE)
        await client.activate_version("default", "t", version.number)
    async with grpc.aio.insecure_channel(server.address) as channel:
        events = [transform_pb2.Event(payload=payload) for payload in payloads]
        request = transform_pb2.TransformRequest(
            workspace="workspaces/default", transformations=["transformations/t"], events=events
        )
        return await transform_pb2_grpc.TransformServiceStub(channel).Transform(request, metadata=headers)


def facts(span):
    return {pair.key: pair.value for pair in span.attributes}


async def test_a_collector_gets_the_callers_trace(open_server, collector):
    address, collected = collector
    lines = []
    headers = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("tracestate", "vendor=x"))
    async with open_server(lines, traces=f"otlp:{address}", traces_ratio=0.0, dead_letters="none") as server:
        await send(server, b'{"a":"hunter2"}', b'{"endless":1}', b"{}", headers=headers)
    spans = {}
    for span in sorted(collected.spans, key=lambda span: span.start_time_unix_nano):
        spans.setdefault(span.name, []).append(span)
    # Nothing but the one request: with a share of 0, what has no caller's trace has none.
    assert {name: len(found) for name, found in spans.items()} == {"Transform": 1, "plan": 1, "queue": 2, "turn": 2}
    [request] = spans["Transform"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert request.trace_state == "vendor=x"
    told = facts(request)
    assert told["transformer.workspace"].string_value == "default"
    assert [one.string_value for one in told["transformer.versions"].array_value.values] == [
        "workspaces/default/transformations/t/versions/1"
    ]
    numbers = {name: told[f"transformer.{name}"].int_value for name in ("events", "emitted", "failed")}
    assert numbers == {"events": 3, "emitted": 2, "failed": 1}
    for stage in (span for name in ("plan", "queue", "turn") for span in spans[name]):
        assert stage.trace_id.hex() == TRACE
        assert stage.parent_span_id == request.span_id
        assert request.start_time_unix_nano - BETWEEN_CLOCKS <= stage.start_time_unix_nano
        assert stage.end_time_unix_nano <= request.end_time_unix_nano + BETWEEN_CLOCKS
    assert [facts(turn)["transformer.ending"].string_value for turn in spans["turn"]] == ["time", "clean"]
    assert spans["turn"][0].end_time_unix_nano - spans["turn"][0].start_time_unix_nano >= 0.5 * 10**9
    assert not any(b"hunter2" in span.SerializeToString() for span in collected.spans)
    names = {pair.key: pair.value.string_value for pair in collected.resources[0].attributes}
    assert names["service.name"] == "transformer"
    [line] = [line for line in lines if line.get("method") == "Transform"]
    assert line["trace"] == TRACE


async def test_a_server_leaves_in_time_where_nobody_collects(open_server):
    clock = asyncio.get_running_loop().time
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        port = silent.getsockname()[1]
        async with open_server(traces=f"otlp:127.0.0.1:{port}", dead_letters="none") as server:
            answer = await send(server, b"{}")
            assert answer.outcomes[0].status == transform_pb2.Outcome.STATUS_EMITTED
            leaving = clock()
    assert clock() - leaving < 10


async def test_our_own_client_takes_the_trace_of_its_caller_along(open_server, collector):
    address, collected = collector
    async with open_server(traces=f"otlp:{address}", traces_ratio=0.0, dead_letters="none") as server:
        await send(server, b"{}")  # nobody's trace
        batch = {"workspace": "default", "transformations": ["t"], "events": [b"{}"]}
        async with AsyncClient(server.address, attempts=1) as client:
            with TracerProvider(shutdown_on_exit=False).get_tracer("a pipeline").start_as_current_span("import") as caller:
                await client.transform(**batch)
                assert [len(answer.outcomes) async for answer in client.stream([TransformBatch(**batch)])] == [1]
                await asyncio.to_thread(also_synchronously, server.address, batch)
    ours = caller.get_span_context()
    assert {span.trace_id for span in collected.spans} == {ours.trace_id.to_bytes(16, "big")}
    below = [span.name for span in collected.spans if span.parent_span_id == ours.span_id.to_bytes(8, "big")]
    assert sorted(below) == ["Transform", "Transform", "TransformStream"]
    stream, one_batch = sorted(
        (span for span in collected.spans if span.name == "TransformStream"), key=lambda span: span.start_time_unix_nano
    )
    assert one_batch.parent_span_id == stream.span_id


def also_synchronously(address, batch):
    with Client(address, attempts=1) as client:
        client.transform(**batch)
