"""Servers on loopback that calls of fetch talk to: one that behaves, and one that says any bytes."""

import asyncio
import contextlib
import gzip
import zlib

from aiohttp import web


class Upstream:
    """Behaves. `seen` holds what was asked: (method, path with query, headers, body, peer)."""

    def __init__(self, ssl=None, host="127.0.0.1") -> None:
        self.seen = []
        self.held = asyncio.Event()
        """/held answers when it is set."""
        self.waiting = 0
        self.most_waiting = 0
        self.gone = 0
        """Calls of /held whose peer went away."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        self._ssl, self._host = ssl, host

    async def __aenter__(self):
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0, ssl_context=self._ssl)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._ssl else 'http'}://{self._host}:{self.port}"
        return self

    async def __aexit__(self, *_):
        self.held.set()
        await self._runner.cleanup()

    async def answer(self, request):
        body = await request.read()
        peer = request.transport.get_extra_info("peername")
        self.seen.append((request.method, request.path_qs, request.headers.copy(), body, peer))
        say = getattr(self, f"say_{request.path.strip('/')}", self.say_ok)
        return await say(request, request.query)

    async def say_ok(self, _, query):
        return web.json_response({"ok": True})

    async def say_redirect(self, _, query):
        headers = {"Location": query["to"], "Set-Cookie": "seen=1"}
        return web.Response(status=int(query.get("status", "302")), headers=headers)

    async def say_loop(self, _, query):
        return web.Response(status=302, headers={"Location": f"/loop?n={int(query.get('n', 0)) + 1}"})

    async def say_status(self, _, query):
        return web.Response(status=int(query["is"]), text="as you wish")

    async def say_bytes(self, _, query):
        return web.Response(body=b"x" * int(query["n"]))

    async def say_chunked(self, request, query):
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(OSError):
            for _ in range(int(query["n"])):
                await response.write(b"x" * 1000)
        return response

    async def say_gzip(self, _, query):
        members = b"".join(gzip.compress(part.encode()) for part in query["text"].split("|"))
        return web.Response(body=members, headers={"Content-Encoding": "gzip"})

    async def say_deflate(self, _, query):
        packed = zlib.compress(query["text"].encode())
        return web.Response(body=packed[2:-4] if "raw" in query else packed, headers={"Content-Encoding": "deflate"})

    async def say_bomb(self, _, query):
        return web.Response(body=gzip.compress(bytes(50_000_000), 1), headers={"Content-Encoding": "gzip"})

    async def say_cut(self, _, query):
        return web.Response(body=gzip.compress(b"x" * 1000)[:-12], headers={"Content-Encoding": "gzip"})

    async def say_garbage(self, _, query):
        return web.Response(body=b"not gzip at all", headers={"Content-Encoding": "gzip"})

    async def say_cookie(self, _, query):
        response = web.Response(text="ok")
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        return response

    async def say_held(self, _, query):
        self.waiting += 1
        self.most_waiting = max(self.waiting, self.most_waiting)
        try:
            await self.held.wait()
        except asyncio.CancelledError:
            self.gone += 1
            raise
        finally:
            self.waiting -= 1
        return web.Response()


class Rude:
    """Says `says` to whoever connects, piece by piece, with `pause` between them; then hangs up, unless it is to `linger`."""

    def __init__(self, *says: bytes, pause: float = 0.0, linger: bool = False) -> None:
        self.says, self._pause, self._linger = says, pause, linger
        self.connections = 0
        self.hung_up = 0

    async def __aenter__(self):
        self._over = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_):
        self._over.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            for piece in self.says:
                writer.write(piece)
                await writer.drain()
                if self._pause and await self._left(reader):
                    break
            while self._linger and not await self._left(reader):
                pass
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _left(self, reader):
        """Wait a moment; whether the peer has gone, or the test is over."""
        try:
            async with asyncio.timeout(self._pause or 0.05):
                gone = not await reader.read(1)
        except TimeoutError:
            return self._over.is_set()
        self.hung_up += gone
        return True
