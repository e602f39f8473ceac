"""Serving until a signal: what a process does whose whole task is one server.

The first SIGTERM or SIGINT drains it, a second one ends it at once; SIGHUP renews the workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from typing import Final

from transformer.pool.zygote import Zygote
from transformer.process import spare_old_objects
from transformer.service.beside import OpensDoor
from transformer.service.renewal import renewing_on_hangup
from transformer.service.server import Server
from transformer.settings import Settings

__all__ = ["EXIT_CUT_SHORT", "EXIT_DRAINED", "run", "serve"]

EXIT_DRAINED: Final = 0
EXIT_CUT_SHORT: Final = 1


async def serve(
    settings: Settings,
    *,
    ready: Callable[[Sequence[str]], None] | None = None,
    doors: Sequence[OpensDoor] = (),
    zygote: Zygote | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT, then drain. Returns the exit code: 0, or 1 if running batches were cut short.

    SIGHUP renews the workers.

    Args:
        settings: what to serve with.
        ready: called with the bound addresses, gRPC's first, once requests are served.
        doors: serve the same in other ways.
        zygote: as in `Pool`.

    Raises:
        SettingsError, PlatformError: as `Server.start`.
    """
    signals: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, number.name)
    try:
        async with Server(settings, doors=doors, zygote=zygote) as server:
            spare_old_objects()
            metrics = {"metrics": server.observation.address} if server.observation.address else {}
            addresses = [server.address, *(door.address for door in server.doors)]
            server.log.info("serving", address=server.address, **metrics, **({"doors": addresses[1:]} if addresses[1:] else {}))
            if ready is not None:
                ready(addresses)
            async with renewing_on_hangup(server.renew):
                first = await signals.get()
            return await _drain(server, first, signals)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def run(
    settings: Settings,
    *,
    ready: Callable[[Sequence[str]], None] | None = None,
    doors: Sequence[OpensDoor] = (),
    zygote: Zygote | None = None,
) -> int:
    """`serve` in an event loop of its own: uvloop's where there is one, which takes a tenth of the CPU off a small batch."""
    serving = serve(settings, ready=ready, doors=doors, zygote=zygote)
    try:
        import uvloop  # not on every platform
    except ImportError:
        return asyncio.run(serving)
    code: int = uvloop.run(serving)
    return code


async def _drain(server: Server, first: str, signals: asyncio.Queue[str]) -> int:
    grace = server.settings.drain_seconds
    delay = server.settings.drain_delay_seconds
    server.log.info("draining", signal=first, delay_seconds=delay, seconds=grace)
    draining = asyncio.create_task(server.stop(grace, delay))
    second = asyncio.create_task(signals.get())
    await asyncio.wait({draining, second}, return_when=asyncio.FIRST_COMPLETED)
    if draining.done():
        second.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await second
        finished = draining.result()
    else:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        await server.stop()
        finished = False
    server.log.info("stopped", finished=finished, refused=server.refused)
    return EXIT_DRAINED if finished else EXIT_CUT_SHORT
