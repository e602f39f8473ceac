"""What the registry hands out: plain frozen records, detached from the database.

They are what the service converts to the wire and what the data path keeps in memory; nothing outside this package sees a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar

from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.base import Library
from transformer.errors import Problem
from transformer.registry import names

__all__ = [
    "ANYBODY",
    "CANARY",
    "LIVE",
    "Alias",
    "AliasChange",
    "ApiKey",
    "AuditEntry",
    "Call",
    "CaseFile",
    "KeyChange",
    "KeyDraft",
    "LibraryVersion",
    "Page",
    "Pointer",
    "Quarantine",
    "Route",
    "Secret",
    "Table",
    "TableDraft",
    "TablePointer",
    "TableVersion",
    "Transformation",
    "Version",
    "VersionDraft",
    "Workspace",
]

LIVE = "live"
"""The alias that serves requests which name no version."""

CANARY = "canary"
"""The alias that serves its share of them."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for a mutation, and how. Passed to every mutation of the Store.

    request_id      "" for none; repeating a mutation with the same id returns the first answer
    validate_only   check everything, change nothing
    """

    actor: str = "anonymous"
    request_id: str = ""
    validate_only: bool = False


ANYBODY: Final = Call()
"""Who changes something beside any service, and does not say so."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant. Times of all records are in UTC."""

    id: str
    description: str
    created: datetime

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.workspace_name(self.id)


@dataclass(frozen=True, slots=True)
class Transformation:
    """A named piece of user code. `latest_version` is 0 before the first, `live_version` 0 while `live` points nowhere."""

    workspace: str
    id: str
    description: str
    created: datetime
    updated: datetime
    etag: str
    latest_version: int
    live_version: int

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.transformation_name(self.workspace, self.id)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One of the author's cases: its name and the JSON object of the case file, as UTF-8."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A version before it has a number: what the author sent, and what the check found in it."""

    engine: str
    source: str
    cases: tuple[CaseFile, ...] = ()
    entry_point: str = "transformEvent"
    uses_metadata: bool = True
    warnings: tuple[Problem, ...] = ()
    capabilities: Capabilities = NOTHING
    libraries: tuple[Library, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """Published code: never changes. `number` counts from 1; `content_hash` is hexadecimal SHA-256."""

    workspace: str
    transformation: str
    number: int
    engine: str
    source: str
    cases: tuple[CaseFile, ...]
    content_hash: str
    entry_point: str
    uses_metadata: bool
    warnings: tuple[Problem, ...]
    actor: str
    created: datetime
    capabilities: Capabilities = NOTHING
    libraries: tuple[Library, ...] = ()

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.version_name(self.workspace, self.transformation, self.number)


@dataclass(frozen=True, slots=True)
class LibraryVersion:
    """A version of a workspace's own library: never changes. `libraries` is what it imports itself, pinned."""

    workspace: str
    handle: str
    number: int
    engine: str
    source: str
    content_hash: str
    libraries: tuple[Library, ...]
    actor: str
    created: datetime

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.library_version_name(self.workspace, self.handle, self.number)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version, by its name, that a server does not run until a time, and why."""

    version: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A pointer to a version. `percent` is the canary's share of ordering keys, 0 for every other alias."""

    workspace: str
    transformation: str
    id: str
    version: int
    percent: float
    etag: str
    updated: datetime
    actor: str

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.alias_name(self.workspace, self.transformation, self.id)


@dataclass(frozen=True, slots=True)
class AliasChange:
    """Where an alias pointed from a time on; version 0: it was removed. Actions: "activate", "rollback", "delete"."""

    version: int
    percent: float
    time: datetime
    actor: str
    action: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One mutation. `id` grows with every entry, with gaps; `action` is the name of the service's method."""

    id: int
    time: datetime
    actor: str
    action: str
    resource: str
    detail: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret, without its value. `updated` is when it got the one that it has, `actor` who gave it."""

    workspace: str
    id: str
    created: datetime
    updated: datetime
    actor: str

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.secret_name(self.workspace, self.id)


@dataclass(frozen=True, slots=True)
class TableDraft:
    """A compiled table before it has a number. `file` is where its pieces are, 0 for nowhere; `digest` their SHA-256.

    `columns` are the names of fields and the kinds of their values.
    """

    file: int
    key: str
    rows: int
    size: int
    content_hash: str
    digest: str
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Rows that were pushed: never change. `number` counts from 1; `content_hash` is SHA-256 of key and rows."""

    workspace: str
    table: str
    number: int
    key: str
    rows: int
    size: int
    content_hash: str
    columns: tuple[tuple[str, str], ...]
    actor: str
    created: datetime

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.table_version_name(self.workspace, self.table, self.number)


@dataclass(frozen=True, slots=True)
class Table:
    """A reference table. `live` is the version that code sees, None where there is none; `updated` is when it became that."""

    workspace: str
    id: str
    created: datetime
    updated: datetime
    latest_version: int
    live: TableVersion | None

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.table_name(self.workspace, self.id)


@dataclass(frozen=True, slots=True)
class TablePointer:
    """Where the bytes of a table's live version are, and what they have to be."""

    number: int
    file: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """A key before it is kept. `workspace` is "" for one that acts in every workspace; `digest` is hexadecimal SHA-256.

    Whoever makes it has the secret; nothing here does.
    """

    id: str
    digest: str
    label: str
    workspace: str
    role: str
    expires: datetime | None = None
    requests_per_second: int = 0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret and its digest. `expires` and `revoked` are None where they never were."""

    id: str
    label: str
    workspace: str
    role: str
    requests_per_second: int
    created: datetime
    actor: str
    expires: datetime | None
    revoked: datetime | None
    revoked_by: str

    @property
    def name(self) -> str:
        """Its resource name."""
        return names.key_name(self.id)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key as a server that admits callers needs it. Never leaves the process."""

    key: ApiKey
    digest: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of a list. `next_token` is "" on the last one."""

    items: list[Item]
    next_token: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version, without its code."""

    number: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Route:
    """Where a reference leads at a moment: to `version`, and for a share of `percent` of the ordering keys to `canary`."""

    version: Pointer
    canary: Pointer | None = None
    percent: float = 0.0
