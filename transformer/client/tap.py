"""The tap, on the client's side: what to watch, and what a watcher gets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from transformer.client.calls import Call
from transformer.client.messages import read_outcome, read_time, workspace_name
from transformer.client.records import Outcome
from transformer.outcome import Status
from transformer.wire.pb import tap_pb2 as pb
from transformer.wire.pb import transform_pb2

__all__ = ["TapMessage", "TapStatus", "TappedEvent", "tap"]


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


def tap(
    workspace: str,
    transformation: str,
    *,
    filter: str = "",  # noqa: A002 - the word of the contract
    sample: float | None = None,
    sticky: bool = False,
    fields: Sequence[str] = (),
    outcomes: Collection[Status] = (),
    max_per_second: int = 0,
    max_events: int = 0,
    include_logs: bool = False,
    timeout: float | None = None,
) -> Call[TapMessage]:
    """Watch live events of a transformation, before and after it, as they come by; see tap.proto for filter and fields.

    Yields a status first, when the watch is in place, one every second, and one last; events between them. Ends after
    `max_events`, with `timeout` (None: never), or when the iterator is closed. What comes too fast to be read is left out
    and counted in the status; the server's rules hide what they name.

    Raises:
        CallerError: there is no such transformation (any more), or the filter is wrong, with its place.
        PlatformError: too many watch already, the service shuts down, the connection was lost, or the time was up.
    """
    path = transformation if "/" in transformation else f"transformations/{transformation}"
    request = pb.WatchRequest(
        name=path if path.startswith("workspaces/") else f"{workspace_name(workspace)}/{path}",
        filter=filter,
        sample_rate=sample,
        sticky=sticky,
        fields=fields,
        outcomes=[transform_pb2.Outcome.Status.ValueType(status) for status in outcomes],
        max_per_second=max_per_second,
        max_events=max_events,
        include_logs=include_logs,
    )
    return Call("TapService", "Watch", request, _read, timeout)


def _read(response: pb.WatchResponse) -> TapMessage:
    if response.WhichOneof("message") == "event":
        event = response.event
        time, outcome = read_time(event.time), read_outcome(event.outcome)
        return TappedEvent(time, event.version, event.before, tuple(event.after), outcome)
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
