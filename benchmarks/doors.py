"""The doors of the service as clients use them: gRPC unary, one gRPC stream, HTTP as data planes ask.

Each takes an address and a request, and gives `ask`: it sends the request and returns the bytes of the answer, unparsed.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import grpc

from benchmarks.echo import METHOD, STREAM, UNLIMITED
from transformer.wire.pb.transform_pb2 import TransformRequest, TransformStreamRequest

Ask = Callable[[], Awaitable[bytes]]
Door = Callable[[str, bytes], AbstractAsyncContextManager[Ask]]
PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def unary(address: str, request: bytes) -> AsyncIterator[Ask]:
    """`Transform`, over one channel. The request is a serialised TransformRequest."""
    async with grpc.aio.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(METHOD)

        async def ask() -> bytes:
            return await call(request, timeout=PATIENCE_SECONDS)

        yield ask


@asynccontextmanager
async def stream(address: str, request: bytes) -> AsyncIterator[Ask]:
    """`TransformStream`, one stream for all that is asked. The request is a serialised TransformRequest."""
    message = TransformStreamRequest(request=TransformRequest.FromString(request)).SerializeToString()
    waiting: deque[asyncio.Future[bytes]] = deque()
    writing = asyncio.Lock()
    async with grpc.aio.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.stream_stream(STREAM)()

        async def read() -> None:
            while (answer := await call.read()) is not grpc.aio.EOF:
                waiting.popleft().set_result(answer)

        async def ask() -> bytes:
            answer = asyncio.get_running_loop().create_future()
            async with writing:  # answers come in the order of the requests
                waiting.append(answer)
                await call.write(message)
            return await asyncio.wait_for(answer, PATIENCE_SECONDS)

        reader = asyncio.create_task(read())
        try:
            yield ask
            await call.done_writing()
            await reader
        finally:
            reader.cancel()


@asynccontextmanager
async def http(address: str, request: bytes) -> AsyncIterator[Ask]:
    """A connection for each request, as data planes make them. The request is made by `http_request`."""
    host, _, port = address.rpartition(":")

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(-1), PATIENCE_SECONDS)
        finally:
            writer.close()
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:300]
        return answer

    yield ask


def http_request(path: str, body: bytes) -> bytes:
    """Head and body as a data plane sends them."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: transformer\r\nUser-Agent: benchmark\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/json; charset=utf-8\r\nX-Feature-Gzip-Support: ?1\r\nX-Feature-Filter-Code: ?1\r\n"
        "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


DOORS: dict[str, Door] = {"unary": unary, "stream": stream, "http": http}
