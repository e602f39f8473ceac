"""Libraries of workspaces in the database: versions, written once, numbered from 1 without gaps."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from transformer.engines.base import Library
from transformer.errors import CallerError, Code
from transformer.library.pins import Own, packed, unpacked
from transformer.registry import names
from transformer.registry.lookup import MAX_NUMBER, missing, need_workspace
from transformer.registry.model import LibraryRow, LibraryVersionRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import LibraryVersion, Page
from transformer.registry.room import need_room

__all__ = ["MAX_LIBRARIES", "add", "content_hash", "get", "handles", "newest", "page"]

MAX_LIBRARIES: Final = 1000
"""Of one workspace."""


def content_hash(engine: str, source: str, libraries: Collection[Library]) -> str:
    """Of all that decides what a library does: SHA-256 in hexadecimal."""
    imported = {library.name: library.hash for library in libraries if library.direct}
    return sha256(orjson.dumps([engine, source, imported], option=orjson.OPT_SORT_KEYS)).hexdigest()


def add(
    mutation: Mutation, workspace: str, handle: str, engine: str, source: str, libraries: tuple[Library, ...]
) -> LibraryVersion:
    """Keep code as the next version of a library, or find that it is the newest.

    Raises:
        CallerError: NOT_FOUND: the workspace; PRECONDITION: it has too many libraries, or this one is in another language.
    """
    session = mutation.session
    need_workspace(session, workspace, "parent")
    row = _row(session, workspace, handle)
    if row is None:
        need_room(session, LibraryRow.workspace, workspace, MAX_LIBRARIES, "libraries")
        row = LibraryRow(workspace=workspace, handle=handle, latest_version=0)
        session.add(row)
        session.flush()
    digest = content_hash(engine, source, libraries)
    newest = session.get(LibraryVersionRow, (row.key, row.latest_version)) if row.latest_version else None
    if newest is not None and newest.engine != engine:
        told = f"the library {handle} is {newest.engine}; publish one of {engine} under a handle of its own"
        raise CallerError(Code.PRECONDITION, told)
    if newest is not None and newest.content_hash == digest:
        return _record(row, newest)
    row.latest_version += 1
    version = LibraryVersionRow(
        library=row.key,
        number=row.latest_version,
        engine=engine,
        source=source,
        content_hash=digest,
        libraries=packed(libraries) or None,
        actor=mutation.actor,
        created=mutation.now,
    )
    session.add(version)
    mutation.record(workspace, names.library_version_name(workspace, handle, version.number), f"{engine}, sha256 {digest}")
    return _record(row, version)


def get(session: Session, workspace: str, handle: str, number: int) -> LibraryVersion:
    """With its source. Raises CallerError (NOT_FOUND)."""
    row = _row(session, workspace, handle)
    found = session.get(LibraryVersionRow, (row.key, number)) if row is not None and 0 < number <= MAX_NUMBER else None
    if row is None or found is None:
        need_workspace(session, workspace)
        raise missing(names.library_version_name(workspace, handle, number))
    return _record(row, found)


def page(session: Session, workspace: str, size: int, token: str) -> Page[LibraryVersion]:
    """The newest versions, by handle, without source and pins. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    need_workspace(session, workspace, "parent")
    window = Window.of(f"libraries of {workspace}", size, token, "")
    query = (
        select(LibraryRow, LibraryVersionRow)
        .join(
            LibraryVersionRow,
            (LibraryVersionRow.library == LibraryRow.key) & (LibraryVersionRow.number == LibraryRow.latest_version),
        )
        .options(defer(LibraryVersionRow.source, raiseload=True), defer(LibraryVersionRow.libraries, raiseload=True))
        .where(LibraryRow.workspace == workspace, LibraryRow.handle > window.after)
        .order_by(LibraryRow.handle)
        .limit(window.limit)
    )
    rows = session.execute(query).all()
    return window.page(rows, lambda found: _record(found[0], found[1], code=False), lambda found: found[0].handle)


def handles(session: Session, workspace: str) -> list[str]:
    """Every handle that there is; no more than MAX_LIBRARIES."""
    return list(session.scalars(select(LibraryRow.handle).where(LibraryRow.workspace == workspace).order_by(LibraryRow.handle)))


def newest(session: Session, workspace: str, engine: str, wanted: Collection[str]) -> dict[str, Own]:
    """The newest versions, for an engine, of handles that there are."""
    query = (
        select(LibraryRow, LibraryVersionRow)
        .join(
            LibraryVersionRow,
            (LibraryVersionRow.library == LibraryRow.key) & (LibraryVersionRow.number == LibraryRow.latest_version),
        )
        .where(LibraryRow.workspace == workspace, LibraryRow.handle.in_(wanted), LibraryVersionRow.engine == engine)
    )
    return {
        library.handle: Own(library.handle, row.engine, row.source, row.content_hash, unpacked(row.libraries or ()))
        for library, row in session.execute(query).all()
    }


def _row(session: Session, workspace: str, handle: str) -> LibraryRow | None:
    return session.scalars(
        select(LibraryRow).where(LibraryRow.workspace == workspace, LibraryRow.handle == handle)
    ).one_or_none()


def _record(library: LibraryRow, row: LibraryVersionRow, *, code: bool = True) -> LibraryVersion:
    return LibraryVersion(
        library.workspace,
        library.handle,
        row.number,
        row.engine,
        row.source if code else "",
        row.content_hash,
        unpacked(row.libraries or ()) if code else (),
        row.actor,
        row.created,
    )
