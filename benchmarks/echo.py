"""The smallest servers there are, to measure what gRPC itself costs: `python -m benchmarks.echo contract` or `bytes`.

contract: parses the request and answers every event with one emitted outcome and one output, its own payload. bytes: hands the
request back unread. Both run as the service does, on grpc.aio and uvloop. The port is the first line on stdout; the end of
stdin ends it.
"""

import asyncio
import sys

import grpc
import uvloop

from transformer.wire.pb.transform_pb2 import TransformRequest, TransformResponse

METHOD = "/transformer.v1.TransformService/Transform"
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


async def contract(request: TransformRequest, _: grpc.aio.ServicerContext) -> TransformResponse:
    response = TransformResponse()
    outcome, output = response.outcomes.add, response.outputs.add
    for index, event in enumerate(request.events):
        told = outcome()
        told.message_id = event.message_id
        told.status = 1
        given = output()
        given.payload = event.payload
        given.inputs.append(index)
    return response


async def hand_back(request: bytes, _: grpc.aio.ServicerContext) -> bytes:
    return request


HANDLERS = {
    "contract": grpc.unary_unary_rpc_method_handler(
        contract, request_deserializer=TransformRequest.FromString, response_serializer=TransformResponse.SerializeToString
    ),
    "bytes": grpc.unary_unary_rpc_method_handler(hand_back),
}


async def serve(handler: grpc.RpcMethodHandler) -> None:
    """Answer every call with this; the port goes to stdout. Until stdin ends."""
    server = grpc.aio.server(options=UNLIMITED)
    service, _, method = METHOD.removeprefix("/").partition("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    uvloop.run(serve(HANDLERS[sys.argv[1]]))
