"""Another door of the same server: what it may use of the parts that serve gRPC, and when it is opened and closed.

A door is made by whoever starts the server, so that the service knows no door but its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from transformer.access.guard import Guard
from transformer.broker import Broker
from transformer.observe import Logger, Metrics, Observer
from transformer.registry.cache import Catalogue
from transformer.service.batches import Batches
from transformer.service.gate import Gate
from transformer.service.pipelines import Pipelines
from transformer.service.planning import Planner
from transformer.settings import Settings

__all__ = ["Door", "OpensDoor", "Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a door is made of.

    observer   is told of every request, once
    gate       is passed by every request; closed when the server goes down
    guard      knows callers; None where nobody is asked
    batches    runs planned work
    planner    plans what is asked for as gRPC would ask for it
    pool       checks code, outside of batches
    metrics    asks a door for its numbers at every scrape
    """

    settings: Settings
    log: Logger
    observer: Observer
    gate: Gate
    guard: Guard | None
    batches: Batches
    planner: Planner
    pipelines: Pipelines
    catalogue: Catalogue
    broker: Broker
    pool: Any
    metrics: Metrics


class Door(Protocol):
    """Serves from `start` to `stop`."""

    @property
    def address(self) -> str:
        """host:port, once it is started."""
        ...

    def prepare(self) -> None:
        """Load what it needs, while the first worker is on its way. Does nothing that has to be undone."""
        ...

    async def start(self) -> None:
        """Bind and serve. Raises SettingsError: the address cannot be bound. After an exception `stop` cleans up."""
        ...

    def draining(self) -> None:
        """Probes are told from now on that this server goes down; everything is served as before."""
        ...

    async def stop(self) -> None:
        """Serve no more: nobody is inside the gate by now, or they were given up. Idempotent."""
        ...


OpensDoor: TypeAlias = Callable[[Parts], Door]
