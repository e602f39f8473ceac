"""The shapes of bodies and answers, for the description of the gateway (`transformer.gateway.description.openapi`).

What an endpoint reads it reads leniently, as slices of bytes; what stands here is what the callers are to send, and what they
may rely on in answers. A test holds a running gateway against it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "CodeToPrepare",
    "CodeToRead",
    "CodeToRun",
    "CodeToTest",
    "Event",
    "Features",
    "Health",
    "Imports",
    "Jobs",
    "Json",
    "LibraryToTest",
    "Prepared",
    "ProcessorReply",
    "Refusal",
    "Retried",
    "RouterReplies",
    "RouterReply",
    "Run",
    "Tested",
    "UserReply",
    "ValidatedReply",
    "schemas",
]

Json: TypeAlias = dict[str, Any]
Imports: TypeAlias = dict[str, list[str]]
"""What code imports: modules and libraries as they are written, with what JavaScript takes from each."""

_MESSAGE: Final = {"messageId": "m1", "type": "track", "userId": "u1", "event": "Paid"}
_DESTINATION: Final = {"ID": "d1", "Config": {}, "Transformations": [{"VersionID": "scrub"}]}


class _Described(Struct, omit_defaults=True, rename="camel"):
    """Absent fields are left out."""


class Credential(_Described):
    """What `getCredential(key)` gives."""

    key: str
    value: Any
    id: str | UnsetType = UNSET
    is_secret: bool | UnsetType = UNSET


class VersionOf(_Described, rename={"version_id": "VersionID"}):
    """A library, by its version."""

    version_id: str


class Event(_Described):
    """One event, with what the data plane knows about it."""

    message: Annotated[Json, Meta(description="The event itself.", examples=[_MESSAGE])]
    metadata: Annotated[
        Json, Meta(description="Echoed to the byte. `workspaceId` says whose event it is.", examples=[{"workspaceId": "w1"}])
    ]
    destination: Annotated[Json, Meta(examples=[_DESTINATION])] | UnsetType = UNSET
    connection: Json | UnsetType = UNSET
    libraries: list[VersionOf] | UnsetType = UNSET
    credentials: list[Credential] | UnsetType = UNSET


class Jobs(_Described):
    """Jobs of a data plane's router. Compacted, destinations stand beside them, by the `destinationId` of their metadata."""

    input: list[Event]
    dest_type: str
    destinations: dict[str, Json] | UnsetType = UNSET
    connections: dict[str, Json] | UnsetType = UNSET


class Revision(_Described):
    """Code, as a control plane has it. `codeVersion` 0 is JavaScript's older contract."""

    code: str
    language: Annotated[str, Meta(examples=["javascript", "pythonfaas"])] | UnsetType = UNSET
    code_version: Annotated[str, Meta(examples=["1"])] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    version_id: str | UnsetType = UNSET


class EventToTest(_Described):
    """An event to try code on. Its metadata is anything."""

    message: Json
    metadata: Json | UnsetType = UNSET
    credentials: list[Credential] | UnsetType = UNSET


class CodeToTest(_Described, rename={"tr_rev_code": "trRevCode", "library_version_ids": "libraryVersionIDs"}):
    """Code, and what to try it on."""

    tr_rev_code: Revision
    events: Annotated[list[EventToTest], Meta(min_length=1)]
    library_version_ids: list[str] | UnsetType = UNSET
    credentials: list[Credential] | UnsetType = UNSET


class CodeToPrepare(_Described, rename={"tr_rev_code": "trRevCode", "library_version_ids": "libraryVersionIDs"}):
    """Code that is going to be tried."""

    tr_rev_code: Revision
    library_version_ids: list[str] | UnsetType = UNSET


class LibraryVersion(_Described):
    """A library, by its version."""

    version_id: str


class Dependencies(_Described):
    """What code is tried with."""

    libraries: list[LibraryVersion] | UnsetType = UNSET
    credentials: list[Credential] | UnsetType = UNSET


class CodeToRun(_Described):
    """Code, and what to run it on."""

    code_revision: Revision
    input: Annotated[list[EventToTest], Meta(min_length=1)]
    dependencies: Dependencies | UnsetType = UNSET


class LibraryToTest(_Described):
    """Code of a library."""

    code: str
    language: str | UnsetType = UNSET


class CodeToRead(_Described):
    """Code whose imports are asked for."""

    code: str
    language: str | UnsetType = UNSET
    validate_imports: bool | UnsetType = UNSET
    additional_libraries: list[str] | UnsetType = UNSET


class _Reply(_Described):
    """What became of an event: an output, or an error."""

    status_code: Annotated[int, Meta(examples=[200])]
    metadata: Json | UnsetType = UNSET
    output: Json | UnsetType = UNSET
    error: str | UnsetType = UNSET


class UserReply(_Reply):
    """What a transformation made of an event. 298: it was filtered; only callers that say X-Feature-Filter-Code are told."""


class ProcessorReply(_Reply):
    """What a destination is to be sent for an event. `statTags` go into the data plane's metrics."""

    stat_tags: dict[str, str] | UnsetType = UNSET


class Violation(_Described):
    """What does not follow a tracking plan."""

    type: str
    message: str
    meta: dict[str, str] | UnsetType = UNSET
    property: str | UnsetType = UNSET


class ValidatedReply(_Reply):
    """An event, held against its tracking plan."""

    validation_errors: list[Violation] | UnsetType = UNSET


class RouterReply(_Described):
    """What a destination is to be sent for some jobs: every job of a request is in at least one of its replies."""

    metadata: list[Json]
    batched: bool
    status_code: int
    batched_request: Json | list[Json] | UnsetType = UNSET
    destination: Json | UnsetType = UNSET
    error: str | UnsetType = UNSET
    stat_tags: dict[str, str] | UnsetType = UNSET
    auth_error_category: str | UnsetType = UNSET


class RouterReplies(_Described):
    """The replies of a router's request."""

    output: list[RouterReply]


class Retried(_Described):
    """An event of a request that is to be sent again as it was."""

    status_code: Annotated[int, Meta(examples=[503])]
    error: str
    metadata: Json | UnsetType = UNSET


class Prepared(_Described):
    """Code that can be run."""

    success: bool


class Tested(_Described):
    """What the events became: each an event, or its `error` alone. What was filtered is not there."""

    transformed_events: list[Json]
    logs: list[str]


class RunEvent(_Described):
    """What an event became, or its error."""

    metadata: Json
    transformed_event: Json | UnsetType = UNSET
    error: str | UnsetType = UNSET


class Run(_Described):
    """What the events became."""

    transformed_events: list[RunEvent]
    logs: list[str]


class Refusal(_Described):
    """Why a request cannot be answered otherwise."""

    error: str


class Features(_Described):
    """What this service can do: what a data plane asks before anything else."""

    router_transform: dict[str, bool]
    regulations: list[str]
    support_source_transform_v1: bool
    upgraded_to_source_transform_v2: bool
    support_transformer_proxy_v1: bool
    support_dest_transform_compacted_payload_v1: bool


class Health(_Described):
    """Whether this process answers, and is to be asked."""

    service: str
    version: str | UnsetType = UNSET


def schemas(types: list[Any]) -> tuple[list[Json], dict[str, Json]]:
    """JSON Schemas of these types, and the components that they refer to."""
    made, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return list(made), components
