"""What surrounds a program in a worker: the calls of its turn, the tables and credentials that came with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from transformer.engines.base import Host, Unavailable
from transformer.wire.calls import CallError, CallKind, Reply
from transformer.wire.tables import Table, TableError
from transformer.worker.credentials import Credentials
from transformer.worker.hostcalls import Calls
from transformer.worker.progress import PREPARING, WAITING
from transformer.worker.tables import Tables

__all__ = ["WorkerHost"]


class WorkerHost(Host):
    """What surrounds one program in a worker."""

    def __init__(self, calls: Calls, tables: Tables, credentials: Credentials, mark: memoryview, **rest: Any) -> None:
        super().__init__(**rest)
        self._mark = mark
        self._calls = calls
        self._tables = tables
        self._credentials = credentials

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """See `Host.preparing`."""
        at = self._mark[0]
        if at < WAITING:
            self._mark[0] = at | PREPARING
        try:
            yield
        finally:
            self._mark[0] = at

    def ask(self, kind: CallKind, arguments: Mapping[str, Any], *, here: bool = False) -> Any:
        """See `Host.ask`."""
        wanted = self.begin(kind, arguments)
        while True:
            reply = self._calls.next(here=here)
            if reply is not None and reply.id == wanted:
                return _result(reply)

    def begin(self, kind: CallKind, arguments: Mapping[str, Any]) -> int:
        """See `Host.begin`."""
        if kind == "fetch":
            self.count("fetches")
        if not self.capabilities.grants(kind):
            raise CallError("refused", f"{kind} is not declared in the capabilities of the code's manifest")
        return self._calls.ask(kind, arguments)

    def next(self, until: float | None = None) -> Reply | None:
        """See `Host.next`."""
        return self._calls.next(until) if self.capabilities.calls else super().next(until)

    @property
    def credentials(self) -> Mapping[str, Any] | None:
        """See `Host.credentials`."""
        return self._credentials.look()

    def table(self, name: str) -> Table:
        """See `Host.table`."""
        if name not in self.capabilities.tables:
            raise CallError(
                "refused", f"the table {name[:64]!r} is not declared: add `tables: [{name[:64]}]` to the capabilities"
            )
        try:
            table = self._tables.find(name)
        except TableError:
            raise CallError("missing", "the table cannot be read") from None
        if table is None:
            raise CallError("missing", f"there is no table {name[:64]!r} in this workspace")
        return table


def _result(reply: Reply) -> Any:
    if reply.error is not None and reply.error.kind == "unavailable":
        raise Unavailable(reply.error.message)
    return reply.result()
