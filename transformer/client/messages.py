"""Records become messages and back, on the client's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import status_pb2
from grpc_health.v1 import health_pb2

from transformer.capabilities import NOTHING, Capabilities
from transformer.client.records import (
    Alias,
    AliasChange,
    AuditEntry,
    Case,
    Event,
    EventLike,
    EventMetadata,
    Failure,
    Finding,
    Outcome,
    Output,
    Quarantine,
    Transformation,
    TransformBatch,
    TransformResult,
    Use,
    Version,
    Workspace,
)
from transformer.errors import CallerError, Code, TransformerError, Violation
from transformer.outcome import Place, Status
from transformer.wire.pb import registry_pb2, transform_pb2
from transformer.wire.status import error_from_status

__all__ = [
    "read_alias",
    "read_alias_change",
    "read_audit_entry",
    "read_health",
    "read_ids",
    "read_outcome",
    "read_result",
    "read_stream_response",
    "read_time",
    "read_transformation",
    "read_version",
    "read_workspace",
    "transform_request",
    "workspace_name",
]


def workspace_name(workspace: str) -> str:
    """The full name of a workspace given by id or by name."""
    return workspace if "/" in workspace else f"workspaces/{workspace}"


def transform_request(batch: TransformBatch) -> transform_pb2.TransformRequest:
    """The request of a batch. Raises CallerError, naming the place and no data, if an event cannot be encoded."""
    request = transform_pb2.TransformRequest(
        workspace=workspace_name(batch.workspace),
        transformations=[_reference(step) for step in batch.transformations],
        include_logs=batch.include_logs,
    )
    if batch.pipeline:
        request.pipeline = batch.pipeline if "/" in batch.pipeline else f"pipelines/{batch.pipeline}"
    if any(isinstance(step, Use) for step in batch.transformations):
        request.parameters.extend(
            _parameters(step, f"transformations[{index}]") for index, step in enumerate(batch.transformations)
        )
    if batch.defaults is not None:
        _metadata(request.defaults, batch.defaults, "defaults")
    add = request.events.add
    for index, given in enumerate(batch.events):
        event = given if isinstance(given, Event) else _event(given, f"events[{index}]")
        message = add()
        message.payload = event.payload
        if event.message_id:
            message.message_id = event.message_id
        if event.metadata is not None:
            _metadata(message.metadata, event.metadata, f"events[{index}].metadata")
        if event.dead_letter:
            message.dead_letter = event.dead_letter
    return request


def _reference(step: str | Use) -> str:
    name = step.transform if isinstance(step, Use) else step
    return name if "/" in name else f"transformations/{name}"


def _parameters(step: str | Use, where: str) -> bytes:
    if not isinstance(step, Use):
        return b""
    return step.parameters if isinstance(step.parameters, bytes) else _encoded(step.parameters, f"{where}.parameters")


def _event(given: EventLike, where: str) -> Event:
    if isinstance(given, Mapping):
        name = given.get("messageId")
        return Event(_encoded(given, where), name if isinstance(name, str) else "")
    if isinstance(given, Event):
        return given
    return Event(given)


def _encoded(value: Mapping[str, object], where: str) -> bytes:
    try:
        return orjson.dumps(value if isinstance(value, dict) else dict(value))
    except TypeError as wrong:
        violation = Violation(where, f"cannot be written as JSON: {wrong}")
        raise CallerError(Code.BAD_REQUEST, f"{where} cannot be written as JSON", violations=(violation,)) from None


def _metadata(message: transform_pb2.EventMetadata, given: EventMetadata, where: str) -> None:
    message.source_id = given.source_id
    message.destination_id = given.destination_id
    message.ordering_key = given.ordering_key
    if isinstance(given.received_time, str):
        _write_time(message.received_time, given.received_time, f"{where}.received_time")
    elif given.received_time is not None:
        message.received_time.FromDatetime(given.received_time)
    if given.attributes:
        attributes = given.attributes
        message.attributes = attributes if isinstance(attributes, bytes) else _encoded(attributes, f"{where}.attributes")


def _write_time(stamp: Timestamp, text: str, where: str) -> None:
    try:
        stamp.FromJsonString(text)
    except ValueError:
        violation = Violation(where, "is not an RFC 3339 time, such as 2026-09-01T12:30:00Z")
        raise CallerError(Code.BAD_REQUEST, f"{where} {violation.message}", violations=(violation,)) from None


def read_result(response: transform_pb2.TransformResponse) -> TransformResult:
    """The result that a response holds."""
    return TransformResult(
        tuple([read_outcome(message) for message in response.outcomes]),
        tuple([Output(message.payload, tuple(message.inputs)) for message in response.outputs]),
        tuple(response.versions),
    )


def read_stream_response(response: transform_pb2.TransformStreamResponse) -> TransformResult | TransformerError:
    """One answer of a stream: a result, or the error of a batch that failed as a whole."""
    if response.WhichOneof("result") == "error":
        return error_from_status(status_pb2.Status.FromString(response.error))
    return read_result(response.response)


def read_health(response: health_pb2.HealthCheckResponse) -> str:
    """The name of a health status."""
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(response.status))


def read_outcome(message: transform_pb2.Outcome) -> Outcome:
    """The outcome that a message holds."""
    status = Status(message.status)
    failure = _failure(message.failure) if status is Status.FAILED else None
    return Outcome(
        message.message_id, status, message.drop_reason, failure, tuple(message.logs), drop_version=message.drop_version
    )


def _failure(message: transform_pb2.Failure) -> Failure:
    place = message.place if message.HasField("place") else None
    return Failure(
        # A code of a newer service: what to do with the event still stands in `retryable`.
        Code(message.code) if message.code in Code._value2member_map_ else Code.INTERNAL,
        message.message,
        message.retryable,
        message.retry_after.ToNanoseconds() / 1e9 if message.HasField("retry_after") else None,
        Place(place.line, place.column, place.function) if place else None,
        message.version,
    )


def read_time(stamp: Timestamp) -> datetime:
    """The moment that a message tells, in UTC."""
    return stamp.ToDatetime(UTC)


def read_ids(name: str) -> Sequence[str]:
    """The ids in the name of a resource, without the names of their collections."""
    return name.split("/")[1::2]


def read_workspace(message: registry_pb2.Workspace) -> Workspace:
    """The workspace that a message describes."""
    return Workspace(message.name, read_ids(message.name)[-1], message.description, read_time(message.create_time))


def read_transformation(message: registry_pb2.Transformation) -> Transformation:
    """The transformation that a message describes."""
    workspace, name = read_ids(message.name)
    return Transformation(
        name=message.name,
        workspace=workspace,
        id=name,
        description=message.description,
        created=read_time(message.create_time),
        updated=read_time(message.update_time),
        etag=message.etag,
        latest_version=message.latest_version,
        live_version=message.live_version,
        quarantines=tuple(map(_quarantine, message.quarantines)),
    )


def read_version(message: registry_pb2.Version) -> Version:
    """The version that a message describes."""
    workspace, transformation, number = read_ids(message.name)
    return Version(
        name=message.name,
        workspace=workspace,
        transformation=transformation,
        number=int(number),
        engine=message.engine,
        source=message.source,
        content_hash=message.content_hash,
        entry_point=message.entry_point,
        uses_metadata=message.uses_metadata,
        actor=message.create_actor,
        created=read_time(message.create_time),
        cases=tuple(Case(case.name, case.body) for case in message.cases),
        warnings=tuple(Finding(found.line, found.column, found.message) for found in message.warnings),
        quarantine=_quarantine(message.quarantine) if message.HasField("quarantine") else None,
        capabilities=_capabilities(message.capabilities) if message.HasField("capabilities") else NOTHING,
        libraries={library.name: library.content_hash for library in message.libraries},
    )


def _capabilities(message: registry_pb2.Capabilities) -> Capabilities:
    return Capabilities(
        hosts=tuple(message.hosts),
        tables=tuple(message.tables),
        secrets=tuple(message.secrets),
        kv=message.kv if message.HasField("kv") else None,
        geolocation=message.geolocation,
        legacy_fetch=message.legacy_fetch,
    )


def _quarantine(message: registry_pb2.Quarantine) -> Quarantine:
    return Quarantine(message.version, read_time(message.start_time), read_time(message.end_time), message.reason)


def read_alias(message: registry_pb2.Alias) -> Alias:
    """The alias that a message describes."""
    workspace, transformation, name = read_ids(message.name)
    return Alias(
        name=message.name,
        workspace=workspace,
        transformation=transformation,
        id=name,
        version=message.version,
        percent=message.percent,
        etag=message.etag,
        updated=read_time(message.update_time),
        actor=message.update_actor,
    )


def read_alias_change(message: registry_pb2.AliasChange) -> AliasChange:
    """The change that a message describes."""
    return AliasChange(message.version, message.percent, read_time(message.time), message.actor, message.action)


def read_audit_entry(message: registry_pb2.AuditEntry) -> AuditEntry:
    """The entry that a message describes."""
    return AuditEntry(message.id, read_time(message.time), message.actor, message.action, message.resource, message.detail)
