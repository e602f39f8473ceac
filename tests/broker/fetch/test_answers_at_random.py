"""Whatever a server says: a call ends with a value that can be handed on, or with an error that says why."""

import asyncio
import gzip
import random

import orjson

from transformer.wire.calls import CallError

ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello"),
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 301 Moved\r\nLocation: http://[::1\r\n\r\n",
    b"HTTP/1.1 302 F\xff\r\nLocation: //\xff\xfe/\r\nContent-Length:0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nxx",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n",
)
PIECES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b": ",
    b"Content-Length: 9\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"fffffffffffff\r\n",
    b"-1",
)
CALLS = 400


def spoiled(answer, chance):
    """The answer, with a few things done to it."""
    text = bytearray(answer)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(6)))
            case 1:
                del text[at : at + chance.randrange(8)]
            case 2:
                text[at:at] = chance.choice(PIECES)
            case _:
                text += chance.choice(ANSWERS)
    return bytes(text)


async def test_every_answer_is_a_value_or_an_error(open_fetch):
    chance = random.Random(5)

    async def serve(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(spoiled(chance.choice(ANSWERS), chance))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    calls = open_fetch(f"127.0.0.1:{port}", fetch_breaker_failures=0)
    ended = {"value": 0, "connection": 0}

    async def call():
        try:
            value = await calls(f"http://127.0.0.1:{port}/", method=chance.choice(["GET", "POST", "HEAD"]), max_redirects=2)
        except CallError as error:
            ended[error.kind] = ended.get(error.kind, 0) + 1
        else:
            orjson.dumps(value | {"body": len(value["body"])})
            ended["value"] += 1

    for _ in range(CALLS // 20):
        await asyncio.gather(*(call() for _ in range(20)))
    server.close()
    assert sum(ended.values()) == CALLS
    assert ended.keys() <= {"value", "connection", "status", "refused", "invalid"}
    assert ended["value"] > 20
    assert ended["connection"] > 20
    assert calls.handler.held == 0
