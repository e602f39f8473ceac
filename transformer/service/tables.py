"""TableService: rows come in as they are, are compiled in a process of their own, and become a version.

What is pushed waits in a folder that only this server reads, for as long as the call lasts. Two are compiled at a time; more
wait. The loop that serves batches copies bytes, and does nothing else.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Store, names
from transformer.registry.cache import Catalogue
from transformer.registry.checks import check_text
from transformer.registry.records import TableDraft
from transformer.registry.tables import PIECE_BYTES
from transformer.service import resources
from transformer.service.changes import Changes, call_of
from transformer.service.interceptors import Incoming
from transformer.settings import Settings
from transformer.wire.pb import tables_pb2 as pb

__all__ = ["TableMethods"]

_MAX_KEY: Final = 200
_AT_ONCE: Final = 2
_UPLOADS: Final = 8
"""Pushes that may be under way; each may fill a file."""

_IDLE_SECONDS: Final = 60.0
_SECONDS_AT_LEAST: Final = 60.0
_BYTES_A_SECOND: Final = 4 * 2**20
"""What compiling gets through at the very least; longer than that it hangs."""

_TEXT_FACTOR: Final = 2
"""Rows as text may be so much larger than what is compiled from them: blanks, escapes."""


class TableMethods:
    """The methods: `push`, which takes a stream, and the others by name in `methods`. They raise our errors."""

    def __init__(self, store: Store, catalogue: Catalogue, settings: Settings) -> None:
        self._store = store
        self._change = Changes(store, catalogue)
        self._max_rows = settings.table_rows
        self._max_bytes = settings.table_bytes
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._uploads = 0

    @property
    def methods(self) -> Mapping[str, Callable[[Any, Incoming], Awaitable[Message]]]:
        """Every method of TableService, but for the one that takes a stream."""
        return {
            "GetTable": self._get,
            "ListTables": self._list,
            "ListTableVersions": self._versions,
            "ActivateTableVersion": self._activate,
            "DeleteTable": self._delete,
        }

    async def push(
        self, first: pb.PushTableRequest, requests: AsyncIterator[pb.PushTableRequest], incoming: Incoming
    ) -> pb.TableVersion:
        """PushTable."""
        start = first.start
        workspace = incoming.line["workspace"] = names.parse_workspace(start.parent, "start.parent")
        names.check_name(start.table_id, "start.table_id")
        check_text(start.key, "start.key", _MAX_KEY, one_line=True)
        if not start.key:
            raise CallerError.about("start.key", "is empty; name the field by whose value rows are found")
        with self._place(), tempfile.TemporaryDirectory(prefix="transformer-table-") as folder:
            rows, compiled = Path(folder) / "rows", Path(folder) / "table"
            size = await self._take(requests, rows)
            async with self._turns:
                told = await self._compile(rows, compiled, start.key, size)
            found = await self._store.ask(self._store.tables.find, workspace, start.table_id, told["content_hash"])
            incoming.line |= {"table": start.table_id, "rows": told["rows"], "bytes": told["size"]}
            file = 0
            if found is None and not start.validate_only:
                file = await self._store.ask(self._store.tables.keep, _pieces(compiled))
        columns = tuple((name, kinds) for name, kinds in told.pop("columns"))
        draft = TableDraft(file=file, key=start.key, columns=columns, **told)
        call = call_of(start, incoming)
        version = await self._change(
            self._store.tables.push, workspace, start.table_id, draft, hold_back=start.hold_back, call=call
        )
        return resources.table_version(version)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place among the pushes. Raises PlatformError: all are taken, or the disk that rows wait on is full."""
        if self._uploads >= _UPLOADS:
            told = f"{_UPLOADS} tables are being pushed already; push this one later"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0)
        self._uploads += 1
        try:
            yield
        except OSError as wrong:
            told = f"there is no room for the rows on this server: {wrong.strerror or type(wrong).__name__}"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=5.0) from None
        finally:
            self._uploads -= 1

    async def _take(self, requests: AsyncIterator[pb.PushTableRequest], path: Path) -> int:
        """Write the rows to a file. Returns how many bytes. Raises CallerError: there are too many, or no rows but a start."""
        size, most = 0, _TEXT_FACTOR * self._max_bytes
        with path.open("xb") as file:
            while (request := await _next(requests)) is not None:
                if request.WhichOneof("part") != "rows":
                    raise CallerError.about("rows", "every message after the first carries rows")
                size += len(request.rows)
                if size > most:
                    raise CallerError.about("rows", f"more than {most} bytes of rows (twice table_bytes) are too many")
                if len(request.rows) > PIECE_BYTES // 16:
                    await asyncio.to_thread(file.write, request.rows)
                else:
                    file.write(request.rows)
        return size

    async def _compile(self, rows: Path, compiled: Path, key: str, size: int) -> dict[str, Any]:
        """What the compiler says of the rows. Raises CallerError: they are wrong; PlatformError: it did not come to an end."""
        command = [sys.executable, "-I", "-m", "transformer.tables.compiling", str(rows), str(compiled), key]
        command += [str(self._max_rows), str(self._max_bytes)]
        # In threads: starting a process takes milliseconds that batches would have to wait, and its end comes when it comes.
        starting = asyncio.ensure_future(asyncio.to_thread(_spawn, command))
        try:
            process = await asyncio.shield(starting)
        except OSError as wrong:
            raise PlatformError(Code.NO_CAPACITY, f"no process can be started for the rows: {wrong.strerror}") from None
        except asyncio.CancelledError:
            starting.add_done_callback(_end)
            raise
        try:
            seconds = _SECONDS_AT_LEAST + size / _BYTES_A_SECOND
            answer, _ = await asyncio.to_thread(process.communicate, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise PlatformError(Code.NO_CAPACITY, "the rows could not be compiled in time; push them again") from None
        finally:
            process.kill()  # which ends what is read from it, too
        await asyncio.to_thread(process.wait)
        if process.returncode:
            raise PlatformError(
                Code.INTERNAL, "the rows could not be compiled: the process that does it was lost or has no room"
            )
        told: dict[str, Any] = json.loads(answer)
        if "wrong" in told:
            raise CallerError.about("rows", told["wrong"])
        return told

    async def _get(self, request: pb.GetTableRequest, incoming: Incoming) -> pb.Table:
        return resources.table(await self._store.ask(self._store.tables.get, *incoming.within(names.parse_table(request.name))))

    async def _list(self, request: pb.ListTablesRequest, incoming: Incoming) -> pb.ListTablesResponse:
        workspace = incoming.line["workspace"] = names.parse_workspace(request.parent, "parent")
        page = await self._store.ask(self._store.tables.page, workspace, request.page_size, request.page_token)
        return pb.ListTablesResponse(tables=[resources.table(one) for one in page.items], next_page_token=page.next_token)

    async def _versions(self, request: pb.ListTableVersionsRequest, incoming: Incoming) -> pb.ListTableVersionsResponse:
        where = incoming.within(names.parse_table(request.parent, "parent"))
        page = await self._store.ask(self._store.tables.versions, *where, request.page_size, request.page_token)
        return pb.ListTableVersionsResponse(
            versions=[resources.table_version(one) for one in page.items], next_page_token=page.next_token
        )

    async def _activate(self, request: pb.ActivateTableVersionRequest, incoming: Incoming) -> pb.Table:
        where = incoming.within(names.parse_table(request.name))
        call = call_of(request, incoming)
        return resources.table(await self._change(self._store.tables.activate, *where, request.version, call=call))

    async def _delete(self, request: pb.DeleteTableRequest, incoming: Incoming) -> Empty:
        where = incoming.within(names.parse_table(request.name))
        call = call_of(request, incoming)
        await self._change(self._store.tables.delete, *where, call=call)
        return Empty()


async def _next(requests: AsyncIterator[pb.PushTableRequest]) -> pb.PushTableRequest | None:
    """The next message; None after the last. Raises CallerError: it does not come."""
    try:
        async with asyncio.timeout(_IDLE_SECONDS):
            return await anext(requests, None)
    except TimeoutError:
        raise CallerError(Code.BAD_REQUEST, f"no rows came for {_IDLE_SECONDS:g} s, nor the end of them") from None


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own module
        command,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,  # Ctrl-C is the server's
    )


def _end(started: asyncio.Future[subprocess.Popen[bytes]]) -> None:
    if not started.exception():
        started.result().kill()
        started.result().communicate()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
