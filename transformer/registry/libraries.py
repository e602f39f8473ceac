"""The registry's door for libraries of workspaces."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import Library
from transformer.library.pins import Own, known_names, named, pinned
from transformer.registry import store_libraries
from transformer.registry.database import Database
from transformer.registry.records import ANYBODY, Call, LibraryVersion, Page
from transformer.registry.requests import mutate

__all__ = ["LibraryStore"]

_NAMED: Final = 200
"""Handles that a check gets to know, for the message about one that there is not."""


class LibraryStore:
    """Libraries in a database. Raises as `Store` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        workspace: str,
        handle: str,
        engine: str,
        source: str,
        libraries: tuple[Library, ...] = (),
        *,
        call: Call = ANYBODY,
    ) -> LibraryVersion:
        """Keep code that was checked as the next version of a library; the newest one where it is the same."""
        digest = store_libraries.content_hash(engine, source, libraries)
        return mutate(
            self._database,
            call,
            "CreateLibraryVersion",
            workspace,
            {"handle": handle, "content_hash": digest},
            lambda m: store_libraries.add(m, workspace, handle, engine, source, libraries),
        )

    def get(self, workspace: str, handle: str, number: int) -> LibraryVersion:
        """With its source."""
        with self._database.reading() as session:
            return store_libraries.get(session, workspace, handle, number)

    def page(self, workspace: str, page_size: int = 0, page_token: str = "") -> Page[LibraryVersion]:
        """The newest version of each, by handle, without its source."""
        with self._database.reading() as session:
            return store_libraries.page(session, workspace, page_size, page_token)

    def pins(self, workspace: str, engine: str, source: str) -> tuple[tuple[Library, ...], list[str]]:
        """What code imports, each at its newest version, and the names of what it could import, for messages."""
        words = set(named(engine, source))
        own: dict[str, Own] = {}
        handles: list[str] = []
        if words:
            with self._database.reading() as session:
                handles = store_libraries.handles(session, workspace)
                # Code may name more words than a statement may have parameters.
                own = store_libraries.newest(session, workspace, engine, words.intersection(handles))
        libraries = pinned(engine, source, own)
        return libraries, known_names(engine, source, libraries, handles[:_NAMED])
