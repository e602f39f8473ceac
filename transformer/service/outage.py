"""The registry's trouble, made visible: one log line when it begins and one when it ends, and the health of RegistryService.

The server as a whole stays SERVING: known versions are served without the database, and taking the server out of the load
balancing would turn an outage of the registry into one of the traffic.
"""

from __future__ import annotations

import asyncio

from transformer.observe import Logger
from transformer.service.health import Health

__all__ = ["Outage"]


class Outage:
    """What a `Catalogue` tells its troubles to, in the event loop. `health` is set once there is one."""

    def __init__(self, log: Logger) -> None:
        self.health: Health | None = None
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, part: str, reason: str) -> None:
        """`part`, "database" or "disk", is in trouble for `reason`, or not any more ("")."""
        if part == "database" and self.health is not None:
            task = asyncio.create_task(self.health.registry(serving=not reason))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if reason:
            more = "known versions are served" if part == "database" else "a restart will depend on the database"
            self._log.warning(f"registry {part} in trouble", reason=reason, meanwhile=more)
        else:
            self._log.info(f"registry {part} works again")
