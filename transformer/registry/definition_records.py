"""Pipelines and destinations as the registry hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from transformer.registry import names

__all__ = [
    "AliasMove",
    "Applied",
    "AppliedDraft",
    "Change",
    "Definition",
    "DefinitionDraft",
    "DefinitionUses",
    "DefinitionVersion",
    "TableMove",
]


@dataclass(frozen=True, slots=True)
class DefinitionUses:
    """What a pipeline or a destination names: a destination's id or "", secrets, and transformations.

    Those are "t", "t/versions/3" or "t/aliases/beta".
    """

    transformations: tuple[str, ...] = ()
    destination: str = ""
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DefinitionDraft:
    """YAML that was checked. `base_hash` is the content hash that is live, as the caller knows it; None: whatever is."""

    kind: str
    id: str
    content: str
    uses: DefinitionUses
    base_hash: str | None = None


@dataclass(frozen=True, slots=True)
class DefinitionVersion:
    """A pipeline or a destination as it was pushed: never changes. `kind` is the plural that its name has."""

    workspace: str
    kind: str
    definition: str
    number: int
    content: str
    content_hash: str
    uses: DefinitionUses
    actor: str
    created: datetime

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.definition_version_name(self.workspace, self.kind, self.definition, self.number)


@dataclass(frozen=True, slots=True)
class Definition:
    """A pipeline or a destination. `live` is what requests run; `updated` is when it became that."""

    workspace: str
    kind: str
    id: str
    created: datetime
    updated: datetime
    latest_version: int
    live: DefinitionVersion

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.definition_name(self.workspace, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class AliasMove:
    """An alias as it is to be. `base_version` is what it points at, as the caller knows it: 0 for none."""

    transformation: str
    alias: str
    version: int
    base_version: int


@dataclass(frozen=True, slots=True)
class TableMove:
    """A table as it is to be. `base_version` is what is live, as the caller knows it: 0 for none."""

    table: str
    version: int
    base_version: int


@dataclass(frozen=True, slots=True)
class AppliedDraft:
    """What is to be remembered of a change. `base_revision` is what is remembered, as the caller knows it: 0 for nothing."""

    content: str
    base_revision: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied last; `revision` is 0, and the rest empty, where nothing was."""

    workspace: str
    content: str = ""
    revision: int = 0
    updated: datetime | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Several changes that are one. `removals` are kinds, as names have them, and ids."""

    definitions: tuple[DefinitionDraft, ...] = ()
    removals: tuple[tuple[str, str], ...] = ()
    aliases: tuple[AliasMove, ...] = ()
    tables: tuple[TableMove, ...] = ()
    applied: AppliedDraft | None = None
