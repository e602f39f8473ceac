"""Where references lead, as the data path asks: numbers and hashes only, the code is read once and kept (`cache.py`)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.lookup import need_transformation, no_such_alias
from transformer.registry.model import AliasRow, TransformationRow, VersionRow
from transformer.registry.names import Reference
from transformer.registry.records import CANARY, LIVE, Pointer, Route
from transformer.registry.store_versions import need_version

__all__ = ["route"]


def route(session: Session, workspace: str, reference: Reference) -> Route:
    """Where the reference leads now. A transformation by itself needs its `live`; `canary` takes its share of it.

    Raises:
        CallerError: NOT_FOUND naming the workspace, transformation, version or alias that does not exist.
    """
    row = need_transformation(session, workspace, reference.transformation, "transformations")
    if reference.version:
        version = need_version(session, row, reference.version)
        return Route(Pointer(version.number, version.content_hash))
    if reference.alias:
        pointed = _pointers(session, row, (reference.alias,))
        if reference.alias not in pointed:
            raise no_such_alias(session, row, reference.alias)
        return Route(pointed[reference.alias][0])
    pointed = _pointers(session, row, (LIVE, CANARY))
    if LIVE not in pointed:
        name = names.alias_name(workspace, row.id, LIVE)
        advice = "activate one of its versions" if row.latest_version else "publish a version and activate it"
        raise CallerError(
            Code.NOT_FOUND, f"{names.transformation_name(workspace, row.id)} has no live version; {advice}", resource=name
        )
    canary, percent = pointed.get(CANARY, (None, 0.0))
    return Route(pointed[LIVE][0], canary, percent)


def _pointers(session: Session, row: TransformationRow, aliases: Iterable[str]) -> dict[str, tuple[Pointer, float]]:
    same = and_(VersionRow.transformation == AliasRow.transformation, VersionRow.number == AliasRow.version)
    query = (
        select(AliasRow.id, AliasRow.percent, VersionRow.number, VersionRow.content_hash)
        .join(VersionRow, same)
        .where(AliasRow.transformation == row.key, AliasRow.id.in_(list(aliases)))
    )
    return {alias: (Pointer(number, digest), percent) for alias, percent, number, digest in session.execute(query)}
