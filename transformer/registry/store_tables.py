"""Reference tables in the database: versions written once, one for each content, in files of pieces.

Pieces come before the version that is made of them, in transactions of their own: a table may be large, and nobody else can
write while one is open. A file that no version came to name is removed by a later push.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from transformer.errors import Code, PlatformError
from transformer.registry import names
from transformer.registry.lookup import MAX_NUMBER, missing, need_workspace
from transformer.registry.model import TableFileRow, TablePieceRow, TableRow, TableVersionRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import Page, Table, TableDraft, TablePointer, TableVersion
from transformer.registry.room import need_room

__all__ = [
    "MAX_TABLES",
    "MAX_VERSIONS",
    "activate",
    "add",
    "drop_abandoned",
    "find",
    "get",
    "page",
    "piece",
    "pointer",
    "remove",
    "version",
    "versions",
]

MAX_TABLES: Final = 200
"""Of one workspace."""

MAX_VERSIONS: Final = 10
"""Of one table; the oldest that is not live goes when one more comes."""

_ABANDONED: Final = timedelta(hours=6)


def add(
    mutation: Mutation, workspace: str, table: str, draft: TableDraft, *, hold_back: bool, only_checked: bool = False
) -> TableVersion:
    """Keep a compiled file as the next version, or find its content; make it live unless it is to be held back.

    A draft may have no file where it is `only_checked`, and where its content was found to be a version already.

    Raises:
        CallerError: NOT_FOUND of the workspace; PRECONDITION: there are too many tables; BAD_REQUEST.
        PlatformError: REGISTRY_UNAVAILABLE: what was found has been removed since.
    """
    session = mutation.session
    need_workspace(session, workspace, "start.parent")
    names.check_name(table, "start.table_id")
    row = _row(session, workspace, table)
    if row is None:
        need_room(session, TableRow.workspace, workspace, MAX_TABLES, "tables", "; delete some")
        row = TableRow(
            workspace=workspace, id=table, created=mutation.now, updated=mutation.now, latest_version=0, live_version=0
        )
        session.add(row)
        session.flush()
    found = _by_content(session, row, draft.content_hash)
    if found is None:
        if not draft.file and not only_checked:
            told = (
                "the version with these rows was removed while they were pushed again; nothing was changed, push them once more"
            )
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, told, retry_after_seconds=1.0)
        row.latest_version += 1
        found = TableVersionRow(
            table=row.key,
            number=row.latest_version,
            file=draft.file or _no_file(mutation),
            key=draft.key,
            rows=draft.rows,
            size=draft.size,
            content_hash=draft.content_hash,
            digest=draft.digest,
            columns=[list(column) for column in draft.columns],
            actor=mutation.actor,
            created=mutation.now,
        )
        session.add(found)
        session.flush()
        _drop_oldest(session, row)
        told = f"{draft.rows} rows by {draft.key}, {draft.size} bytes, sha256 {draft.content_hash}"
        mutation.record(workspace, names.table_version_name(workspace, table, found.number), told)
    if not hold_back:
        _make_live(mutation, row, found.number)
    return _version(workspace, table, found)


def find(session: Session, workspace: str, table: str, content_hash: str) -> TableVersion | None:
    """The version with this content, if there is one. Raises CallerError (NOT_FOUND of the workspace)."""
    need_workspace(session, workspace, "start.parent")
    row = _row(session, workspace, table)
    found = None if row is None else _by_content(session, row, content_hash)
    return None if found is None else _version(workspace, table, found)


def get(session: Session, workspace: str, table: str) -> Table:
    """Raises CallerError (NOT_FOUND)."""
    return _table(session, _need(session, workspace, table))


def page(session: Session, workspace: str, size: int, token: str) -> Page[Table]:
    """By id. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    need_workspace(session, workspace, "parent")
    window = Window.of(f"tables of {workspace}", size, token, "")
    query = select(TableRow).where(TableRow.workspace == workspace, TableRow.id > window.after).order_by(TableRow.id)
    return window.page(session.scalars(query.limit(window.limit)).all(), lambda row: _table(session, row), lambda row: row.id)


def version(session: Session, workspace: str, table: str, number: int) -> TableVersion:
    """Raises CallerError (NOT_FOUND)."""
    return _version(workspace, table, _need_version(session, _need(session, workspace, table), number))


def versions(session: Session, workspace: str, table: str, size: int, token: str) -> Page[TableVersion]:
    """Newest first. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    row = _need(session, workspace, table)
    window = Window.of(f"versions of table {row.key}", size, token, MAX_NUMBER)
    query = select(TableVersionRow).where(TableVersionRow.table == row.key, TableVersionRow.number < window.after)
    rows = session.scalars(query.order_by(TableVersionRow.number.desc()).limit(window.limit)).all()
    return window.page(rows, lambda found: _version(workspace, table, found), lambda found: found.number)


def activate(mutation: Mutation, workspace: str, table: str, number: int) -> Table:
    """Make a version live. Raises CallerError (NOT_FOUND of the table or the version)."""
    row = _need(mutation.session, workspace, table)
    _make_live(mutation, row, _need_version(mutation.session, row, number).number)
    return _table(mutation.session, row)


def remove(mutation: Mutation, workspace: str, table: str) -> None:
    """Delete it, with its versions and their bytes. Raises CallerError (NOT_FOUND)."""
    session = mutation.session
    row = _need(session, workspace, table)
    files = session.scalars(select(TableVersionRow.file).where(TableVersionRow.table == row.key)).all()
    session.execute(delete(TableRow).where(TableRow.key == row.key))
    _drop_files(session, files)
    mutation.record(workspace, names.table_name(workspace, table), "")


def pointer(session: Session, workspace: str, table: str) -> TablePointer | None:
    """Where the live version's bytes are; None where there is no such table, or none of its versions is live."""
    query = select(TableVersionRow).join(TableRow, TableRow.key == TableVersionRow.table)
    query = query.where(TableRow.workspace == workspace, TableRow.id == table, TableVersionRow.number == TableRow.live_version)
    row = session.scalars(query).one_or_none()
    return None if row is None else TablePointer(row.number, row.file, row.size, row.digest)


def piece(session: Session, file: int, position: int) -> bytes | None:
    """A piece of a file; None behind the last one."""
    row = session.get(TablePieceRow, (file, position))
    return None if row is None else row.content


def drop_abandoned(session: Session, now: datetime) -> None:
    """Remove files that were begun long ago and that no version names."""
    named = select(TableVersionRow.file)
    query = select(TableFileRow.key).where(TableFileRow.created < now - _ABANDONED, TableFileRow.key.not_in(named))
    _drop_files(session, session.scalars(query).all())


def _no_file(mutation: Mutation) -> int:
    """For a version that is only checked, and so has none."""
    row = TableFileRow(created=mutation.now)
    mutation.session.add(row)
    mutation.session.flush()
    return row.key


def _drop_files(session: Session, files: Sequence[int]) -> None:
    if files:
        session.execute(delete(TableFileRow).where(TableFileRow.key.in_(files)))


def _drop_oldest(session: Session, row: TableRow) -> None:
    of_table = TableVersionRow.table == row.key
    count = session.scalars(select(func.count()).select_from(TableVersionRow).where(of_table)).one()
    spare = of_table & TableVersionRow.number.not_in((row.live_version, row.latest_version))
    query = select(TableVersionRow).where(spare).order_by(TableVersionRow.number).limit(max(0, count - MAX_VERSIONS))
    for version_row in session.scalars(query).all():
        session.execute(delete(TableVersionRow).where(of_table, TableVersionRow.number == version_row.number))
        _drop_files(session, [version_row.file])


def _make_live(mutation: Mutation, row: TableRow, number: int) -> None:
    if row.live_version != number:
        row.live_version, row.updated = number, mutation.now
        mutation.session.flush()
        mutation.record(row.workspace, names.table_name(row.workspace, row.id), f"version {number} is live")


def _row(session: Session, workspace: str, table: str) -> TableRow | None:
    return session.scalars(select(TableRow).where(TableRow.workspace == workspace, TableRow.id == table)).one_or_none()


def _need(session: Session, workspace: str, table: str) -> TableRow:
    row = _row(session, workspace, table)
    if row is None:
        need_workspace(session, workspace)
        raise missing(names.table_name(workspace, table))
    return row


def _need_version(session: Session, row: TableRow, number: int) -> TableVersionRow:
    found = session.get(TableVersionRow, (row.key, number)) if 0 < number <= MAX_NUMBER else None
    if found is None:
        raise missing(names.table_version_name(row.workspace, row.id, number))
    return found


def _by_content(session: Session, row: TableRow, content_hash: str) -> TableVersionRow | None:
    query = select(TableVersionRow).where(TableVersionRow.table == row.key, TableVersionRow.content_hash == content_hash)
    return session.scalars(query).one_or_none()


def _version(workspace: str, table: str, row: TableVersionRow) -> TableVersion:
    return TableVersion(
        workspace,
        table,
        row.number,
        row.key,
        row.rows,
        row.size,
        row.content_hash,
        tuple((name, kinds) for name, kinds in row.columns),
        row.actor,
        row.created,
    )


def _table(session: Session, row: TableRow) -> Table:
    live = session.get(TableVersionRow, (row.key, row.live_version)) if row.live_version else None
    found = None if live is None else _version(row.workspace, row.id, live)
    return Table(row.workspace, row.id, row.created, row.updated, row.latest_version, found)
