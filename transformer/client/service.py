"""Batches through the service, and the service's health: the calls of TransformService and Health."""

from __future__ import annotations

from collections.abc import Sequence

from grpc_health.v1 import health_pb2

from transformer.client import messages
from transformer.client.calls import Call
from transformer.client.records import EventLike, EventMetadata, TransformBatch, TransformResult, Use
from transformer.client.resend import Resend

__all__ = ["health", "transform", "transform_all"]


def transform(
    *,
    workspace: str,
    transformations: Sequence[str | Use] = (),
    pipeline: str = "",
    events: Sequence[EventLike],
    defaults: EventMetadata | None = None,
    include_logs: bool = False,
    timeout: float | None = None,
) -> Call[TransformResult]:
    """Transform one batch: an outcome for every event, in order. See `TransformBatch` for what may be given.

    Raises:
        CallerError: the request is wrong, too large, or names something that does not exist.
        PlatformError: the service could not answer in time; sending it again may succeed.
    """
    batch = TransformBatch(
        workspace=workspace,
        transformations=transformations,
        events=events,
        defaults=defaults,
        include_logs=include_logs,
        pipeline=pipeline,
    )
    return Call("TransformService", "Transform", messages.transform_request(batch), messages.read_result, timeout)


def transform_all(
    *,
    workspace: str,
    transformations: Sequence[str | Use] = (),
    pipeline: str = "",
    events: Sequence[EventLike],
    defaults: EventMetadata | None = None,
    include_logs: bool = False,
    timeout: float | None = None,
) -> Resend:
    """Like `transform`, and sends the events that failed as retryable again, alone, until none is left or the time is up.

    The result has every event's last outcome at its own index. Events that go again do so later than others of their batch:
    not for pipelines that need the order kept.
    """
    batch = TransformBatch(
        workspace=workspace,
        transformations=transformations,
        events=events,
        defaults=defaults,
        include_logs=include_logs,
        pipeline=pipeline,
    )
    return Resend(batch, timeout)


def health(service: str = "", *, timeout: float | None = None) -> Call[str]:
    """The health of a service, "" for the whole server: "SERVING" or "NOT_SERVING". Raises CallerError NOT_FOUND."""
    return Call("Health", "Check", health_pb2.HealthCheckRequest(service=service), messages.read_health, timeout)
