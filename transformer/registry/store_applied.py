"""Several changes of a workspace in one transaction, and what is remembered of the last one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from transformer.errors import CallerError
from transformer.registry import names, store_aliases, store_definitions, store_tables, store_transformations
from transformer.registry.definition_records import AliasMove, Applied, AppliedDraft, Change, DefinitionVersion, TableMove
from transformer.registry.lookup import need_workspace
from transformer.registry.model import AliasRow, AppliedRow, TableRow, TransformationRow
from transformer.registry.mutation import Mutation
from transformer.registry.store_definitions import stale

__all__ = ["MAX_APPLIED_BYTES", "apply", "get"]

MAX_APPLIED_BYTES: Final = 1 << 20
"""Of what is remembered of a workspace."""


def apply(mutation: Mutation, workspace: str, change: Change) -> list[DefinitionVersion]:
    """Make everything what it should be, or change nothing. Returns the versions of the definitions.

    Raises:
        CallerError: NOT_FOUND: the workspace, a version, what is to be removed; STALE_ETAG: something is not as the caller
            knows it; PRECONDITION: a definition names what is not there, or a live pipeline uses what is to be removed.
    """
    session = mutation.session
    need_workspace(session, workspace, "parent")
    for move in change.aliases:
        _move_alias(mutation, workspace, move)
    for table in change.tables:
        _move_table(mutation, workspace, table)
    made = [store_definitions.put(mutation, workspace, draft) for draft in change.definitions]
    for kind, removed in change.removals:
        _remove(mutation, workspace, kind, removed)
    session.flush()
    store_definitions.check_uses(session, workspace, change.definitions)
    for kind, removed in change.removals:
        store_definitions.check_unused(session, workspace, kind, removed)
    if change.applied is not None:
        _remember(mutation, workspace, change.applied)
    return made


def get(session: Session, workspace: str) -> Applied:
    """What was applied last. Raises CallerError (NOT_FOUND: the workspace)."""
    need_workspace(session, workspace, "parent")
    row = session.get(AppliedRow, workspace)
    return Applied(workspace) if row is None else Applied(workspace, row.content, row.revision, row.updated, row.actor)


def _move_alias(mutation: Mutation, workspace: str, move: AliasMove) -> None:
    of = (TransformationRow.workspace == workspace, TransformationRow.id == move.transformation)
    joined = select(AliasRow.version).join(TransformationRow, TransformationRow.key == AliasRow.transformation)
    now = mutation.session.scalars(joined.where(*of, AliasRow.id == move.alias)).one_or_none() or 0
    if now != move.base_version:
        raise stale(names.alias_name(workspace, move.transformation, move.alias))
    store_aliases.activate(mutation, workspace, move.transformation, move.alias, move.version, 0.0, "")


def _move_table(mutation: Mutation, workspace: str, move: TableMove) -> None:
    of = (TableRow.workspace == workspace, TableRow.id == move.table)
    now = mutation.session.scalars(select(TableRow.live_version).where(*of)).one_or_none() or 0
    if now != move.base_version:
        raise stale(names.table_name(workspace, move.table))
    store_tables.activate(mutation, workspace, move.table, move.version)


def _remove(mutation: Mutation, workspace: str, kind: str, removed: str) -> None:
    match kind:
        case "transformations":
            store_transformations.drop(mutation, workspace, removed)
        case "tables":
            store_tables.remove(mutation, workspace, removed)
        case _:
            store_definitions.drop(mutation, workspace, kind, removed)


def _remember(mutation: Mutation, workspace: str, draft: AppliedDraft) -> None:
    if (size := len(draft.content.encode())) > MAX_APPLIED_BYTES:
        raise CallerError.about("applied.content", f"{size} bytes are too many; at most {MAX_APPLIED_BYTES}")
    session, name = mutation.session, names.applied_name(workspace)
    row = session.get(AppliedRow, workspace)
    if draft.base_revision != (row.revision if row is not None else 0):
        raise stale(name)
    if row is None:
        row = AppliedRow(workspace=workspace, content="", revision=0)
        session.add(row)
    elif row.content == draft.content:
        return
    row.content, row.revision = draft.content, row.revision + 1
    row.updated, row.actor = mutation.now, mutation.actor
    mutation.record(workspace, name, f"revision {row.revision}")
