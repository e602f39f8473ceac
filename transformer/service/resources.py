"""The registry's records as messages. What a list leaves out of a record stays unset in its message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from transformer.capabilities import Capabilities
from transformer.engines.base import Library
from transformer.registry import records
from transformer.wire.pb import registry_pb2 as pb
from transformer.wire.pb import tables_pb2

__all__ = [
    "alias",
    "alias_change",
    "audit_entry",
    "capabilities",
    "moment",
    "pins",
    "quarantine",
    "table",
    "table_version",
    "transformation",
    "version",
    "workspace",
]


def moment(when: datetime) -> Timestamp:
    """A time in UTC."""
    stamp = Timestamp()
    stamp.FromDatetime(when)
    return stamp


def workspace(record: records.Workspace) -> pb.Workspace:
    """A workspace."""
    return pb.Workspace(name=record.name, description=record.description, create_time=moment(record.created))


def transformation(record: records.Transformation, quarantines: Iterable[records.Quarantine] = ()) -> pb.Transformation:
    """A transformation; of the quarantines, those of its versions are in it."""
    ours = f"{record.name}/versions/"
    return pb.Transformation(
        name=record.name,
        description=record.description,
        create_time=moment(record.created),
        update_time=moment(record.updated),
        etag=record.etag,
        latest_version=record.latest_version,
        live_version=record.live_version,
        quarantines=[quarantine(one) for one in quarantines if one.version.startswith(ours)],
    )


def quarantine(record: records.Quarantine) -> pb.Quarantine:
    """A quarantine."""
    return pb.Quarantine(
        version=record.version, start_time=moment(record.since), end_time=moment(record.until), reason=record.reason
    )


def version(record: records.Version, quarantines: Iterable[records.Quarantine] = ()) -> pb.Version:
    """A version; if one of the quarantines is its own, it is in it."""
    held = next((quarantine(one) for one in quarantines if one.version == record.name), None)
    return pb.Version(
        name=record.name,
        engine=record.engine,
        source=record.source,
        cases=[pb.Case(name=case.name, body=case.body) for case in record.cases],
        content_hash=record.content_hash,
        entry_point=record.entry_point,
        uses_metadata=record.uses_metadata,
        warnings=[pb.Finding(line=found.line, column=found.column, message=found.message) for found in record.warnings],
        create_actor=record.actor,
        create_time=moment(record.created),
        quarantine=held,
        capabilities=capabilities(record.capabilities) if record.capabilities else None,
        libraries=pins(record.libraries),
    )


def pins(libraries: Iterable[Library]) -> list[pb.PinnedLibrary]:
    """What code imports."""
    return [pb.PinnedLibrary(name=library.name, content_hash=library.hash) for library in libraries]


def capabilities(declared: Capabilities) -> pb.Capabilities:
    """What a version declares."""
    return pb.Capabilities(**declared.as_dict())


def alias(record: records.Alias) -> pb.Alias:
    """An alias."""
    return pb.Alias(
        name=record.name,
        version=record.version,
        percent=record.percent,
        etag=record.etag,
        update_time=moment(record.updated),
        update_actor=record.actor,
    )


def alias_change(record: records.AliasChange) -> pb.AliasChange:
    """A change of an alias."""
    return pb.AliasChange(
        version=record.version, percent=record.percent, time=moment(record.time), actor=record.actor, action=record.action
    )


def audit_entry(record: records.AuditEntry) -> pb.AuditEntry:
    """An entry of the audit trail."""
    return pb.AuditEntry(
        id=record.id,
        time=moment(record.time),
        actor=record.actor,
        action=record.action,
        resource=record.resource,
        detail=record.detail,
    )


def table(record: records.Table) -> tables_pb2.Table:
    """A table."""
    return tables_pb2.Table(
        name=record.name,
        create_time=moment(record.created),
        update_time=moment(record.updated),
        live=None if record.live is None else table_version(record.live),
        latest_version=record.latest_version,
    )


def table_version(record: records.TableVersion) -> tables_pb2.TableVersion:
    """A version of a table."""
    return tables_pb2.TableVersion(
        name=record.name,
        key=record.key,
        rows=record.rows,
        bytes=record.size,
        content_hash=record.content_hash,
        columns=[tables_pb2.Column(name=name, type=kinds) for name, kinds in record.columns],
        create_time=moment(record.created),
        create_actor=record.actor,
    )
