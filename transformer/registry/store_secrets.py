"""Secrets in the database: encrypted when they come here, and never decrypted here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.lookup import missing, need_workspace
from transformer.registry.model import SecretRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import Page, Secret
from transformer.registry.room import need_room

__all__ = ["MAX_SECRETS", "find", "get", "page", "remove", "rotate", "write"]

MAX_SECRETS: Final = 1000
"""Of one workspace."""


def write(mutation: Mutation, workspace: str, secret: str, sealed: str, *, create: bool, replace: bool) -> Secret:
    """Give it a value; `create` it where it is not there, `replace` the value of one that is.

    Raises:
        CallerError: ALREADY_EXISTS, NOT_FOUND (of it or of the workspace), PRECONDITION: there are too many; BAD_REQUEST.
    """
    session = mutation.session
    need_workspace(session, workspace, "parent")
    names.check_name(secret, "secret_id")
    name = names.secret_name(workspace, secret)
    row = _row(session, workspace, secret)
    if row is None:
        if not create:
            raise missing(name)
        need_room(session, SecretRow.workspace, workspace, MAX_SECRETS, "secrets", "; delete some")
        row = SecretRow(workspace=workspace, id=secret, created=mutation.now)
        session.add(row)
        told = "created"
    elif not replace:
        raise CallerError(Code.ALREADY_EXISTS, f"{name} exists already", resource=name)
    else:
        told = "has another value"
    row.sealed, row.updated, row.actor = sealed, mutation.now, mutation.actor
    mutation.record(workspace, name, told)
    return _record(row)


def get(session: Session, workspace: str, secret: str) -> Secret:
    """Without its value. Raises CallerError (NOT_FOUND)."""
    return _record(_need(session, workspace, secret))


def page(session: Session, workspace: str, size: int, token: str) -> Page[Secret]:
    """By id, without their values. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    need_workspace(session, workspace, "parent")
    window = Window.of(f"secrets of {workspace}", size, token, "")
    query = select(SecretRow).options(defer(SecretRow.sealed, raiseload=True))
    query = query.where(SecretRow.workspace == workspace, SecretRow.id > window.after).order_by(SecretRow.id)
    return window.page(session.scalars(query.limit(window.limit)).all(), _record, lambda row: row.id)


def find(session: Session, workspace: str, secret: str) -> str | None:
    """What is kept of it; None where there is none."""
    row = _row(session, workspace, secret)
    return None if row is None else row.sealed


def remove(mutation: Mutation, workspace: str, secret: str) -> None:
    """Delete it. Raises CallerError (NOT_FOUND)."""
    mutation.session.delete(_need(mutation.session, workspace, secret))
    mutation.record(workspace, names.secret_name(workspace, secret), "")


def rotate(mutation: Mutation, again: Callable[[str, str, str], str | None]) -> tuple[int, int]:
    """Have every secret of every workspace encrypted `again(workspace, id, sealed)`; None: it stays as it is.

    Returns how many changed, and how many there are. What `again` raises undoes all of it.
    """
    changed = total = 0
    for row in mutation.session.scalars(select(SecretRow).order_by(SecretRow.key)):
        total += 1
        if (sealed := again(row.workspace, row.id, row.sealed)) is not None:
            row.sealed = sealed
            changed += 1
    if changed:
        mutation.record("", "secrets", f"{changed} of {total} secrets encrypted anew")
    return changed, total


def _row(session: Session, workspace: str, secret: str) -> SecretRow | None:
    return session.scalars(select(SecretRow).where(SecretRow.workspace == workspace, SecretRow.id == secret)).one_or_none()


def _need(session: Session, workspace: str, secret: str) -> SecretRow:
    row = _row(session, workspace, secret)
    if row is None:
        need_workspace(session, workspace)
        raise missing(names.secret_name(workspace, secret))
    return row


def _record(row: SecretRow) -> Secret:
    return Secret(row.workspace, row.id, row.created, row.updated, row.actor)
