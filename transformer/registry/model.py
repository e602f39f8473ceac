"""The tables, once for SQLite and PostgreSQL; `migrations/` brings a database to this shape, and a test compares the two.

Rows point at each other by integers that are never used twice, so that a transformation which is deleted and created again
has nothing to do with the old one. Versions and audit entries are written once: triggers of the migrations refuse to change
them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "AliasChangeRow",
    "AliasRow",
    "AppliedRow",
    "AuditRow",
    "DefinitionRow",
    "DefinitionVersionRow",
    "GenerationRow",
    "Id",
    "Key",
    "KeyRow",
    "LibraryRow",
    "LibraryVersionRow",
    "Model",
    "QuarantineRow",
    "RequestRow",
    "SecretRow",
    "TableFileRow",
    "TablePieceRow",
    "TableRow",
    "TableVersionRow",
    "TransformationRow",
    "UtcDateTime",
    "VersionRow",
    "WorkspaceRow",
]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always with the time zone UTC on the Python side: SQLite keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Any zone in, UTC to the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the same
        """UTC out."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself in an INTEGER only
Id = String(63).with_variant(String(63, collation="C"), "postgresql")  # sorts by bytes everywhere, as SQLite does
_ONCE = {"sqlite_autoincrement": True}  # a number is not used again after its row is gone


class Model(DeclarativeBase):
    """The registry's tables."""


class GenerationRow(Model):
    """One row, counted up by every transaction that changes something. Writers lock it first: they run in turn."""

    __tablename__ = "generation"
    __table_args__ = (CheckConstraint("id = 1", name="generation_is_one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)


class WorkspaceRow(Model):
    """A tenant."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    description: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class TransformationRow(Model):
    """A transformation. `revision` counts its changes, those of its aliases and versions included: the etag."""

    __tablename__ = "transformations"
    __table_args__ = (UniqueConstraint("workspace", "id", name="transformations_by_name"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    id: Mapped[str] = mapped_column(Id)
    description: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(BigInteger)
    latest_version: Mapped[int] = mapped_column(BigInteger)


class VersionRow(Model):
    """A version. `cases` is a list of {name, body}, `warnings` of {message, line, column}; `capabilities` is None for none.

    `libraries` is what the code imports, pinned (`library.pins.packed`); None for none.
    """

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("transformation", "content_hash", name="versions_by_content"),)

    transformation: Mapped[int] = mapped_column(Key, ForeignKey("transformations.key", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    engine: Mapped[str] = mapped_column(String(63))
    source: Mapped[str] = mapped_column(Text)
    cases: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    entry_point: Mapped[str] = mapped_column(String(63))
    uses_metadata: Mapped[bool]
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    capabilities: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    libraries: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class LibraryRow(Model):
    """A library of a workspace's own, by the handle that its code is imported by."""

    __tablename__ = "libraries"
    __table_args__ = (UniqueConstraint("workspace", "handle", name="libraries_by_handle"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    handle: Mapped[str] = mapped_column(Id)
    latest_version: Mapped[int] = mapped_column(BigInteger)


class LibraryVersionRow(Model):
    """A version of one. `libraries` is what its own code imports, pinned; None for none."""

    __tablename__ = "library_versions"

    library: Mapped[int] = mapped_column(Key, ForeignKey("libraries.key", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    engine: Mapped[str] = mapped_column(String(63))
    source: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    libraries: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    actor: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class QuarantineRow(Model):
    """A version that a server does not run until a time, and why. Servers write it, not people: no generation, no audit."""

    __tablename__ = "quarantines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transformation", "version"],
            ["versions.transformation", "versions.number"],
            name="quarantines_of_versions",
            ondelete="CASCADE",
        ),
    )

    transformation: Mapped[int] = mapped_column(Key, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    server: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)


class AliasRow(Model):
    """Where an alias points now. `change` is the entry of its history that says so, and the etag."""

    __tablename__ = "aliases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["transformation", "version"],
            ["versions.transformation", "versions.number"],
            name="aliases_point_at_versions",
            ondelete="CASCADE",
        ),
    )

    transformation: Mapped[int] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    percent: Mapped[float] = mapped_column(Double)
    change: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)


class AliasChangeRow(Model):
    """One entry of an alias's history. `previous` is the entry that a rollback from here returns to, if any."""

    __tablename__ = "alias_changes"
    __table_args__ = (Index("alias_changes_by_alias", "transformation", "alias", "key"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    transformation: Mapped[int] = mapped_column(Key, ForeignKey("transformations.key", ondelete="CASCADE"))
    alias: Mapped[str] = mapped_column(Id)
    version: Mapped[int] = mapped_column(BigInteger)
    percent: Mapped[float] = mapped_column(Double)
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(16))
    previous: Mapped[int | None] = mapped_column(BigInteger)


class AuditRow(Model):
    """One mutation. Holds names, not references: it outlives what it tells of."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_workspace", "workspace", "key"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id)
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(63))
    resource: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)


class KeyRow(Model):
    """An API key, without its secret: `digest` is the SHA-256 of the whole key. `workspace` is None where it acts in every one.

    `revision` is the generation of its last change: what a server has not seen yet is what is above the one it knows.
    """

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("id", name="api_keys_by_id"), Index("api_keys_by_revision", "revision"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    label: Mapped[str] = mapped_column(Text)
    workspace: Mapped[str | None] = mapped_column(Id, ForeignKey("workspaces.id"))
    role: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    requests_per_second: Mapped[int] = mapped_column(Integer)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    expires: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(BigInteger)


class RequestRow(Model):
    """A mutation that was carried out under a request id, and its answer. `scope` is the workspace, "" for creating one."""

    __tablename__ = "requests"
    __table_args__ = (Index("requests_by_time", "time"),)

    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    method: Mapped[str] = mapped_column(String(63))
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    time: Mapped[datetime] = mapped_column(UtcDateTime)


class SecretRow(Model):
    """A secret. `sealed` is its value as `registry/sealing.py` encrypts it, for this workspace and id only."""

    __tablename__ = "secrets"
    __table_args__ = (UniqueConstraint("workspace", "id", name="secrets_by_name"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    id: Mapped[str] = mapped_column(Id)
    sealed: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)


class TableRow(Model):
    """A reference table. `live_version` is the version that code sees, 0 for none; `updated` is when it became that."""

    __tablename__ = "tables"
    __table_args__ = (UniqueConstraint("workspace", "id", name="tables_by_name"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    id: Mapped[str] = mapped_column(Id)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    latest_version: Mapped[int] = mapped_column(BigInteger)
    live_version: Mapped[int] = mapped_column(BigInteger)


class TableFileRow(Model):
    """A compiled table, in pieces. Written before the version that is made of it; one that no version names is removed."""

    __tablename__ = "table_files"
    __table_args__ = (_ONCE,)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class TablePieceRow(Model):
    """A piece of a compiled table."""

    __tablename__ = "table_pieces"

    file: Mapped[int] = mapped_column(Key, ForeignKey("table_files.key", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class TableVersionRow(Model):
    """A version of a table. `digest` is the SHA-256 of the compiled file, `content_hash` that of key and rows."""

    __tablename__ = "table_versions"
    __table_args__ = (UniqueConstraint("table", "content_hash", name="table_versions_by_content"),)

    table: Mapped[int] = mapped_column(Key, ForeignKey("tables.key", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    file: Mapped[int] = mapped_column(Key, ForeignKey("table_files.key"))
    key: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    columns: Mapped[list[list[str]]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class DefinitionRow(Model):
    """A pipeline or a destination: `kind` is the plural that its name has. `live_version` is what requests run."""

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("workspace", "kind", "id", name="definitions_by_name"), _ONCE)

    key: Mapped[int] = mapped_column(Key, primary_key=True)
    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"))
    kind: Mapped[str] = mapped_column(String(16))
    id: Mapped[str] = mapped_column(Id)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    latest_version: Mapped[int] = mapped_column(BigInteger)
    live_version: Mapped[int] = mapped_column(BigInteger)


class DefinitionVersionRow(Model):
    """A version of one. `uses` is what its YAML names: {"transformations": […], "destination": "", "secrets": […]}."""

    __tablename__ = "definition_versions"
    __table_args__ = (UniqueConstraint("definition", "content_hash", name="definition_versions_by_content"),)

    definition: Mapped[int] = mapped_column(Key, ForeignKey("definitions.key", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    uses: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class AppliedRow(Model):
    """What was applied last to a workspace, in words of whoever did it: the registry does not read `content`."""

    __tablename__ = "applied"

    workspace: Mapped[str] = mapped_column(Id, ForeignKey("workspaces.id"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(BigInteger)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
