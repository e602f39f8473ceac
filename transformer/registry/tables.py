"""The registry's door for reference tables: compiled files in, pieces out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import Final

from transformer.registry import store_tables
from transformer.registry.database import Database
from transformer.registry.model import TableFileRow, TablePieceRow
from transformer.registry.records import ANYBODY, Call, Page, Table, TableDraft, TablePointer, TableVersion
from transformer.registry.requests import mutate

__all__ = ["PIECE_BYTES", "TableStore"]

PIECE_BYTES: Final = 1 << 20
_TOGETHER: Final = 8


class TableStore:
    """Reference tables in a database. Raises as `Store` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, pieces: Iterable[bytes]) -> int:
        """Keep the bytes of a compiled table, and return what a draft calls them. Not seen by anybody before `push`."""
        now = datetime.now(UTC)
        with self._database.writing() as session:
            store_tables.drop_abandoned(session, now)
            row = TableFileRow(created=now)
            session.add(row)
            session.flush()
            file = row.key
        numbered = enumerate(pieces)
        while group := list(islice(numbered, _TOGETHER)):
            with self._database.writing() as session:
                session.add_all(TablePieceRow(file=file, position=position, content=content) for position, content in group)
        return file

    def push(
        self, workspace: str, table: str, draft: TableDraft, *, hold_back: bool = False, call: Call = ANYBODY
    ) -> TableVersion:
        """Make a kept file the next version of a table, which is created if need be. Its content may be a version already.

        Raises PRECONDITION too, where the workspace has as many tables as may be.
        """
        return mutate(
            self._database,
            call,
            "PushTable",
            workspace,
            {"table": table, "content": draft.content_hash, "hold_back": hold_back},
            lambda m: store_tables.add(m, workspace, table, draft, hold_back=hold_back, only_checked=call.validate_only),
        )

    def find(self, workspace: str, table: str, content_hash: str) -> TableVersion | None:
        """The version with this content, or None."""
        with self._database.reading() as session:
            return store_tables.find(session, workspace, table, content_hash)

    def get(self, workspace: str, table: str) -> Table:
        """One table."""
        with self._database.reading() as session:
            return store_tables.get(session, workspace, table)

    def page(self, workspace: str, page_size: int = 0, page_token: str = "") -> Page[Table]:
        """By id."""
        with self._database.reading() as session:
            return store_tables.page(session, workspace, page_size, page_token)

    def versions(self, workspace: str, table: str, page_size: int = 0, page_token: str = "") -> Page[TableVersion]:
        """Newest first."""
        with self._database.reading() as session:
            return store_tables.versions(session, workspace, table, page_size, page_token)

    def activate(self, workspace: str, table: str, number: int, *, call: Call = ANYBODY) -> Table:
        """Make a version live; one that is already changes nothing."""
        return mutate(
            self._database,
            call,
            "ActivateTableVersion",
            workspace,
            {"table": table, "version": number},
            lambda m: store_tables.activate(m, workspace, table, number),
        )

    def delete(self, workspace: str, table: str, *, call: Call = ANYBODY) -> None:
        """Delete it with its versions."""
        mutate(
            self._database,
            call,
            "DeleteTable",
            workspace,
            {"table": table},
            lambda m: store_tables.remove(m, workspace, table),
        )

    def pointer(self, workspace: str, table: str) -> TablePointer | None:
        """Where the bytes of the live version are; None where there is no such table, or none of its versions is live."""
        with self._database.reading() as session:
            return store_tables.pointer(session, workspace, table)

    def pieces(self, file: int) -> Iterator[bytes]:
        """The bytes of a compiled table, each piece read by itself. What was deleted meanwhile ends early."""
        for position in count():
            with self._database.reading() as session:
                content = store_tables.piece(session, file, position)
            if content is None:
                return
            yield content
