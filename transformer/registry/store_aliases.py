"""Aliases in the database, with their history.

The history is a list that only grows; a rollback works on it as on a stack. Each entry knows the entry before it to return
to: an activation puts a new one on top, a rollback appends a copy of the state before and continues from there. So rolling
back twice goes two states back, not back and forth. A state is version and percentage: a canary that grew from 5 to 50
percent rolls back to 5. Removing an alias ends its stack; activating it again starts a new one. Activating what is active
already changes nothing.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.lookup import MAX_NUMBER, need_alias, need_transformation, no_such_alias
from transformer.registry.model import AliasChangeRow, AliasRow, TransformationRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import CANARY, Alias, AliasChange, Page
from transformer.registry.store_definitions import check_unused
from transformer.registry.store_transformations import check_etag, touch
from transformer.registry.store_versions import need_version

__all__ = ["activate", "get", "history", "page", "remove", "rollback"]


def get(session: Session, workspace: str, transformation: str, alias: str) -> Alias:
    """Raises CallerError (NOT_FOUND)."""
    row = need_transformation(session, workspace, transformation)
    return _record(row, need_alias(session, row, alias))


def page(session: Session, workspace: str, transformation: str, size: int, token: str) -> Page[Alias]:
    """By id. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    row = need_transformation(session, workspace, transformation, "parent")
    window = Window.of(f"aliases of {row.key}", size, token, "")
    query = (
        select(AliasRow)
        .where(AliasRow.transformation == row.key, AliasRow.id > window.after)
        .order_by(AliasRow.id)
        .limit(window.limit)
    )
    return window.page(session.scalars(query).all(), lambda found: _record(row, found), lambda found: found.id)


def history(session: Session, workspace: str, transformation: str, alias: str, size: int, token: str) -> Page[AliasChange]:
    """Newest first; of a removed alias too. Raises CallerError (NOT_FOUND: there never was one; BAD_REQUEST)."""
    row = need_transformation(session, workspace, transformation, "parent")
    names.check_id(alias, "parent")
    window = Window.of(f"history of {alias} of {row.key}", size, token, MAX_NUMBER)
    ours = (AliasChangeRow.transformation == row.key, AliasChangeRow.alias == alias)
    query = select(AliasChangeRow).where(*ours, AliasChangeRow.key < window.after).order_by(AliasChangeRow.key.desc())
    rows = session.scalars(query.limit(window.limit)).all()
    if not rows and not token:
        raise no_such_alias(session, row, alias)
    return window.page(
        rows, lambda one: AliasChange(one.version, one.percent, one.time, one.actor, one.action), lambda one: one.key
    )


def activate(
    mutation: Mutation, workspace: str, transformation: str, alias: str, version: int, percent: float, etag: str
) -> Alias:
    """Point the alias at the version. Raises CallerError (NOT_FOUND, STALE_ETAG, BAD_REQUEST)."""
    session = mutation.session
    row = need_transformation(session, workspace, transformation)
    names.check_id(alias, "name")
    if alias == CANARY and not 0 < percent <= 100:
        raise CallerError.about("percent", f"{percent:g} is not the share of a canary; more than 0, at most 100")
    if alias != CANARY and percent != 0:
        raise CallerError.about("percent", f"must be 0: only the alias {CANARY} takes a share, {alias} takes all")
    need_version(session, row, version)
    now = session.get(AliasRow, (row.key, alias))
    check_etag(etag, _etag(now), names.alias_name(workspace, transformation, alias))
    if now is not None and (now.version, now.percent) == (version, percent):
        return _record(row, now)
    return _move(mutation, row, alias, "activate", version, percent, previous=now.change if now else None)


def rollback(mutation: Mutation, workspace: str, transformation: str, alias: str, etag: str) -> Alias:
    """Point the alias at what it pointed to before. Raises CallerError (NOT_FOUND, STALE_ETAG, PRECONDITION: nothing)."""
    session = mutation.session
    row = need_transformation(session, workspace, transformation)
    now = need_alias(session, row, alias)
    name = names.alias_name(workspace, transformation, alias)
    check_etag(etag, _etag(now), name)
    current = session.get_one(AliasChangeRow, now.change)
    if current.previous is None:
        raise CallerError(
            Code.PRECONDITION,
            f"{name} points at version {now.version} and at none before it; activate a version instead",
            resource=name,
        )
    before = session.get_one(AliasChangeRow, current.previous)
    return _move(mutation, row, alias, "rollback", before.version, before.percent, previous=before.previous)


def remove(mutation: Mutation, workspace: str, transformation: str, alias: str, etag: str) -> None:
    """Remove the alias; its history stays.

    Raises CallerError (NOT_FOUND, STALE_ETAG; PRECONDITION: a live pipeline names it).
    """
    session = mutation.session
    row = need_transformation(session, workspace, transformation)
    now = need_alias(session, row, alias)
    name = names.alias_name(workspace, transformation, alias)
    check_etag(etag, _etag(now), name)
    check_unused(session, workspace, "transformations", f"{transformation}/aliases/{alias}")
    _append(mutation, row, alias, "delete", 0, 0.0, None)
    session.execute(delete(AliasRow).where(AliasRow.transformation == row.key, AliasRow.id == alias))
    touch(mutation, row)
    mutation.record(workspace, name, f"was {_state(now.version, now.percent)}")


def _move(
    mutation: Mutation, row: TransformationRow, alias: str, action: str, version: int, percent: float, *, previous: int | None
) -> Alias:
    session = mutation.session
    change = _append(mutation, row, alias, action, version, percent, previous)
    now = session.get(AliasRow, (row.key, alias))
    detail = _state(version, percent)
    if now is None:
        now = AliasRow(transformation=row.key, id=alias)
        session.add(now)
    else:
        detail += f", was {_state(now.version, now.percent)}"
    now.version, now.percent, now.change = version, percent, change.key
    now.updated, now.actor = mutation.now, mutation.actor
    touch(mutation, row)
    mutation.record(row.workspace, names.alias_name(row.workspace, row.id, alias), detail)
    return _record(row, now)


def _append(
    mutation: Mutation, row: TransformationRow, alias: str, action: str, version: int, percent: float, previous: int | None
) -> AliasChangeRow:
    change = AliasChangeRow(
        transformation=row.key, alias=alias, version=version, percent=percent, action=action, previous=previous
    )
    change.time, change.actor = mutation.now, mutation.actor
    mutation.session.add(change)
    mutation.session.flush()
    return change


def _state(version: int, percent: float) -> str:
    return f"version {version} at {percent:g} %" if percent else f"version {version}"


def _etag(row: AliasRow | None) -> str:
    return f"a{row.change:x}" if row is not None else "none"


def _record(row: TransformationRow, alias: AliasRow) -> Alias:
    return Alias(row.workspace, row.id, alias.id, alias.version, alias.percent, _etag(alias), alias.updated, alias.actor)
