"""The smallest servers there are, to measure what gRPC and HTTP themselves cost.

    python -m benchmarks.echo contract|bytes|http

contract: parses the request and answers every event with one emitted outcome and one output, its own payload; unary, and in a
stream. bytes: hands the request back unread. Both run as the service does, on grpc.aio and uvloop. http: an ASGI application
that answers with the body it was sent, on uvicorn as the gateway is. The port is the first line on stdout; the end of stdin
ends it.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import uvloop

from transformer.wire.pb.transform_pb2 import (
    TransformRequest,
    TransformResponse,
    TransformStreamRequest,
    TransformStreamResponse,
)

METHOD = "/transformer.v1.TransformService/Transform"
STREAM = METHOD + "Stream"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


async def contract(request: TransformRequest, _: grpc.aio.ServicerContext) -> TransformResponse:
    response = TransformResponse()
    answer(request, response)
    return response


async def contract_stream(
    requests: AsyncIterator[TransformStreamRequest], _: grpc.aio.ServicerContext
) -> AsyncIterator[TransformStreamResponse]:
    async for one in requests:
        told = TransformStreamResponse()
        answer(one.request, told.response)
        yield told


def answer(request: TransformRequest, response: TransformResponse) -> None:
    """One emitted outcome and one output for each event."""
    outcome, output = response.outcomes.add, response.outputs.add
    for index, event in enumerate(request.events):
        told = outcome()
        told.message_id = event.message_id
        told.status = 1
        given = output()
        given.payload = event.payload
        given.inputs.append(index)


async def hand_back(request: bytes, _: grpc.aio.ServicerContext) -> bytes:
    return request


HANDLERS = {
    "contract": {
        METHOD: grpc.unary_unary_rpc_method_handler(
            contract, request_deserializer=TransformRequest.FromString, response_serializer=TransformResponse.SerializeToString
        ),
        STREAM: grpc.stream_stream_rpc_method_handler(
            contract_stream,
            request_deserializer=TransformStreamRequest.FromString,
            response_serializer=TransformStreamResponse.SerializeToString,
        ),
    },
    "bytes": {METHOD: grpc.unary_unary_rpc_method_handler(hand_back)},
}


async def serve(handlers: dict[str, grpc.RpcMethodHandler]) -> None:
    """Answer every call with these; the port goes to stdout. Until stdin ends."""
    server = grpc.aio.server(options=UNLIMITED)
    service = METHOD.split("/")[1]
    named = {path.rpartition("/")[2]: handler for path, handler in handlers.items()}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, named),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def asgi(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"apiversion", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_http() -> None:
    """Answer every request with its body; the port goes to stdout. Until stdin ends."""
    import uvicorn  # of the extra `gateway`

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        print(bound.getsockname()[1], flush=True)
        server = uvicorn.Server(uvicorn.Config(asgi, lifespan="off", access_log=False, log_config=None))
        serving = asyncio.create_task(server.serve([bound]))
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = True
        await serving


if __name__ == "__main__":
    uvloop.run(serve_http() if sys.argv[1] == "http" else serve(HANDLERS[sys.argv[1]]))
