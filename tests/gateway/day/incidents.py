"""What goes wrong in a day: deploys, a config backend that cannot be reached or refuses, and what the storm of chaos has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from tests.chaos.faults import Faults
from tests.chaos.service import Database
from tests.gateway.config_backend import ConfigBackend
from tests.gateway.day.deployment import Gateway

if TYPE_CHECKING:
    from tests.gateway.day.day import Traffic

__all__ = ["Incidents"]

REFUSALS = (401, 403, 429, 500, 503, "reset", "cut", "http://127.0.0.1:9/")


class Incidents(Faults):
    """Faults of servers, their database and the config backend. Only the first server's workers are killed."""

    between_kills = (1.0, 3.0)

    def __init__(
        self, servers: Sequence[Gateway], database: Database, backend: ConfigBackend, traffic: Traffic, seed: int
    ) -> None:
        super().__init__(servers[0], database, traffic, seed)
        self._servers = servers
        self._backend = backend
        self._traffic = traffic

    def deck(self) -> list[Callable[[], Awaitable[None]]]:
        """What goes wrong."""
        return [
            self.zygote_killed,
            self.database_away,
            self.servers_deployed,
            self.code_deployed,
            self.config_backend_away,
            self.config_backend_refusing,
            self.deployed_without_config_backend,
        ]

    async def servers_deployed(self) -> None:
        """SIGTERM, and a new process, one server after the other."""
        for server in self._servers:
            server.terminate()
            await asyncio.to_thread(server.wait)
            await asyncio.to_thread(server.start)

    async def code_deployed(self) -> None:
        """The control plane has a new version of every transformation, and data planes ask for it."""
        self._traffic.deploy()

    async def config_backend_away(self) -> None:
        """It cannot be reached, while there are new versions that nobody knows yet."""
        await asyncio.to_thread(self._backend.down)
        self._traffic.deploy()
        await asyncio.sleep(self._random.uniform(0.5, 1.5))
        await asyncio.to_thread(self._backend.up)

    async def config_backend_refusing(self) -> None:
        """It answers, with all that an operator may have done wrong; new versions again."""
        self._traffic.deploy()
        for failure in self._random.sample(REFUSALS, 3):
            self._backend.failures[""] = failure
            await asyncio.sleep(self._random.uniform(0.2, 0.5))
        self._backend.failures.clear()

    async def deployed_without_config_backend(self) -> None:
        """New processes while it is away: they know the versions that are in use from their disks."""
        await asyncio.to_thread(self._backend.down)
        try:
            await self.servers_deployed()
        finally:
            await asyncio.to_thread(self._backend.up)
