"""What the client takes and gives: frozen records, so that no caller has to know protobuf.

Times are aware datetimes in UTC; names are full resource names, ids their last parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from transformer.capabilities import NOTHING, Capabilities
from transformer.errors import Code
from transformer.outcome import Place, Status

__all__ = [
    "Alias",
    "AliasChange",
    "AuditEntry",
    "Case",
    "Event",
    "EventLike",
    "EventMetadata",
    "Failure",
    "Finding",
    "Outcome",
    "Output",
    "Page",
    "Quarantine",
    "TransformBatch",
    "TransformResult",
    "Transformation",
    "Use",
    "Version",
    "Workspace",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EventMetadata:
    """What the data plane knows about an event; user code reads it with metadata(event). Empty fields are unset.

    `received_time` may also be RFC 3339 text, which can say nanoseconds.
    """

    source_id: str = ""
    destination_id: str = ""
    ordering_key: str = ""
    received_time: datetime | str | None = None
    attributes: Mapping[str, Any] | bytes = b""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: the bytes of a JSON object, the id that its outcome echoes, and its metadata.

    `dead_letter` is the id of the dead letter that the event is a replay of: the service keeps no second one of it.
    """

    payload: bytes
    message_id: str = ""
    metadata: EventMetadata | None = None
    dead_letter: str = ""


EventLike = Event | bytes | Mapping[str, Any]
"""An event, its bytes, or a mapping to be encoded; a mapping's own "messageId", if it is a string, is the message id."""


@dataclass(frozen=True, slots=True)
class Use:
    """A transform of the library as a step: "library/pii/v1", with its parameters."""

    transform: str
    parameters: Mapping[str, object] | bytes = b""
    """An object, or its JSON; b"": its defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformBatch:
    """One request: a batch and the transformations to run over it, or the pipeline.

    `workspace` is an id or "workspaces/{id}"; a transformation is an id ("scrub"), or a reference as transform.proto has them
    ("transformations/scrub/versions/3", "transformations/scrub/aliases/canary", a full name, "library/pii/v1"), or a `Use`.
    """

    workspace: str
    transformations: Sequence[str | Use]
    events: Sequence[EventLike]
    defaults: EventMetadata | None = None
    include_logs: bool = False
    pipeline: str = ""
    """The pipeline to run instead of transformations, which are empty then: an id, or "pipelines/p/versions/3"."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an event failed. `version` names the transformation that is to blame, "" where none is."""

    code: Code
    message: str
    retryable: bool
    retry_after_seconds: float | None = None
    place: Place | None = None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event. `failure` is set if and only if the status is FAILED."""

    message_id: str
    status: Status
    drop_reason: str = ""
    failure: Failure | None = None
    logs: tuple[str, ...] = ()
    drop_version: str = ""
    """What dropped it, as `Failure.version`; "" for an event that was not dropped."""


@dataclass(frozen=True, slots=True)
class Output:
    """One emitted event and the indexes of the events that it came from, ascending."""

    payload: bytes
    inputs: tuple[int, ...]

    def json(self) -> Any:
        """The payload, decoded."""
        return orjson.loads(self.payload)


@dataclass(frozen=True, slots=True)
class TransformResult:
    """The answer to one batch: outcomes[i] belongs to events[i]; outputs are ordered by the first input of each."""

    outcomes: tuple[Outcome, ...]
    outputs: tuple[Output, ...]
    versions: tuple[str, ...] = ()

    def outputs_of(self, index: int) -> list[Output]:
        """The outputs that came from event `index`."""
        return [output for output in self.outputs if index in output.inputs]

    def retryable(self) -> list[int]:
        """The indexes of the events that failed and may succeed when they are sent again."""
        return [i for i, outcome in enumerate(self.outcomes) if outcome.failure is not None and outcome.failure.retryable]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list. `next_token` is empty on the last page."""

    items: tuple[T, ...]
    next_token: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant."""

    name: str
    id: str
    description: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version, by its name, that some server does not run until a time, and why."""

    version: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Transformation:
    """A named piece of user code. Version numbers are 0 where there is none."""

    name: str
    workspace: str
    id: str
    description: str
    created: datetime
    updated: datetime
    etag: str
    latest_version: int
    live_version: int
    quarantines: tuple[Quarantine, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """An author's test of a version: its name and the bytes of the case file."""

    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """A remark about code; line and column count from 1, 0 is unknown."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Version:
    """Code that was published. Lists give it without source and cases; of a binary, `source` is base64."""

    name: str
    workspace: str
    transformation: str
    number: int
    engine: str
    source: str
    content_hash: str
    entry_point: str
    uses_metadata: bool
    actor: str
    created: datetime
    cases: tuple[Case, ...] = ()
    warnings: tuple[Finding, ...] = field(default=())
    quarantine: Quarantine | None = None
    capabilities: Capabilities = NOTHING
    libraries: Mapping[str, str] = field(default_factory=dict)
    """The libraries that it imports, directly or not, at the versions it was published with: the hash of each, by name."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A pointer to a version. `percent` is 0 except for `canary`."""

    name: str
    workspace: str
    transformation: str
    id: str
    version: int
    percent: float
    etag: str
    updated: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class AliasChange:
    """Where an alias pointed from a time on; version 0: it was removed."""

    version: int
    percent: float
    time: datetime
    actor: str
    action: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One mutation."""

    id: int
    time: datetime
    actor: str
    action: str
    resource: str
    detail: str
