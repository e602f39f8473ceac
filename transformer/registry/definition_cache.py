"""Pipelines and destinations for the data path: which version is live, without asking the database for each batch.

As with code, the database is asked only where the registry has changed since (`Catalogue.epoch`), and while there is trouble
with it, what is known serves on, from memory and from the disk.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from transformer.registry.definition_records import DefinitionVersion
from transformer.registry.known import Asks, Known, Shelf
from transformer.registry.store import Store

__all__ = ["DefinitionCache"]

_MOST: Final = 20_000

_Asked: TypeAlias = tuple[str, str, str, int]


class DefinitionCache:
    """Finds definitions, for one event loop. `store` stays the caller's to close."""

    def __init__(self, store: Store, asks: Asks) -> None:
        shelf: Shelf[_Asked, DefinitionVersion] = Shelf(
            read=lambda asked: store.definitions.find(*asked),
            find=lambda disk, asked: disk.definition(*asked),
            keep=lambda disk, asked, version: disk.keep_definition(asked[-1], version),
            forget=lambda disk, asked: disk.forget_definition(*asked),
        )
        self._known = Known(asks, shelf, _MOST)

    async def find(self, workspace: str, kind: str, definition: str, number: int = 0) -> DefinitionVersion:
        """A version, the live one for 0; the same object for as long as it is the same version.

        Raises:
            CallerError: NOT_FOUND.
            PlatformError: REGISTRY_UNAVAILABLE: it is not known, and the database cannot be asked.
        """
        return await self._known.find((workspace, kind, definition, number))
