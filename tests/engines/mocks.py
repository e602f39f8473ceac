"""The servers that the contract's cases talk to, all of them on one port of loopback: /NUMBER/KIND/… is one of a case.

Each counts what it was asked, and over how many connections.
"""

import asyncio
import base64
import ssl

import trustme
from aiohttp import web


class Mock:
    """One server of one case."""

    def __init__(self, kind, config, url):
        self.kind = kind
        self.config = config or {}
        self.url = url
        self.requests = []
        self.peers = set()

    async def answer(self, request):
        body = await request.read()
        self.requests.append(request)
        self.peers.add(request.transport.get_extra_info("peername"))
        return await getattr(self, f"say_{self.kind}", self.say_ok)(request, body)

    async def say_ok(self, _request, _body):
        return web.json_response({"ok": True})

    async def say_form_echo(self, request, _body):
        query = request.query.get("q") or (await request.post()).get("q")
        return web.json_response({"echo": query, "method": request.method})

    async def say_query_echo(self, request, _body):
        return web.json_response({"echo": request.query.get("q", ""), "style": request.query.get("style", "")})

    async def say_body_echo(self, _request, body):
        return web.json_response({"received": body.decode()})

    async def say_cookie_echo(self, request, _body):
        response = web.json_response({"received_cookie": request.headers.get("Cookie", "")})
        response.set_cookie("leaky", f"secret_{len(self.requests)}", path="/")
        return response

    async def say_options_echo(self, request, _body):
        said = {"x_leak": "X-Leak", "authorization": "Authorization", "cookie": "Cookie"}
        told = {name: request.headers.get(header, "") for name, header in said.items()}
        response = web.json_response({**told, "query": request.query_string})
        response.set_cookie("server_cookie", "secret", path="/")
        return response

    async def say_static_json(self, _request, _body):
        return web.json_response({"server": "override-target"})

    async def say_slow_ok(self, request, body):
        await asyncio.sleep(30)  # until the caller goes away, which ends this
        return await self.say_ok(request, body)

    async def say_slow_drip(self, request, _body):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(300):
            await response.write(b"x")
            await asyncio.sleep(0.1)
        return response

    async def say_sequence(self, request, body):
        return web.json_response({"ok": True}, status=500 if len(self.requests) == 1 else 200)

    async def say_geo_service(self, request, _body):
        ip = request.path.rpartition("/")[2]
        parts = ip.split(".")
        if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
            return web.json_response({"error": "invalid"}, status=400)
        return web.json_response({"ip": ip, "country": "" if ip.startswith("127.") else "XX"})

    async def say_geo_mock(self, request, _body):
        if self.config.get("close"):
            request.transport.abort()
        if self.config.get("delay_s"):
            await asyncio.sleep(30)
        return web.Response(status=self.config.get("status", 200))

    def heard(self, request):
        """What the contract wants to know of a request that carried a header and a name."""
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        named = scheme == "Basic" and b":" in base64.b64decode(pair)
        return {"X-Custom": request.headers.get("X-Custom"), "has_basic_auth": named}


class Mocks:
    """All servers, in plain and encrypted. `async with` them."""

    def __init__(self):
        self._mocks = {}
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(self._context)

    async def __aenter__(self):
        await self._runner.setup()
        for context in (None, self._context):
            await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port, self.tls_port = (address[1] for address in self._runner.addresses)
        return self

    async def __aexit__(self, *_):
        await self._runner.cleanup()

    def add(self, server):
        """The server that a case describes. Those that are found by their port alone answer whatever has no number."""
        number = "data" if server["kind"] == "static_json" else str(len(self._mocks))
        scheme, port = ("https", self.tls_port) if server["kind"] == "tls_ok" else ("http", self.port)
        made = Mock(server["kind"], server.get("config"), f"{scheme}://127.0.0.1:{port}/{number}")
        self._mocks[number] = made
        return made

    async def _answer(self, request):
        return await self._mocks[request.path.split("/")[1]].answer(request)
