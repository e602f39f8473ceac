"""Versions that servers have set aside, in the database: what their owners see of it.

Every server notes its own, so that one that lets a version go does not hide that another holds it. A note is good until the
time that it names: one that nobody takes back, because its server is gone, is not shown after that, and removed by the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError
from transformer.registry import names
from transformer.registry.lookup import need_transformation, need_workspace
from transformer.registry.model import QuarantineRow, TransformationRow, VersionRow
from transformer.registry.records import Quarantine

__all__ = ["find", "note"]


def note(session: Session, server: str, notes: Iterable[Quarantine], over: Iterable[str]) -> None:
    """Keep what the server holds and forget what is over, by version name. Versions that do not exist are left out."""
    session.execute(delete(QuarantineRow).where(QuarantineRow.until < datetime.now(UTC)))
    for name in over:
        if (where := _version(session, name)) is not None:
            session.execute(delete(QuarantineRow).where(*_is(where, server)))
    for one in notes:
        if (where := _version(session, one.version)) is not None:
            session.execute(delete(QuarantineRow).where(*_is(where, server)))
            key, number = where
            session.add(
                QuarantineRow(
                    transformation=key, version=number, server=server, since=one.since, until=one.until, reason=one.reason
                )
            )


def find(session: Session, workspace: str, transformation: str) -> list[Quarantine]:
    """The versions of a transformation, or of all for "", that are held now, each once: by the server that does for longest.

    Raises:
        CallerError: NOT_FOUND, BAD_REQUEST.
    """
    query = (
        select(QuarantineRow, TransformationRow.id)
        .join(TransformationRow, TransformationRow.key == QuarantineRow.transformation)
        .where(TransformationRow.workspace == workspace, QuarantineRow.until >= datetime.now(UTC))
        .order_by(TransformationRow.id, QuarantineRow.version, QuarantineRow.until)
    )
    if transformation:
        query = query.where(TransformationRow.key == need_transformation(session, workspace, transformation).key)
    else:
        need_workspace(session, workspace)
    found = {}
    for row, owner in session.execute(query):
        name = names.version_name(workspace, owner, row.version)
        found[name] = Quarantine(name, row.since, row.until, row.reason)
    return list(found.values())


def _version(session: Session, name: str) -> tuple[int, int] | None:
    """The key of its transformation and its number; None for what is no version, as code that was only tried."""
    try:
        workspace, transformation, number = names.parse_version(name)
    except CallerError:
        return None
    query = (
        select(VersionRow.transformation, VersionRow.number)
        .join(TransformationRow, TransformationRow.key == VersionRow.transformation)
        .where(TransformationRow.workspace == workspace, TransformationRow.id == transformation, VersionRow.number == number)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found.transformation, found.number)


def _is(where: tuple[int, int], server: str) -> tuple[ColumnElement[bool], ...]:
    key, number = where
    return QuarantineRow.transformation == key, QuarantineRow.version == number, QuarantineRow.server == server
