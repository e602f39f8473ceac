"""API keys in the database: who may call, and for how long. A secret never comes here, only what recognises it.

Keys are kept after they expired or were revoked, so that an audit entry about one still has something to point at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.checks import check_text
from transformer.registry.lookup import MAX_NUMBER, missing, need_workspace
from transformer.registry.model import GenerationRow, KeyRow
from transformer.registry.mutation import Mutation
from transformer.registry.pages import Window
from transformer.registry.records import ApiKey, KeyChange, KeyDraft, Page

__all__ = ["MAX_KEYS", "changed", "create", "equal_requests", "get", "page", "revoke"]

MAX_KEYS: Final = 10_000
"""Keys that are valid at once: every server keeps all of them in memory."""

_MAX_LABEL: Final = 100
_MAX_RATE: Final = 1_000_000
_NOWHERE: Final = ""


def equal_requests(draft: KeyDraft) -> dict[str, object]:
    """What makes two requests for a key the same: everything but what is drawn anew for each."""
    return {
        "label": draft.label,
        "workspace": draft.workspace,
        "role": draft.role,
        "requests_per_second": draft.requests_per_second,
        "expires": draft.expires.isoformat() if draft.expires else "",
    }


def create(mutation: Mutation, draft: KeyDraft) -> ApiKey:
    """Keep it. Raises CallerError (BAD_REQUEST, NOT_FOUND of the workspace, PRECONDITION)."""
    check_text(draft.label, "key.label", _MAX_LABEL, one_line=True)
    if not draft.label.strip():
        raise CallerError.about("key.label", "is empty; say who or what will use the key")
    if not 0 <= draft.requests_per_second <= _MAX_RATE:
        raise CallerError.about("key.requests_per_second", f"must be 0 to {_MAX_RATE}, not {draft.requests_per_second}")
    if draft.expires is not None and draft.expires <= mutation.now:
        raise CallerError.about("key.expire_time", "is over already")
    if draft.workspace:
        need_workspace(mutation.session, draft.workspace, "key.workspace")
    if _valid(mutation.session, mutation.now) >= MAX_KEYS:
        raise CallerError(Code.PRECONDITION, f"there are {MAX_KEYS} valid keys, which is as many as may be; revoke some")
    row = KeyRow(
        id=draft.id,
        label=draft.label,
        workspace=draft.workspace or None,
        role=draft.role,
        digest=draft.digest,
        requests_per_second=draft.requests_per_second,
        created=mutation.now,
        actor=mutation.actor,
        expires=draft.expires,
        revoked=None,
        revoked_by="",
        revision=_next_generation(mutation.session),
    )
    mutation.session.add(row)
    until = f", expires {draft.expires.astimezone(UTC):%Y-%m-%d}" if draft.expires else ""
    mutation.record(draft.workspace or _NOWHERE, names.key_name(draft.id), f'{draft.role} key "{draft.label}"{until}')
    return _record(row)


def get(session: Session, key: str, scope: str) -> ApiKey:
    """Raises CallerError (NOT_FOUND): there is none of that id within the scope, a workspace or "" for all."""
    return _record(_need(session, key, scope))


def page(session: Session, workspace: str, size: int, token: str) -> Page[ApiKey]:
    """Newest first; of one workspace, or all of them for "". Raises CallerError (NOT_FOUND of the workspace, BAD_REQUEST)."""
    query = select(KeyRow)
    if workspace:
        need_workspace(session, workspace, "workspace")
        query = query.where(KeyRow.workspace == workspace)
    window = Window.of(f"keys of {workspace}", size, token, MAX_NUMBER)
    query = query.where(KeyRow.key < window.after).order_by(KeyRow.key.desc()).limit(window.limit)
    return window.page(session.scalars(query).all(), _record, lambda row: row.key)


def revoke(mutation: Mutation, key: str, scope: str) -> ApiKey:
    """Revoke it. Raises CallerError (NOT_FOUND) as `get`."""
    row = _need(mutation.session, key, scope)
    if row.revoked is None:
        row.revoked, row.revoked_by = mutation.now, mutation.actor
        row.revision = _next_generation(mutation.session)
        mutation.record(row.workspace or _NOWHERE, names.key_name(row.id), f'{row.role} key "{row.label}"')
    return _record(row)


def changed(session: Session, since: int) -> tuple[int, list[KeyChange]]:
    """The generation, and what changed after the generation `since`; for 0 what is valid now."""
    generation = session.scalars(select(GenerationRow.value)).one()
    if generation == since:
        return generation, []
    query = select(KeyRow).where(KeyRow.revision > since)
    if not since:
        query = query.where(KeyRow.revoked.is_(None), or_(KeyRow.expires.is_(None), KeyRow.expires > datetime.now(UTC)))
    return generation, [KeyChange(_record(row), row.digest) for row in session.scalars(query)]


def _valid(session: Session, now: datetime) -> int:
    query = select(func.count()).select_from(KeyRow).where(KeyRow.revoked.is_(None))
    return session.scalars(query.where(or_(KeyRow.expires.is_(None), KeyRow.expires > now))).one()


def _next_generation(session: Session) -> int:
    """The generation that `Mutation.record` is about to make; writers run in turn, so nobody else makes it."""
    return session.scalars(select(GenerationRow.value)).one() + 1


def _need(session: Session, key: str, scope: str) -> KeyRow:
    names.check_id(key, "name")
    row = session.scalars(select(KeyRow).where(KeyRow.id == key)).one_or_none()
    if row is None or (scope and row.workspace != scope):
        raise missing(names.key_name(key))
    return row


def _record(row: KeyRow) -> ApiKey:
    return ApiKey(
        row.id,
        row.label,
        row.workspace or "",
        row.role,
        row.requests_per_second,
        row.created,
        row.actor,
        row.expires,
        row.revoked,
        row.revoked_by,
    )
