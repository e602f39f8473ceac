"""Reference tables as the client has them: records, and every call of TableService. They raise as the registry's do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from transformer.client import messages
from transformer.client.calls import Call, Upload, identified, page_of
from transformer.client.records import Page
from transformer.errors import CallerError, Code
from transformer.wire.pb import tables_pb2 as pb

__all__ = [
    "Table",
    "TableVersion",
    "activate_table_version",
    "delete_table",
    "get_table",
    "list_table_versions",
    "list_tables",
    "push_table",
]

_SERVICE: Final = "TableService"
_PIECE: Final = 256 * 1024
_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Rows that were pushed. `columns` are the fields of rows and the kinds of their values."""

    name: str
    workspace: str
    table: str
    number: int
    key: str
    rows: int
    bytes: int
    content_hash: str
    columns: Mapping[str, str]
    created: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Table:
    """A reference table. `live` is the version that code sees, None where there is none; `updated` is when it became that."""

    name: str
    workspace: str
    id: str
    created: datetime
    updated: datetime
    latest_version: int
    live: TableVersion | None


def push_table(
    workspace: str,
    table: str,
    rows: Iterable[Mapping[str, Any]],
    key: str,
    *,
    hold_back: bool = False,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Upload[TableVersion]:
    """Make rows the next version of a table, found by their field `key`, and make it live unless it is to be held back.

    `rows` is read once, while it is sent, so the call is not tried again. `timeout` is 10 minutes for None. Raises CallerError
    BAD_REQUEST with the number of the row that is wrong; then nothing is changed.
    """
    start = pb.PushTableStart(
        parent=messages.workspace_name(workspace),
        table_id=table,
        key=key,
        hold_back=hold_back,
        request_id=identified(request_id),
        validate_only=validate_only,
    )
    return Upload(_SERVICE, "PushTable", lambda: _parts(start, rows), _version, _SECONDS if timeout is None else timeout)


def get_table(workspace: str, table: str, *, timeout: float | None = None) -> Call[Table]:
    """A table. Raises CallerError NOT_FOUND."""
    return Call(_SERVICE, "GetTable", pb.GetTableRequest(name=_name(workspace, table)), _table, timeout)


def list_tables(workspace: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None) -> Call[Page[Table]]:
    """Tables of a workspace by name, a page of them."""
    request = pb.ListTablesRequest(parent=messages.workspace_name(workspace), page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListTables", request, page_of("tables", _table), timeout)


def list_table_versions(
    workspace: str, table: str, page_size: int = 0, page_token: str = "", *, timeout: float | None = None
) -> Call[Page[TableVersion]]:
    """Versions of a table, newest first, a page of them."""
    request = pb.ListTableVersionsRequest(parent=_name(workspace, table), page_size=page_size, page_token=page_token)
    return Call(_SERVICE, "ListTableVersions", request, page_of("versions", _version), timeout)


def activate_table_version(
    workspace: str,
    table: str,
    version: int,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[Table]:
    """Make a version of a table live. Raises CallerError NOT_FOUND."""
    request = pb.ActivateTableVersionRequest(
        name=_name(workspace, table), version=version, request_id=identified(request_id), validate_only=validate_only
    )
    return Call(_SERVICE, "ActivateTableVersion", request, _table, timeout)


def delete_table(
    workspace: str,
    table: str,
    *,
    request_id: str | None = None,
    validate_only: bool = False,
    timeout: float | None = None,
) -> Call[None]:
    """Delete a table with its versions. Raises CallerError NOT_FOUND."""
    request = pb.DeleteTableRequest(
        name=_name(workspace, table), request_id=identified(request_id), validate_only=validate_only
    )
    return Call(_SERVICE, "DeleteTable", request, lambda _: None, timeout)


def _parts(start: pb.PushTableStart, rows: Iterable[Mapping[str, Any]]) -> Iterator[pb.PushTableRequest]:
    yield pb.PushTableRequest(start=start)
    piece = bytearray()
    for number, row in enumerate(rows, 1):
        try:
            piece += orjson.dumps(row if isinstance(row, dict) else dict(row), option=orjson.OPT_APPEND_NEWLINE)
        except (TypeError, ValueError) as wrong:
            raise CallerError(Code.BAD_REQUEST, f"rows: line {number}: it cannot be written as JSON: {wrong}") from None
        if len(piece) >= _PIECE:
            yield pb.PushTableRequest(rows=bytes(piece))
            piece.clear()
    if piece:
        yield pb.PushTableRequest(rows=bytes(piece))


def _name(workspace: str, table: str) -> str:
    return f"{messages.workspace_name(workspace)}/tables/{table}"


def _table(message: pb.Table) -> Table:
    workspace, table = messages.read_ids(message.name)
    return Table(
        name=message.name,
        workspace=workspace,
        id=table,
        created=messages.read_time(message.create_time),
        updated=messages.read_time(message.update_time),
        latest_version=message.latest_version,
        live=_version(message.live) if message.HasField("live") else None,
    )


def _version(message: pb.TableVersion) -> TableVersion:
    workspace, table, number = messages.read_ids(message.name)
    return TableVersion(
        name=message.name,
        workspace=workspace,
        table=table,
        number=int(number),
        key=message.key,
        rows=message.rows,
        bytes=message.bytes,
        content_hash=message.content_hash,
        columns={column.name: column.type for column in message.columns},
        created=messages.read_time(message.create_time),
        actor=message.create_actor,
    )
