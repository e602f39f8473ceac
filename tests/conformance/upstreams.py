"""The servers that cases of user code talk to: one port of loopback for each."""

import ssl
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
