"""The servers that cases of user code talk to: one port of loopback for each."""

import asyncio
import atexit
import ssl
import tempfile
from contextlib import asynccontextmanager
from functools import cache

import trustme
from aiohttp import web

from tests.engines.mocks import Mock


class Upstream(Mock):
    """One server of a case."""

    def __init__(self, told):
        super().__init__(told["kind"], told.get("config"), "")
        self.body = told.get("body")
        self.port = 0

    async def say_static_json(self, _request, _body):
        return web.json_response(self.body)

    def forget(self):
        """What was asked so far was another case's business."""
        self.requests.clear()
        self.peers.clear()


@cache
def _unknown_certificate():
    """Of an authority that nobody trusts."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@asynccontextmanager
async def serving(told):
    """The server that a case describes, while the block runs."""
    upstream = Upstream(told)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    secure = told["kind"] == "tls_ok"
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=_unknown_certificate() if secure else None).start()
        upstream.port = runner.addresses[0][1]
        upstream.url = f"{'https' if secure else 'http'}://127.0.0.1:{upstream.port}"
        yield upstream
    finally:
        await runner.cleanup()


DOUBLE = "api.rudderlabs.com"
"""Whom JavaScript's cases fetch from."""
_ANSWERS = (b'{"type": "json"}', b"200 OK")


@cache
def _authority():
    """Of the double's certificate, and the file that it is in."""
    authority = trustme.CA()
    file = tempfile.NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 - as long as the process
    atexit.register(file.close)
    authority.cert_pem.write_to_path(file.name)
    return authority, file


def double_trusted():
    """The settings with which the double is asked in place of the host that it stands for."""
    _, file = _authority()
    return {"fetch_ca": file.name, "fetch_dns_overrides": f"{DOUBLE}=127.0.0.1", "fetch_private": "127.0.0.0/8"}


@asynccontextmanager
async def double():
    """A host that answers as the one did that was recorded: an object, then a text, then nothing, over and over.

    Its answers have two headers and no more. Yields its port.
    """
    asked = 0

    async def answer(reader, writer):
        nonlocal asked
        try:
            await reader.readuntil(b"\r\n\r\n")
            which, asked = asked % (len(_ANSWERS) + 1), asked + 1
            if which < len(_ANSWERS):
                writer.write(b"HTTP/1.0 200 OK\r\naccept: */*\r\ncontent-type: application/json\r\n\r\n" + _ANSWERS[which])
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _authority()[0].issue_cert(DOUBLE).configure_cert(context)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
