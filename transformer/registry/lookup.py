"""Rows by name: each function returns the row, or says which resource does not exist and what there is instead.

Names of transformations and aliases of the same workspace are suggested where one is close; names of workspaces never are,
because they are other tenants'.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.model import AliasRow, TransformationRow, WorkspaceRow

__all__ = ["MAX_NUMBER", "missing", "need_alias", "need_transformation", "need_workspace", "no_such_alias", "no_such_version"]

MAX_NUMBER: Final = 2**63 - 1
_COMPARED: Final = 200


def missing(name: str, more: str = "") -> CallerError:
    """NOT_FOUND, naming the resource."""
    return CallerError(Code.NOT_FOUND, f"{name} does not exist{more}", resource=name)


def need_workspace(session: Session, workspace: str, field: str = "name") -> WorkspaceRow:
    """The workspace's row. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    names.check_id(workspace, field)
    row = session.get(WorkspaceRow, workspace)
    if row is None:
        raise missing(names.workspace_name(workspace))
    return row


def need_transformation(session: Session, workspace: str, transformation: str, field: str = "name") -> TransformationRow:
    """The transformation's row. Raises CallerError (NOT_FOUND, of it or of its workspace; BAD_REQUEST)."""
    names.check_id(workspace, field)
    names.check_id(transformation, field)
    query = select(TransformationRow).where(TransformationRow.workspace == workspace, TransformationRow.id == transformation)
    row = session.scalars(query).one_or_none()
    if row is None:
        need_workspace(session, workspace, field)
        ours = select(TransformationRow.id).where(TransformationRow.workspace == workspace).limit(_COMPARED)
        raise missing(
            names.transformation_name(workspace, transformation), _suggestion(transformation, session.scalars(ours).all())
        )
    return row


def need_alias(session: Session, row: TransformationRow, alias: str) -> AliasRow:
    """The alias's row. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    names.check_id(alias, "name")
    found = session.get(AliasRow, (row.key, alias))
    if found is None:
        raise no_such_alias(session, row, alias)
    return found


def no_such_alias(session: Session, row: TransformationRow, alias: str) -> CallerError:
    """NOT_FOUND, naming the aliases that there are."""
    known = session.scalars(select(AliasRow.id).where(AliasRow.transformation == row.key).order_by(AliasRow.id).limit(10)).all()
    more = f"; its aliases: {', '.join(known)}" if known else "; activate a version first"
    return missing(names.alias_name(row.workspace, row.id, alias), more)


def no_such_version(row: TransformationRow, number: int) -> CallerError:
    """NOT_FOUND, naming the versions that there are; BAD_REQUEST for a number that none can have."""
    if number < 1:
        return CallerError.about("version", f"{number} is no version; versions count from 1")
    latest = row.latest_version
    more = (
        "; it has no version yet"
        if not latest
        else "; its only version is 1"
        if latest == 1
        else f"; its versions are 1 to {latest}"
    )
    return missing(names.version_name(row.workspace, row.id, number), more)


def _suggestion(wanted: str, known: Sequence[str]) -> str:
    close = get_close_matches(wanted, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""
