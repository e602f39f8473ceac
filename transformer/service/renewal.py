"""SIGHUP: workers come from a fresh zygote from then on, with the code that is on disk now, and no batch notices."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["renewing_on_hangup"]


@contextlib.asynccontextmanager
async def renewing_on_hangup(renew: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Call `renew`, which raises nothing, for a SIGHUP: one call after the other, and one for all that come in the meantime."""
    hangup = asyncio.Event()

    async def watch() -> None:
        while True:
            await hangup.wait()
            hangup.clear()
            await renew()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, hangup.set)
    watching = asyncio.create_task(watch(), name="renewal")
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
