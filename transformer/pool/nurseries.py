"""A nursery for each set of engines that plans need: a worker holds what it may have to run, and nothing else.

V8 alone would make every worker three times as large, and asks for system calls that Python does without. The first engine of
the catalogue is in all of them; a nursery is made when a plan first needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from transformer.engines.base import EngineSpec
from transformer.engines.catalog import ENGINES
from transformer.errors import Code, PlatformError
from transformer.pool.nursery import Nursery
from transformer.pool.process import WorkerProcess
from transformer.pool.watch import Watch
from transformer.pool.zygote import Zygote
from transformer.settings import Settings

__all__ = ["Nurseries", "begin_zygote"]


def begin_zygote(settings: Settings) -> Zygote:
    """Begin to start what a pool of these settings starts first, before there is one. Whoever began it abandons it in the end.

    It takes longer than anything else in the start of a server, and can do so beside the rest.
    """
    first = next(iter(ENGINES.values())).under(settings.limits)
    return Zygote.begin({first.name: first})


class Nurseries:
    """All nurseries of a pool. `base` is the one with the first engine only; it is the one that spare workers come from."""

    def __init__(
        self, settings: Settings, engines: Mapping[str, EngineSpec], guest_path: Sequence[str], watch: Watch, *, confine: bool
    ) -> None:
        self._settings = settings
        self._engines = engines
        self._guest_path = guest_path
        self._watch = watch
        self._confine = confine
        self._closed = False
        self._first = next(iter(engines))
        self._all: dict[frozenset[str], Nursery] = {}
        self.base = self.of(frozenset())

    def of(self, engines: frozenset[str]) -> Nursery:
        """The nursery whose workers run `engines`.

        Raises:
            PlatformError: INTERNAL: one of them is unknown or not installed here, which another server may know better.
        """
        wanted = engines | {self._first}
        found = self._all.get(wanted)
        if found is None:
            if unknown := sorted(wanted - self._engines.keys()):
                raise PlatformError(Code.INTERNAL, f"this server knows no engine {unknown[0]}: it is older than the code")
            specs = {name: self._engines[name] for name in self._engines if name in wanted}
            if missing := next(filter(None, (spec.missing for spec in specs.values())), ""):
                raise PlatformError(Code.INTERNAL, missing)
            if self._closed:
                raise PlatformError(Code.DRAINING, "the service is shutting down", retry_after_seconds=1.0)
            found = Nursery(self._settings, specs, self._guest_path, self._watch, confine=self._confine)
            self._all[wanted] = found
        return found

    def current(self, worker: WorkerProcess) -> bool:
        """Whether the worker comes from a zygote that was not replaced since."""
        return self._all[worker.engines].zygote is worker.zygote

    async def renew(self) -> None:
        """Renew those that have a zygote; the base first.

        Raises:
            PlatformError: one could not be renewed: it stays as it is, and so do those after it.
        """
        for nursery in list(self._all.values()):
            if nursery is self.base or nursery.zygote is not None:
                await nursery.renew()

    async def tidy(self) -> None:
        """End the zygotes that were replaced and have no workers left."""
        for nursery in list(self._all.values()):
            await nursery.tidy()

    async def close(self) -> None:
        """End every zygote, and every worker with them."""
        self._closed = True
        await asyncio.gather(*(nursery.close() for nursery in self._all.values()))

    @property
    def workers(self) -> int:
        """How many workers were started."""
        return sum(nursery.workers for nursery in self._all.values())

    @property
    def zygotes(self) -> int:
        """How many zygotes were started."""
        return sum(nursery.zygotes for nursery in self._all.values())
