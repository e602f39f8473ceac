"""Answers as they are kept beside a request id, so that a repeated request gets the first answer and not today's.

A version is kept by name and hash alone: it cannot change, and its code is large. Of a table, a pipeline and a
destination the name is kept: repeating a push or an activation tells how it is now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from transformer.errors import CallerError, Code
from transformer.registry import store_definitions, store_libraries, store_tables, store_versions
from transformer.registry.definition_records import Definition, DefinitionVersion
from transformer.registry.records import (
    Alias,
    ApiKey,
    LibraryVersion,
    Secret,
    Table,
    TableVersion,
    Transformation,
    Version,
    Workspace,
)

__all__ = ["Answer", "pack", "unpack"]

Answer: TypeAlias = (
    Workspace
    | Transformation
    | Version
    | Alias
    | ApiKey
    | Secret
    | Table
    | TableVersion
    | LibraryVersion
    | Definition
    | DefinitionVersion
    | None
)

_KINDS: dict[str, type[Workspace | Transformation | Alias | ApiKey | Secret]] = {
    kind.__name__: kind for kind in (Workspace, Transformation, Alias, ApiKey, Secret)
}
_READ: dict[str, Callable[..., Answer]] = {
    "LibraryVersion": store_libraries.get,
    "Table": store_tables.get,
    "TableVersion": store_tables.version,
    "Definition": store_definitions.get,
    "DefinitionVersion": store_definitions.find,
}
"""Where an answer is read again, from what `_place` gives, in its order."""

_TIMES = {"created", "updated", "expires", "revoked"}


def pack(answer: Answer) -> dict[str, Any]:
    """The answer as JSON."""
    if answer is None:
        return {}
    if (place := _place(answer)) is not None:
        return {"kind": type(answer).__name__, **place}
    values = asdict(answer)
    times = {name: values[name].isoformat() for name in _TIMES & values.keys() if values[name] is not None}
    return {"kind": type(answer).__name__, **values, **times}


def unpack(session: Session, packed: dict[str, Any]) -> Answer:
    """The answer that was packed. Raises CallerError (NOT_FOUND): it was a version, and its transformation is deleted."""
    if not packed:
        return None
    values: dict[str, Any] = {
        name: datetime.fromisoformat(value) if name in _TIMES and value is not None else value for name, value in packed.items()
    }
    kind = values.pop("kind")
    if kind in _READ:
        return _READ[kind](session, *values.values())
    if kind != "Version":
        return _KINDS[kind](**values)
    content_hash = values.pop("content_hash")
    version = store_versions.get(session, **values)
    if version.content_hash != content_hash:
        raise CallerError(
            Code.NOT_FOUND, f"{version.name} that this request made was deleted with its transformation", resource=version.name
        )
    return version


def _place(answer: Answer) -> dict[str, Any] | None:  # noqa: PLR0911 - one for each kind of answer
    """Where an answer that is not kept itself can be read again; None for the others."""
    match answer:
        case Version():
            place = {"workspace": answer.workspace, "transformation": answer.transformation, "number": answer.number}
            return {**place, "content_hash": answer.content_hash}
        case LibraryVersion():
            return {"workspace": answer.workspace, "handle": answer.handle, "number": answer.number}
        case Table():
            return {"workspace": answer.workspace, "table": answer.id}
        case TableVersion():
            return {"workspace": answer.workspace, "table": answer.table, "number": answer.number}
        case Definition():
            return {"workspace": answer.workspace, "of": answer.kind, "definition": answer.id}
        case DefinitionVersion():
            place = {"workspace": answer.workspace, "of": answer.kind, "definition": answer.definition}
            return {**place, "number": answer.number}
    return None
