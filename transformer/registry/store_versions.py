"""Versions in the database: written once, numbered from 1 without gaps, one for each content."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from transformer.capabilities import Capabilities
from transformer.errors import Problem
from transformer.library.pins import packed, unpacked
from transformer.registry import names
from transformer.registry.content import content_hash
from transformer.registry.lookup import MAX_NUMBER, need_transformation, need_workspace, no_such_version
from transformer.registry.model import TransformationRow, VersionRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import CaseFile, Page, Version, VersionDraft
from transformer.registry.store_transformations import create, exists, touch

__all__ = ["add", "find", "get", "need_version", "page"]


def add(
    mutation: Mutation, workspace: str, transformation: str, draft: VersionDraft, *, allow_missing: bool = False
) -> Version:
    """Keep a checked draft as the next version, or find its content. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    session = mutation.session
    if allow_missing and not exists(session, workspace, transformation):
        create(mutation, workspace, transformation, "")
        session.flush()
    row = need_transformation(session, workspace, transformation, "parent")
    digest = content_hash(draft.engine, draft.source, draft.cases, capabilities=draft.capabilities, libraries=draft.libraries)
    if (same := _by_content(session, row, digest)) is not None:
        return _record(workspace, transformation, same)
    row.latest_version += 1
    touch(mutation, row)
    version = VersionRow(
        transformation=row.key,
        number=row.latest_version,
        engine=draft.engine,
        source=draft.source,
        cases=[{"name": case.name, "body": case.body.decode()} for case in draft.cases],
        content_hash=digest,
        entry_point=draft.entry_point,
        uses_metadata=draft.uses_metadata,
        warnings=[{"message": one.message, "line": one.line, "column": one.column} for one in draft.warnings],
        actor=mutation.actor,
        created=mutation.now,
        capabilities=draft.capabilities.as_dict() or None,
        libraries=packed(draft.libraries) or None,
    )
    session.add(version)
    name = names.version_name(workspace, transformation, version.number)
    declared = f", may use {', '.join(draft.capabilities.as_dict())}" if draft.capabilities else ""
    mutation.record(workspace, name, f"{draft.engine}, {len(draft.cases)} cases{declared}, sha256 {digest}")
    return _record(workspace, transformation, version)


def get(session: Session, workspace: str, transformation: str, number: int) -> Version:
    """With source and cases. Raises CallerError (NOT_FOUND)."""
    row = need_transformation(session, workspace, transformation)
    return _record(workspace, transformation, need_version(session, row, number))


def find(session: Session, workspace: str, transformation: str, digest: str, *, allow_missing: bool = False) -> Version | None:
    """The version with this content hash, if there is one. Raises CallerError (NOT_FOUND of the transformation).

    With `allow_missing`, a transformation that is not there has no version; its workspace must be.
    """
    if allow_missing and not exists(session, workspace, transformation):
        need_workspace(session, workspace, "parent")
        return None
    found = _by_content(session, need_transformation(session, workspace, transformation, "parent"), digest)
    return None if found is None else _record(workspace, transformation, found)


def page(session: Session, workspace: str, transformation: str, size: int, token: str) -> Page[Version]:
    """Newest first, without source and cases. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    row = need_transformation(session, workspace, transformation, "parent")
    window = Window.of(f"versions of {row.key}", size, token, MAX_NUMBER)
    query = (
        select(VersionRow)
        .options(*(defer(column, raiseload=True) for column in (VersionRow.source, VersionRow.cases, VersionRow.libraries)))
        .where(VersionRow.transformation == row.key, VersionRow.number < window.after)
        .order_by(VersionRow.number.desc())
        .limit(window.limit)
    )
    rows = session.scalars(query).all()
    return window.page(rows, lambda found: _record(workspace, transformation, found, code=False), lambda found: found.number)


def need_version(session: Session, row: TransformationRow, number: int) -> VersionRow:
    """The version's row. Raises CallerError (NOT_FOUND, BAD_REQUEST)."""
    found = session.get(VersionRow, (row.key, number)) if 0 < number <= MAX_NUMBER else None
    if found is None:
        raise no_such_version(row, number)
    return found


def _by_content(session: Session, row: TransformationRow, digest: str) -> VersionRow | None:
    query = select(VersionRow).where(VersionRow.transformation == row.key, VersionRow.content_hash == digest)
    return session.scalars(query).one_or_none()


def _record(workspace: str, transformation: str, row: VersionRow, *, code: bool = True) -> Version:
    return Version(
        workspace=workspace,
        transformation=transformation,
        number=row.number,
        engine=row.engine,
        source=row.source if code else "",
        cases=tuple(_case(case) for case in row.cases) if code else (),
        content_hash=row.content_hash,
        entry_point=row.entry_point,
        uses_metadata=row.uses_metadata,
        warnings=tuple(Problem(one["message"], one["line"], one["column"]) for one in row.warnings),
        actor=row.actor,
        created=row.created,
        capabilities=Capabilities.from_manifest(row.capabilities),
        libraries=unpacked(row.libraries or ()) if code else (),
    )


def _case(packed: dict[str, Any]) -> CaseFile:
    return CaseFile(packed["name"], packed["body"].encode())
