"""The Python client: batches in, one outcome per event out, and the registry; sync and async.

    with Client("127.0.0.1:50051") as client:
        result = client.transform(workspace="default", transformations=["scrub"], events=[{"type": "track"}])
        for outcome in result.outcomes: ...

Plain frozen records, no protobuf; errors are those of `transformer.errors`. Every call has a deadline and is tried again within
it where the service says that this may help (`retry.py`). Mutations take `request_id` (made up if None, so that retries are
safe), `validate_only` (check, change nothing) and, where a resource has one, its `etag`.
"""

from transformer.client.aio import AsyncClient
from transformer.client.credentials import Tls
from transformer.client.definitions import (
    AliasMove,
    Applied,
    AppliedContent,
    Definition,
    DefinitionContent,
    DefinitionVersion,
    TableMove,
)
from transformer.client.keys import Key, NewKey
from transformer.client.libraries import LibraryVersion
from transformer.client.records import (
    Alias,
    AliasChange,
    AuditEntry,
    Case,
    Event,
    EventMetadata,
    Failure,
    Finding,
    Outcome,
    Output,
    Page,
    Quarantine,
    Transformation,
    TransformBatch,
    TransformResult,
    Use,
    Version,
    Workspace,
)
from transformer.client.secrets import RotatedSecrets, Secret
from transformer.client.sync import Client
from transformer.client.tables import Table, TableVersion
from transformer.client.tap import TappedEvent, TapStatus
from transformer.outcome import Place, Status

__all__ = [
    "Alias",
    "AliasChange",
    "AliasMove",
    "Applied",
    "AppliedContent",
    "AsyncClient",
    "AuditEntry",
    "Case",
    "Client",
    "Definition",
    "DefinitionContent",
    "DefinitionVersion",
    "Event",
    "EventMetadata",
    "Failure",
    "Finding",
    "Key",
    "LibraryVersion",
    "NewKey",
    "Outcome",
    "Output",
    "Page",
    "Place",
    "Quarantine",
    "RotatedSecrets",
    "Secret",
    "Status",
    "Table",
    "TableMove",
    "TableVersion",
    "TapStatus",
    "TappedEvent",
    "Tls",
    "TransformBatch",
    "TransformResult",
    "Transformation",
    "Use",
    "Version",
    "Workspace",
]
