"""Pipelines and destinations for the data path: which version is live, without asking the database for each batch.

As with code, the database is asked only where the registry has changed since (`Catalogue.epoch`), and while there is trouble
with it, what is known serves on.
"""

from __future__ import annotations

from typing import Final, Protocol

from cachetools import LRUCache

from transformer.errors import CallerError, PlatformError
from transformer.registry.definition_records import DefinitionVersion
from transformer.registry.store import Store

__all__ = ["DefinitionCache"]

_KNOWN: Final = 20_000


class _Epochs(Protocol):
    @property
    def epoch(self) -> int: ...
    @property
    def trouble(self) -> str: ...


class DefinitionCache:
    """Finds definitions, for one event loop. `store` stays the caller's to close."""

    def __init__(self, store: Store, epochs: _Epochs) -> None:
        self._store = store
        self._epochs = epochs
        self._known: LRUCache[tuple[str, str, str, int], tuple[int, DefinitionVersion]] = LRUCache(_KNOWN)

    async def find(self, workspace: str, kind: str, definition: str, number: int = 0) -> DefinitionVersion:
        """A version, the live one for 0; the same object for as long as it is the same version.

        Raises:
            CallerError: NOT_FOUND.
            PlatformError: REGISTRY_UNAVAILABLE: it is not known, and the database cannot be asked.
        """
        asked = (workspace, kind, definition, number)
        epoch = self._epochs.epoch
        known = self._known.get(asked)
        if known is not None and (known[0] == epoch or self._epochs.trouble):
            return known[1]
        try:
            found = await self._store.ask(self._store.definitions.find, workspace, kind, definition, number)
        except CallerError:
            self._known.pop(asked, None)
            raise
        except PlatformError:
            if known is None:
                raise
            return known[1]
        if known is not None and known[1] == found:
            found = known[1]
        self._known[asked] = (epoch, found)
        return found
