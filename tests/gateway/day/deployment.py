"""Servers behind a balancer, as a data plane finds them: it connects to whoever says that it is ready."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.service import Database, Service

__all__ = ["Balancer", "Gateway"]

LOOK_SECONDS = 0.1
DRAIN_DELAY_SECONDS = 0.5
PIECE = 1 << 16


class Gateway(Service):
    """A server with a gateway, on one port through all its lives."""

    def __init__(self, folder: Path, database: Database, backend: str, *, delay: float) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.http = f"127.0.0.1:{probe.getsockname()[1]}"
        more = {
            "gateway_listen": self.http,
            "config_backend_url": backend,
            "config_backend_seconds": 2,
            "drain_delay_seconds": delay,
            "turn_seconds": 20,
        }
        super().__init__(folder, database, more)

    def ready(self) -> bool:
        """Whether it says so."""
        try:
            with urllib.request.urlopen(f"http://{self.http}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


class Balancer:
    """Passes each connection on to the next server that is ready. `address` once it is started."""

    def __init__(self, servers: Sequence[Gateway]) -> None:
        self.address = ""
        self._servers = list(servers)
        self._ready: set[str] = set()
        self._next = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        self.address = "{}:{}".format(*self._server.sockets[0].getsockname())
        self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """Hang up."""
        tasks = [*self._tasks, *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    async def _look(self) -> None:
        while True:
            told = await asyncio.gather(*(asyncio.to_thread(one.ready) for one in self._servers))
            self._ready = {one.http for one, ready in zip(self._servers, told, strict=True) if ready}
            await asyncio.sleep(LOOK_SECONDS)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._next += 1
        servers = self._servers[self._next % len(self._servers) :] + self._servers[: self._next % len(self._servers)]
        for server in servers:
            if server.http in self._ready:
                host, port = server.http.split(":")
                with contextlib.suppress(OSError):
                    theirs, ours = await asyncio.open_connection(host, int(port))
                    await asyncio.gather(_copy(reader, ours), _copy(theirs, writer))
                    return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except OSError:  # either end went away: so does the other
        writer.transport.abort()
