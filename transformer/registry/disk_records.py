"""What is kept on disk as JSON, and how it is read: each answer under a key that says which question it answers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeAlias

from transformer.capabilities import Capabilities
from transformer.errors import Problem
from transformer.library.pins import packed, unpacked
from transformer.registry.content import content_hash
from transformer.registry.definition_records import DefinitionUses, DefinitionVersion
from transformer.registry.names import Reference
from transformer.registry.records import CaseFile, Pointer, Route, Version

__all__ = [
    "Key",
    "as_definition",
    "as_route",
    "as_secret",
    "as_version",
    "definition_key",
    "of_definition",
    "of_version",
    "route_key",
    "secret_key",
    "version_key",
]

Key: TypeAlias = list[str | int]


def route_key(workspace: str, reference: Reference) -> Key:
    """Where does a reference lead?"""
    return ["route", workspace, reference.transformation, reference.alias, reference.version]


def as_route(answer: dict[str, Any]) -> Route:
    """What `asdict` made of one."""
    canary = answer["canary"]
    return Route(Pointer(**answer["version"]), None if canary is None else Pointer(**canary), answer["percent"])


def version_key(workspace: str, transformation: str, pointer: Pointer) -> Key:
    """Which code is it?"""
    return ["version", workspace, transformation, pointer.number, pointer.content_hash]


def of_version(version: Version) -> dict[str, Any]:
    """What `as_version` reads; the rest is in the key."""
    return {
        "engine": version.engine,
        "source": version.source,
        "cases": [{"name": case.name, "body": case.body.decode()} for case in version.cases],
        "entry_point": version.entry_point,
        "uses_metadata": version.uses_metadata,
        "warnings": [{"message": one.message, "line": one.line, "column": one.column} for one in version.warnings],
        "actor": version.actor,
        "created": version.created.isoformat(),
        "capabilities": version.capabilities.as_dict(),
        "libraries": packed(version.libraries),
    }


def as_version(workspace: str, transformation: str, pointer: Pointer, answer: dict[str, Any]) -> Version:
    """Raises ValueError unless it is the content that the pointer means."""
    cases = tuple(CaseFile(case["name"], case["body"].encode()) for case in answer.pop("cases"))
    capabilities = Capabilities.from_manifest(answer.pop("capabilities", None))
    libraries = unpacked(answer.pop("libraries", ()))
    if (
        content_hash(answer["engine"], answer["source"], cases, capabilities=capabilities, libraries=libraries)
        != pointer.content_hash
    ):
        raise ValueError("not the content of its hash")
    return Version(
        workspace=workspace,
        transformation=transformation,
        number=pointer.number,
        content_hash=pointer.content_hash,
        cases=cases,
        warnings=tuple(Problem(**one) for one in answer.pop("warnings")),
        created=datetime.fromisoformat(answer.pop("created")),
        capabilities=capabilities,
        libraries=libraries,
        **answer,
    )


def definition_key(workspace: str, kind: str, definition: str, number: int) -> Key:
    """Which pipeline or destination is it? The live version for 0."""
    return ["definition", workspace, kind, definition, number]


def of_definition(version: DefinitionVersion) -> dict[str, Any]:
    """What `as_definition` reads."""
    return asdict(version) | {"created": version.created.isoformat()}


def as_definition(answer: dict[str, Any]) -> DefinitionVersion:
    """Raises ValueError unless it is the content of its own hash."""
    if sha256(answer["content"].encode()).hexdigest() != answer["content_hash"]:
        raise ValueError("not the content of its hash")
    uses = answer.pop("uses")
    return DefinitionVersion(
        uses=DefinitionUses(tuple(uses["transformations"]), uses["destination"], tuple(uses["secrets"])),
        created=datetime.fromisoformat(answer.pop("created")),
        **answer,
    )


def secret_key(workspace: str, secret: str) -> Key:
    """What is kept of a secret?"""
    return ["secret", workspace, secret]


def as_secret(answer: dict[str, Any]) -> str:
    """What is kept of it, encrypted. Raises ValueError."""
    if not isinstance(answer["sealed"], str):
        raise ValueError("no text")  # noqa: TRY004 - as everything else that is wrong with a file
    return str(answer["sealed"])
