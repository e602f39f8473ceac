"""Pipelines and destinations in the database: versions, written once for each content, of which one is live.

What a definition names must be there when its transaction ends: so several that name each other may come together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.definition_records import Definition, DefinitionDraft, DefinitionUses, DefinitionVersion
from transformer.registry.lookup import MAX_NUMBER, missing, need_workspace
from transformer.registry.model import (
    AliasRow,
    DefinitionRow,
    DefinitionVersionRow,
    SecretRow,
    TransformationRow,
    VersionRow,
)
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import Page
from transformer.registry.room import need_room

__all__ = [
    "MAX_DEFINITIONS",
    "activate",
    "check_unused",
    "check_uses",
    "drop",
    "find",
    "get",
    "page",
    "push",
    "put",
    "remove",
    "stale",
    "versions",
]

MAX_DEFINITIONS: Final = 2000
"""Of one workspace, pipelines and destinations together."""

_USED: Final = {"destinations": "sends to", "transformations": "runs"}
"""What a pipeline does with what it names."""


def push(mutation: Mutation, workspace: str, draft: DefinitionDraft) -> DefinitionVersion:
    """Keep YAML as the next version of a definition, or find its content, and make it live.

    Raises:
        CallerError: NOT_FOUND: the workspace; PRECONDITION: it names what is not there, or there are too many; BAD_REQUEST;
            STALE_ETAG: another version is live than the caller knows.
    """
    need_workspace(mutation.session, workspace, "name")
    made = put(mutation, workspace, draft)
    check_uses(mutation.session, workspace, [draft])
    return made


def get(session: Session, workspace: str, kind: str, definition: str) -> Definition:
    """Raises CallerError (NOT_FOUND)."""
    return _definition(session, _need(session, workspace, kind, definition))


def find(session: Session, workspace: str, kind: str, definition: str, number: int = 0) -> DefinitionVersion:
    """A version, the live one for 0. Raises CallerError (NOT_FOUND)."""
    row = _need(session, workspace, kind, definition)
    return _version(row, _need_version(session, row, number or row.live_version))


def page(session: Session, workspace: str, kind: str, size: int, token: str) -> Page[Definition]:
    """By id. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    need_workspace(session, workspace, "parent")
    window = Window.of(f"{kind} of {workspace}", size, token, "")
    ours = (DefinitionRow.workspace == workspace, DefinitionRow.kind == kind, DefinitionRow.id > window.after)
    rows = session.scalars(select(DefinitionRow).where(*ours).order_by(DefinitionRow.id).limit(window.limit)).all()
    return window.page(rows, lambda row: _definition(session, row), lambda row: row.id)


def versions(session: Session, workspace: str, kind: str, definition: str, size: int, token: str) -> Page[DefinitionVersion]:
    """Newest first. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    row = _need(session, workspace, kind, definition)
    window = Window.of(f"versions of definition {row.key}", size, token, MAX_NUMBER)
    ours = (DefinitionVersionRow.definition == row.key, DefinitionVersionRow.number < window.after)
    query = select(DefinitionVersionRow).where(*ours).order_by(DefinitionVersionRow.number.desc())
    rows = session.scalars(query.limit(window.limit)).all()
    return window.page(rows, lambda found: _version(row, found), lambda found: found.number)


def activate(mutation: Mutation, workspace: str, kind: str, definition: str, number: int) -> Definition:
    """Make a version live. Raises CallerError (NOT_FOUND; PRECONDITION: it names what is no longer there)."""
    row = _need(mutation.session, workspace, kind, definition)
    version = _need_version(mutation.session, row, number)
    _make_live(mutation, row, number)
    check_uses(mutation.session, workspace, [DefinitionDraft(kind, definition, version.content, _uses(version))])
    return _definition(mutation.session, row)


def remove(mutation: Mutation, workspace: str, kind: str, definition: str) -> None:
    """Delete it with its versions. Raises CallerError (NOT_FOUND; PRECONDITION: a live pipeline sends to it)."""
    drop(mutation, workspace, kind, definition)
    check_unused(mutation.session, workspace, kind, definition)


def put(mutation: Mutation, workspace: str, draft: DefinitionDraft) -> DefinitionVersion:
    """As `push`, without a look at what it names."""
    session = mutation.session
    names.check_id(draft.id, "name")
    row = _row(session, workspace, draft.kind, draft.id)
    live = None if row is None else session.get(DefinitionVersionRow, (row.key, row.live_version))
    if draft.base_hash is not None and draft.base_hash != (live.content_hash if live is not None else ""):
        raise stale(names.definition_name(workspace, draft.kind, draft.id))
    if row is None:
        need_room(session, DefinitionRow.workspace, workspace, MAX_DEFINITIONS, "pipelines and destinations")
        row = DefinitionRow(
            workspace=workspace,
            kind=draft.kind,
            id=draft.id,
            created=mutation.now,
            updated=mutation.now,
            latest_version=0,
            live_version=0,
        )
        session.add(row)
        session.flush()
    digest = sha256(draft.content.encode()).hexdigest()
    by_content = (DefinitionVersionRow.definition == row.key, DefinitionVersionRow.content_hash == digest)
    found = session.scalars(select(DefinitionVersionRow).where(*by_content)).one_or_none()
    if found is None:
        row.latest_version += 1
        uses = draft.uses
        found = DefinitionVersionRow(
            definition=row.key,
            number=row.latest_version,
            content=draft.content,
            content_hash=digest,
            uses={"transformations": uses.transformations, "destination": uses.destination, "secrets": uses.secrets},
            actor=mutation.actor,
            created=mutation.now,
        )
        session.add(found)
        session.flush()
        mutation.record(
            workspace, names.definition_version_name(workspace, draft.kind, draft.id, found.number), f"sha256 {digest}"
        )
    _make_live(mutation, row, found.number)
    return _version(row, found)


def stale(name: str) -> CallerError:
    """It is not as the caller knows it."""
    return CallerError(Code.STALE_ETAG, f"{name} changed since it was read; look at the difference again", resource=name)


def drop(mutation: Mutation, workspace: str, kind: str, definition: str) -> None:
    """As `remove`, without a look at who names it."""
    row = _need(mutation.session, workspace, kind, definition)
    mutation.session.execute(delete(DefinitionRow).where(DefinitionRow.key == row.key))
    mutation.record(workspace, names.definition_name(workspace, kind, definition), "")


def _make_live(mutation: Mutation, row: DefinitionRow, number: int) -> None:
    if row.live_version != number:
        row.live_version, row.updated = number, mutation.now
        mutation.session.flush()
        mutation.record(row.workspace, names.definition_name(row.workspace, row.kind, row.id), f"version {number} is live")


def check_uses(session: Session, workspace: str, drafts: Iterable[DefinitionDraft]) -> None:
    """Raises CallerError (PRECONDITION) naming the first thing that one of them names and that is not there."""
    for draft in drafts:
        for transformation in draft.uses.transformations:
            _need_transformation(session, workspace, transformation, draft)
        if draft.uses.destination:
            row = _row(session, workspace, "destinations", draft.uses.destination)
            _need_used(row, draft, f"destination {draft.uses.destination}")
        for secret in draft.uses.secrets:
            kept = select(SecretRow.key).where(SecretRow.workspace == workspace, SecretRow.id == secret)
            _need_used(session.scalars(kept).first(), draft, f"secret {secret}; `transformer secrets set {secret}` makes it")


def _need_transformation(session: Session, workspace: str, reference: str, draft: DefinitionDraft) -> None:
    """That it is there, with the version or alias that is named. What is live may come later."""
    transformation, _, which = reference.partition("/")
    of = (TransformationRow.workspace == workspace, TransformationRow.id == transformation)
    key = session.scalars(select(TransformationRow.key).where(*of)).first()
    _need_used(key, draft, f"transformation {transformation}")
    kind, _, name = which.partition("/")
    if key is None or not which:
        return
    if kind == "aliases":
        found: object = session.get(AliasRow, (key, name))
    else:
        found = session.get(VersionRow, (key, int(name))) if int(name) <= MAX_NUMBER else None
    _need_used(found, draft, f"{'alias' if kind == 'aliases' else 'version'} {name} of transformation {transformation}")


def _need_used(found: object, draft: DefinitionDraft, what: str) -> None:
    if found is None:
        raise CallerError(Code.PRECONDITION, f"{draft.kind}/{draft.id}: the workspace has no {what}")


def check_unused(session: Session, workspace: str, kind: str, removed: str) -> None:
    """Raises CallerError (PRECONDITION) naming a pipeline whose live version names what is `removed`.

    That is a destination, a transformation or, of the same kind, an alias of one: "t/aliases/beta".
    """
    if kind not in _USED:
        return
    ours = (DefinitionRow.workspace == workspace, DefinitionRow.kind == "pipelines")
    live = (DefinitionVersionRow.definition == DefinitionRow.key) & (DefinitionVersionRow.number == DefinitionRow.live_version)
    rows = session.execute(select(DefinitionRow.id, DefinitionVersionRow.uses).join(DefinitionVersionRow, live).where(*ours))
    for pipeline, uses in rows:
        if removed in _named(uses, kind):
            told = f"{kind}/{removed}: the live version of pipelines/{pipeline} {_USED[kind]} it; change that first"
            raise CallerError(Code.PRECONDITION, told)


def _named(uses: Mapping[str, Any], kind: str) -> set[str]:
    if kind == "destinations":
        return {uses["destination"]}
    references: list[str] = uses["transformations"]
    return {*references, *(one.partition("/")[0] for one in references)}


def _row(session: Session, workspace: str, kind: str, definition: str) -> DefinitionRow | None:
    ours = (DefinitionRow.workspace == workspace, DefinitionRow.kind == kind, DefinitionRow.id == definition)
    return session.scalars(select(DefinitionRow).where(*ours)).one_or_none()


def _need(session: Session, workspace: str, kind: str, definition: str) -> DefinitionRow:
    row = _row(session, workspace, kind, definition)
    if row is None:
        need_workspace(session, workspace)
        raise missing(names.definition_name(workspace, kind, definition))
    return row


def _need_version(session: Session, row: DefinitionRow, number: int) -> DefinitionVersionRow:
    found = session.get(DefinitionVersionRow, (row.key, number)) if 0 < number <= MAX_NUMBER else None
    if found is None:
        raise missing(names.definition_version_name(row.workspace, row.kind, row.id, number))
    return found


def _uses(row: DefinitionVersionRow) -> DefinitionUses:
    return DefinitionUses(tuple(row.uses["transformations"]), row.uses["destination"], tuple(row.uses["secrets"]))


def _version(of: DefinitionRow, row: DefinitionVersionRow) -> DefinitionVersion:
    return DefinitionVersion(
        of.workspace, of.kind, of.id, row.number, row.content, row.content_hash, _uses(row), row.actor, row.created
    )


def _definition(session: Session, row: DefinitionRow) -> Definition:
    live = _version(row, _need_version(session, row, row.live_version))
    return Definition(row.workspace, row.kind, row.id, row.created, row.updated, row.latest_version, live)
