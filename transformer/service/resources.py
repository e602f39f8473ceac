"""The registry's records as messages. What a list leaves out of a record stays unset in its message."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from transformer.registry import records
from transformer.wire.pb import registry_pb2 as pb

__all__ = ["alias", "alias_change", "audit_entry", "transformation", "version", "workspace"]


def _time(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def workspace(record: records.Workspace) -> pb.Workspace:
    """A workspace."""
    return pb.Workspace(name=record.name, description=record.description, create_time=_time(record.created))


def transformation(record: records.Transformation) -> pb.Transformation:
    """A transformation."""
    return pb.Transformation(
        name=record.name,
        description=record.description,
        create_time=_time(record.created),
        update_time=_time(record.updated),
        etag=record.etag,
        latest_version=record.latest_version,
        live_version=record.live_version,
    )


def version(record: records.Version) -> pb.Version:
    """A version."""
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
        create_time=_time(record.created),
    )


def alias(record: records.Alias) -> pb.Alias:
    """An alias."""
    return pb.Alias(
        name=record.name,
        version=record.version,
        percent=record.percent,
        etag=record.etag,
        update_time=_time(record.updated),
        update_actor=record.actor,
    )


def alias_change(record: records.AliasChange) -> pb.AliasChange:
    """A change of an alias."""
    return pb.AliasChange(
        version=record.version, percent=record.percent, time=_time(record.time), actor=record.actor, action=record.action
    )


def audit_entry(record: records.AuditEntry) -> pb.AuditEntry:
    """An entry of the audit trail."""
    return pb.AuditEntry(
        id=record.id,
        time=_time(record.time),
        actor=record.actor,
        action=record.action,
        resource=record.resource,
        detail=record.detail,
    )
