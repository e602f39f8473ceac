"""The audit trail in the database, as it is read; `mutation.py` writes it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from transformer.registry.lookup import MAX_NUMBER, need_workspace
from transformer.registry.model import AuditRow
from transformer.registry.names import EVERY_WORKSPACE
from transformer.registry.pages import Window
from transformer.registry.records import AuditEntry, Page

__all__ = ["page"]


def page(session: Session, workspace: str, size: int, token: str) -> Page[AuditEntry]:
    """Newest first; of every workspace, and of what belongs to none, for EVERY_WORKSPACE.

    Raises:
        CallerError: NOT_FOUND of the workspace, BAD_REQUEST.
    """
    query = select(AuditRow)
    if workspace != EVERY_WORKSPACE:
        need_workspace(session, workspace, "parent")
        query = query.where(AuditRow.workspace == workspace)
    window = Window.of(f"audit of {workspace}", size, token, MAX_NUMBER)
    query = query.where(AuditRow.key < window.after).order_by(AuditRow.key.desc()).limit(window.limit)
    return window.page(session.scalars(query).all(), _record, lambda row: row.key)


def _record(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.key, row.time, row.actor, row.action, row.resource, row.detail)
