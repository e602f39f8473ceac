"""Transformations in the database."""

from __future__ import annotations

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.checks import MAX_DESCRIPTION, check_text
from transformer.registry.lookup import need_transformation, need_workspace
from transformer.registry.model import AliasRow, TransformationRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import LIVE, Page, Transformation
from transformer.registry.store_definitions import check_unused

__all__ = ["check_etag", "create", "drop", "exists", "get", "page", "remove", "touch", "update"]


def create(mutation: Mutation, workspace: str, transformation: str, description: str) -> Transformation:
    """Create it, with no version. Raises CallerError (ALREADY_EXISTS, NOT_FOUND of the workspace, BAD_REQUEST)."""
    session = mutation.session
    need_workspace(session, workspace, "parent")
    names.check_id(transformation, "transformation_id")
    check_text(description, "transformation.description", MAX_DESCRIPTION)
    name = names.transformation_name(workspace, transformation)
    if exists(session, workspace, transformation):
        raise CallerError(Code.ALREADY_EXISTS, f"{name} exists already", resource=name)
    row = TransformationRow(workspace=workspace, id=transformation, description=description, created=mutation.now)
    row.updated, row.revision, row.latest_version = mutation.now, 1, 0
    session.add(row)
    session.flush()
    mutation.record(workspace, name, "")
    return _record(row, None)


def exists(session: Session, workspace: str, transformation: str) -> bool:
    """Whether there is such a transformation."""
    found = (TransformationRow.workspace == workspace, TransformationRow.id == transformation)
    return session.scalar(select(TransformationRow.key).where(*found)) is not None


def get(session: Session, workspace: str, transformation: str) -> Transformation:
    """Raises CallerError (NOT_FOUND)."""
    row = need_transformation(session, workspace, transformation)
    return _record(row, _live(session, row))


def page(session: Session, workspace: str, size: int, token: str) -> Page[Transformation]:
    """By id. Raises CallerError (NOT_FOUND of the workspace, BAD_REQUEST)."""
    need_workspace(session, workspace, "parent")
    window = Window.of(f"transformations of {workspace}", size, token, "")
    live = and_(AliasRow.transformation == TransformationRow.key, AliasRow.id == LIVE)
    query = (
        select(TransformationRow, AliasRow.version)
        .outerjoin(AliasRow, live)
        .where(TransformationRow.workspace == workspace, TransformationRow.id > window.after)
        .order_by(TransformationRow.id)
        .limit(window.limit)
    )
    rows = session.execute(query).all()
    return window.page(rows, lambda row: _record(*row), lambda row: row[0].id)


def update(mutation: Mutation, workspace: str, transformation: str, description: str, etag: str) -> Transformation:
    """Change the description. Raises CallerError (NOT_FOUND, STALE_ETAG, BAD_REQUEST)."""
    session = mutation.session
    check_text(description, "transformation.description", MAX_DESCRIPTION)
    row = need_transformation(session, workspace, transformation)
    check_etag(etag, _etag(row), names.transformation_name(workspace, transformation))
    if row.description != description:
        row.description = description
        touch(mutation, row)
        mutation.record(workspace, names.transformation_name(workspace, transformation), "description")
    return _record(row, _live(session, row))


def remove(mutation: Mutation, workspace: str, transformation: str, etag: str) -> None:
    """Delete it with its versions, aliases and their history.

    Raises CallerError (NOT_FOUND, STALE_ETAG; PRECONDITION: a live pipeline runs it).
    """
    drop(mutation, workspace, transformation, etag)
    check_unused(mutation.session, workspace, "transformations", transformation)


def drop(mutation: Mutation, workspace: str, transformation: str, etag: str = "") -> None:
    """As `remove`, without a look at pipelines."""
    row = need_transformation(mutation.session, workspace, transformation)
    name = names.transformation_name(workspace, transformation)
    check_etag(etag, _etag(row), name)
    detail = f"with {row.latest_version} version{'' if row.latest_version == 1 else 's'}"
    mutation.session.execute(delete(TransformationRow).where(TransformationRow.key == row.key))
    mutation.record(workspace, name, detail)


def touch(mutation: Mutation, row: TransformationRow) -> None:
    """It, one of its versions or one of its aliases changed."""
    row.updated = mutation.now
    row.revision += 1


def check_etag(given: str, current: str, name: str) -> None:
    """Raises CallerError (STALE_ETAG) if an etag was given and is not the current one."""
    if given and given != current:
        raise CallerError(
            Code.STALE_ETAG, f"{name} has changed since that etag was read; read it again and decide anew", resource=name
        )


def _etag(row: TransformationRow) -> str:
    return f"{row.key:x}-{row.revision:x}"


def _live(session: Session, row: TransformationRow) -> int | None:
    return session.scalar(select(AliasRow.version).where(AliasRow.transformation == row.key, AliasRow.id == LIVE))


def _record(row: TransformationRow, live: int | None) -> Transformation:
    return Transformation(
        row.workspace, row.id, row.description, row.created, row.updated, _etag(row), row.latest_version, live or 0
    )
