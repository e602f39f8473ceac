"""The least that a service of two processes could do, to measure what the second hop costs.

    python -m benchmarks.relay socket | shared

The server reads nothing: it hands the bytes of each request to one of its workers over a socket, and the bytes of the answer
back. With `shared`, the bytes lie in memory that both have, and the socket carries their number only. A worker parses the
request, decodes and encodes every event, and writes the response. There is no wall, no deadline, no check of what a worker
says, no plan, no log. The port is the first line on stdout; the end of stdin ends it.
"""

import asyncio
import gc
import mmap
import os
import socket
import struct
import sys

import grpc
import orjson
import uvloop

from benchmarks.echo import METHOD
from benchmarks.echo import serve as answer
from transformer.wire.pb.transform_pb2 import Outcome, Output, TransformRequest, TransformResponse

WORKERS = os.cpu_count() or 1
BUFFER = 1 << 24
EMITTED = TransformResponse(outcomes=[Outcome(status=Outcome.STATUS_EMITTED)]).SerializeToString()
SIZE = struct.Struct("<I")


def work(sock: socket.socket, shared: mmap.mmap | None) -> None:
    """Answer requests until the socket closes."""
    gc.freeze()
    gc.disable()
    view = memoryview(bytearray(BUFFER)) if shared is None else memoryview(shared)
    outputs: list[bytes] = []
    while True:
        if shared is None:
            held, wanted = 0, SIZE.size
            while held < wanted:
                if not (got := sock.recv_into(view[held:])):
                    return
                held += got
                if wanted == SIZE.size <= held:
                    wanted += SIZE.unpack_from(view)[0]
            request = TransformRequest.FromString(view[SIZE.size : held].tobytes())
        else:
            if not (head := sock.recv(SIZE.size)):
                return
            request = TransformRequest.FromString(view[: SIZE.unpack(head)[0]].tobytes())
        payloads = [orjson.dumps(orjson.loads(event.payload)) for event in request.events]
        while len(outputs) < len(payloads):
            outputs.append(TransformResponse(outputs=[Output(inputs=[len(outputs)])]).SerializeToString())
        response = TransformResponse.FromString(EMITTED * len(payloads) + b"".join(outputs[: len(payloads)]))
        for outcome, event in zip(response.outcomes, request.events, strict=True):
            outcome.message_id = event.message_id
        for output, payload in zip(response.outputs, payloads, strict=True):
            output.payload = payload
        answer = response.SerializeToString()
        if shared is None:
            sock.sendall(SIZE.pack(len(answer)) + answer)
        else:
            view[: len(answer)] = answer
            sock.send(SIZE.pack(len(answer)))


class Peer:
    """The server's end of a worker's socket: one request at a time."""

    def __init__(self, sock: socket.socket, shared: mmap.mmap | None) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._shared = None if shared is None else memoryview(shared)
        self._view = memoryview(bytearray(BUFFER if shared is None else SIZE.size))
        self._held = 0
        self._answer: asyncio.Future[bytes] | None = None
        asyncio.get_running_loop().add_reader(sock.fileno(), self._read)

    def _read(self) -> None:
        try:
            self._held += self._sock.recv_into(self._view[self._held :])
        except BlockingIOError:
            return
        if self._shared is not None and self._answer:
            self._held = 0
            self._answer.set_result(self._shared[: SIZE.unpack(self._view)[0]].tobytes())
        elif self._held >= SIZE.size and self._held >= SIZE.size + SIZE.unpack_from(self._view)[0] and self._answer:
            answer, self._held = self._view[SIZE.size : self._held].tobytes(), 0
            self._answer.set_result(answer)

    async def ask(self, request: bytes) -> bytes:
        """The worker's answer."""
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        head = SIZE.pack(len(request))
        if self._shared is not None:
            self._shared[: len(request)] = request
            self._sock.send(head)
            return await self._answer
        try:
            sent = self._sock.sendmsg([head, request])
        except BlockingIOError:
            sent = 0
        if sent < len(head) + len(request):
            await loop.sock_sendall(self._sock, (head + request)[sent:])
        return await self._answer


async def serve(kind: str) -> None:
    free: asyncio.Queue[Peer] = asyncio.Queue()
    for _ in range(WORKERS):
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        shared = mmap.mmap(-1, BUFFER) if kind == "shared" else None
        if os.fork() == 0:
            ours.close()
            work(theirs, shared)
            os._exit(0)
        theirs.close()
        free.put_nowait(Peer(ours, shared))

    async def relay(request: bytes, _: grpc.aio.ServicerContext) -> bytes:
        peer = await free.get()
        try:
            return await peer.ask(request)
        finally:
            free.put_nowait(peer)

    await answer({METHOD: grpc.unary_unary_rpc_method_handler(relay)})


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
