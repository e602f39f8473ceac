"""Workspaces in the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.checks import MAX_DESCRIPTION, check_text
from transformer.registry.lookup import need_workspace
from transformer.registry.model import WorkspaceRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import Page, Workspace

__all__ = ["create", "get", "page"]


def create(mutation: Mutation, workspace: str, description: str) -> Workspace:
    """Create it. Raises CallerError (ALREADY_EXISTS, BAD_REQUEST)."""
    names.check_id(workspace, "workspace_id")
    check_text(description, "workspace.description", MAX_DESCRIPTION)
    name = names.workspace_name(workspace)
    if mutation.session.get(WorkspaceRow, workspace) is not None:
        raise CallerError(Code.ALREADY_EXISTS, f"{name} exists already", resource=name)
    row = WorkspaceRow(id=workspace, description=description, created=mutation.now)
    mutation.session.add(row)
    mutation.record(workspace, name, "")
    return _record(row)


def get(session: Session, workspace: str) -> Workspace:
    """Raises CallerError (NOT_FOUND)."""
    return _record(need_workspace(session, workspace))


def page(session: Session, size: int, token: str) -> Page[Workspace]:
    """By id. Raises CallerError (BAD_REQUEST)."""
    window = Window.of("workspaces", size, token, "")
    query = select(WorkspaceRow).where(WorkspaceRow.id > window.after).order_by(WorkspaceRow.id).limit(window.limit)
    return window.page(session.scalars(query).all(), _record, lambda row: row.id)


def _record(row: WorkspaceRow) -> Workspace:
    return Workspace(row.id, row.description, row.created)
