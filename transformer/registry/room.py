"""How much of a kind a workspace may have."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from transformer.errors import CallerError, Code

__all__ = ["need_room"]


def need_room(
    session: Session, owner: InstrumentedAttribute[str], workspace: str, most: int, kind: str, advice: str = ""
) -> None:
    """Raises CallerError (PRECONDITION) if a workspace, told by the column `owner`, has as many rows as it may."""
    count = session.scalars(select(func.count(owner)).where(owner == workspace)).one()
    if count >= most:
        raise CallerError(Code.PRECONDITION, f"the workspace has {count} {kind}, which is as many as may be{advice}")
