"""One mutation: the change, its audit entry, its request id and the new generation are one transaction, or nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.answers import Answer, pack, unpack
from transformer.registry.checks import check_call
from transformer.registry.database import Database
from transformer.registry.model import RequestRow
from transformer.registry.mutation import Mutation
from transformer.registry.records import Call

__all__ = ["REQUESTS_KEPT", "mutate"]

REQUESTS_KEPT: Final = timedelta(days=7)
"""A repeated request is recognised for this long."""

Result = TypeVar("Result", bound=Answer)


def mutate(
    database: Database,
    call: Call,
    action: str,
    scope: str,
    request: Mapping[str, object],
    carry_out: Callable[[Mutation], Result],
) -> Result:
    """Carry out a mutation, once.

    Args:
        database: where.
        call: who asks, and how.
        action: the service's method.
        scope: the workspace within which the request id counts; "" for creating one.
        request: what makes two requests equal; JSON.
        carry_out: does it, and returns the answer.

    Raises:
        CallerError: REQUEST_ID_REUSED: the id was used for another request; BAD_REQUEST: actor or id; whatever `carry_out`
        raises. PlatformError: REGISTRY_UNAVAILABLE; nothing was changed.
    """
    call = check_call(call)
    if scope:
        names.check_id(scope, "parent")
    fingerprint = sha256(json.dumps([action, request], sort_keys=True).encode()).hexdigest()
    with database.writing() as session:
        mutation = Mutation(session, call.actor, action, datetime.now(UTC))
        if call.request_id:
            first = session.get(RequestRow, (scope, call.request_id))
            if first is not None and first.time > mutation.now - REQUESTS_KEPT:
                return _repeated(session, first, action, fingerprint)
        answer = carry_out(mutation)
        if call.validate_only:
            session.rollback()
        elif call.request_id:
            session.execute(delete(RequestRow).where(RequestRow.time <= mutation.now - REQUESTS_KEPT))
            row = RequestRow(scope=scope, id=call.request_id, method=action, fingerprint=fingerprint, time=mutation.now)
            row.answer = pack(answer)
            session.add(row)
        elif not mutation.changed:
            session.rollback()
    return answer


def _repeated(session: Session, first: RequestRow, action: str, fingerprint: str) -> Result:  # type: ignore[type-var]  # the caller knows
    if (first.method, first.fingerprint) != (action, fingerprint):
        raise CallerError(
            Code.REQUEST_ID_REUSED,
            f'request_id: "{first.id}" was used before, for another request ({first.method}); take a new one for each request',
        )
    answer = unpack(session, first.answer)
    session.rollback()
    return answer  # type: ignore[return-value]  # an id answers one method only
