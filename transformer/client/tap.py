"""The tap, on the client's side: what to watch, and what a watcher gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from transformer.client.messages import read_outcome, workspace_name
from transformer.client.records import Outcome
from transformer.outcome import Status
from transformer.wire.pb import tap_pb2 as pb
from transformer.wire.pb import transform_pb2

__all__ = ["TapMessage", "TapStatus", "TappedEvent", "read_tap", "watch_request"]


@dataclass(frozen=True, slots=True)
class TappedEvent:
    """An event before and after, redacted by the server's rules. `before` is empty where the event is not a JSON object."""

    time: datetime
    version: str
    before: bytes
    after: tuple[bytes, ...]
    outcome: Outcome

    def before_json(self) -> Any:
        """The event, decoded; None where it is not a JSON object."""
        return orjson.loads(self.before) if self.before else None

    def after_json(self) -> list[Any]:
        """The outputs, decoded."""
        return [orjson.loads(output) for output in self.after]


@dataclass(frozen=True, slots=True)
class TapStatus:
    """How a watch fares, counted since its beginning: `seen` events with a wanted outcome, and what became of them.

    unsampled      left out by the sample
    dropped        left out because the watcher, or the look into the events, was too slow
    limited        left out because of max_per_second
    filtered       the filter was not true for them
    filter_errors  the filter failed on them; `filter_error` says why it did the last time
    withheld       left out because the rules could not be applied to them
    """

    seen: int = 0
    unsampled: int = 0
    dropped: int = 0
    limited: int = 0
    filtered: int = 0
    filter_errors: int = 0
    filter_error: str = ""
    withheld: int = 0
    shown: int = 0


TapMessage: TypeAlias = TappedEvent | TapStatus


def watch_request(
    workspace: str,
    transformation: str,
    *,
    expression: str,
    sample: float | None,
    sticky: bool,
    fields: Sequence[str],
    outcomes: Collection[Status],
    max_per_second: int,
    max_events: int,
    include_logs: bool,
) -> pb.WatchRequest:
    """The request of a watch; names as in `TransformBatch`."""
    path = transformation if "/" in transformation else f"transformations/{transformation}"
    return pb.WatchRequest(
        name=path if path.startswith("workspaces/") else f"{workspace_name(workspace)}/{path}",
        filter=expression,
        sample_rate=sample,
        sticky=sticky,
        fields=fields,
        outcomes=[transform_pb2.Outcome.Status.ValueType(status) for status in outcomes],
        max_per_second=max_per_second,
        max_events=max_events,
        include_logs=include_logs,
    )


def read_tap(response: pb.WatchResponse) -> TapMessage:
    """One message of a watch."""
    if response.WhichOneof("message") == "event":
        event = response.event
        return TappedEvent(
            event.time.ToDatetime(UTC), event.version, event.before, tuple(event.after), read_outcome(event.outcome)
        )
    status = response.status
    return TapStatus(
        status.seen,
        status.unsampled,
        status.dropped,
        status.limited,
        status.filtered,
        status.filter_errors,
        status.filter_error,
        status.withheld,
        status.shown,
    )
