"""Letters in a table of PostgreSQL, for several servers that share no disk.

The line that a directory would have is what is kept, byte for byte, beside the columns that commands choose by. The table is
made when it is first needed and not missed before: a server starts, and serves, without its sink. Its shape is no part of the
registry's migrations, because it may well live in another database; later columns must be such
that older programs may ignore them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError

from transformer.deadletters.letter import FAILED, Letter, Mark
from transformer.deadletters.selection import Kept, Selection
from transformer.deadletters.sink import Bounds, Line, SinkBusyError, SinkError, Swept

__all__ = ["Postgres"]

_TABLES: Final = MetaData()
_LETTERS: Final = Table(
    "dead_letters",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("time", DateTime(timezone=True), nullable=False, index=True),
    Column("workspace", Text, nullable=False),
    Column("line", LargeBinary, nullable=False),
    Column("marks", LargeBinary, nullable=False, server_default=text("''::bytea")),
    Column("replayed", Integer, nullable=False, server_default=text("0")),
    Column("size", Integer, nullable=False),
    Index("dead_letters_room", "workspace", "id", "size"),  # what a sweep asks for is all in here
)
_CONNECTING: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "options": "-c statement_timeout=30000 -c lock_timeout=10000",
}
_MAKING: Final = text("SELECT pg_advisory_xact_lock(hashtext('transformer.dead_letters.make'))")
_REPLAYING: Final = text("SELECT pg_try_advisory_lock(hashtext('transformer.dead_letters.replay'))")
_REPLAYED: Final = text("SELECT pg_advisory_unlock(hashtext('transformer.dead_letters.replay'))")
_PAGE: Final = 200  # lines may be long
_MANY: Final = 2000
_NO_TABLE: Final = "42P01"


class Postgres:
    """The sink in the database at `url`. Connects when it is first used, and again after the connection was lost."""

    def __init__(self, url: URL, bounds: Bounds) -> None:
        self._bounds = bounds
        defaults = {name: value for name, value in _CONNECTING.items() if name not in url.query}
        self._engine = create_engine(
            url, connect_args=defaults, pool_pre_ping=True, pool_size=2, max_overflow=2, hide_parameters=True
        )
        self._made = False

    @property
    def place(self) -> str:
        """As `Sink.place`. Names no host and no user."""
        return "the table dead_letters in PostgreSQL"

    def keep(self, workspace: str, letters: Sequence[Line]) -> int:
        """As `Sink.keep`. Refuses what PostgreSQL has no room for in one value."""
        rows = [
            {"id": line.id, "time": line.time, "workspace": workspace, "line": line.text, "size": len(line.text)}
            for line in letters
        ]
        try:
            self._insert(rows)
        except DataError:
            return sum(self._refuses(row) for row in rows)
        return 0

    def sweep(self) -> Swept:
        """As `Sink.sweep`. Does not make the table."""
        expired = self._expire(datetime.now(UTC) - timedelta(seconds=self._bounds.age_seconds))
        with self._writing(make=False) as connection:
            if connection is None:
                return Swept(0, expired)
            asked = select(_LETTERS.c.workspace, func.sum(_LETTERS.c.size)).group_by(_LETTERS.c.workspace)
            rows = connection.execute(asked)
            sizes = {str(workspace): int(total) for workspace, total in rows}
            evicted = 0
            while (over := sum(sizes.values()) - self._bounds.total_bytes) > 0:
                largest = max(sizes, key=sizes.__getitem__)
                room, ids = 0, []
                for name, taken in connection.execute(_oldest(largest)):
                    ids.append(name)
                    room += taken
                    if room >= over:
                        break
                evicted += _deleted(connection, ids)[1]
                sizes[largest] -= room or sizes[largest]  # or somebody else removed them
            return Swept(evicted, expired)

    def find(self, selection: Selection) -> Iterator[Kept]:
        """As `Sink.find`, a page at a time."""
        after = ("", "")
        while True:
            with self._reading() as connection:
                chosen = _chosen(selection) if connection is not None else None
                rows = [] if connection is None or chosen is None else connection.execute(_page(chosen, after)).all()
            for workspace, name, line, marks, size in rows:
                after = (workspace, name)
                kept = _kept(name, bytes(line), bytes(marks), size)
                if kept is not None and selection.takes(kept):
                    yield kept
            if len(rows) < _PAGE:
                return

    def read(self, wheres: Sequence[object]) -> list[Letter | None]:
        """As `Sink.read`."""
        with self._reading() as connection:
            if connection is None:
                return [None] * len(wheres)
            asked = select(_LETTERS.c.id, _LETTERS.c.line).where(_LETTERS.c.id.in_([str(where) for where in wheres]))
            found = {name: Letter.of(bytes(line)) for name, line in connection.execute(asked)}
        return [found.get(str(where)) for where in wheres]

    def mark(self, marks: Sequence[tuple[object, Mark]]) -> None:
        """As `Sink.mark`."""
        columns = _LETTERS.c
        change = (
            _LETTERS.update()
            .where(columns.id == bindparam("which"))
            .values(
                marks=columns.marks.op("||")(bindparam("mark", type_=LargeBinary)),
                size=columns.size + bindparam("more"),
                replayed=bindparam("done"),
            )
        )
        rows = []
        for where, mark in marks:
            line = mark.line()
            rows.append({"which": str(where), "mark": line, "more": len(line), "done": int(mark.status != FAILED)})
        with self._writing(make=False) as connection:
            if connection is not None and rows:
                connection.execute(change, rows)

    def purge(self, selection: Selection) -> int:
        """As `Sink.purge`."""
        removed = 0
        with self.replaying():
            ids = [kept.letter.id for kept in self.find(selection)]
            for start in range(0, len(ids), _MANY):
                with self._writing(make=False) as connection:
                    if connection is not None:
                        removed += _deleted(connection, ids[start : start + _MANY])[0]
        return removed

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """As `Sink.replaying`. The lock goes with the connection, so nobody has to take it back from one that crashed."""
        with _translated():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with _translated():
                free = connection.execute(_REPLAYING).scalar_one()
            if not free:
                raise SinkBusyError("another replay or purge of these letters is running")
            try:
                yield
            finally:
                try:
                    connection.execute(_REPLAYED)
                except SQLAlchemyError:
                    connection.invalidate()  # the connection ends, and the lock with it
        finally:
            connection.close()

    def close(self) -> None:
        """As `Sink.close`."""
        self._engine.dispose()

    def _expire(self, oldest: datetime) -> int:
        """Remove what failed earlier, some at a time: no statement takes long. Returns how many were still waiting."""
        expired = 0
        asked = select(_LETTERS.c.id).where(_LETTERS.c.time < oldest).limit(_MANY)
        while True:
            with self._writing(make=False) as connection:
                ids = list(connection.scalars(asked)) if connection is not None else []
                if connection is not None and ids:
                    expired += _deleted(connection, ids)[1]
            if len(ids) < _MANY:
                return expired

    def _insert(self, rows: list[dict[str, Any]]) -> None:
        with self._writing(make=True) as connection:
            assert connection is not None
            connection.execute(insert(_LETTERS).on_conflict_do_nothing(), rows)

    def _refuses(self, row: dict[str, Any]) -> bool:
        try:
            self._insert([row])
        except DataError:
            return True
        return False

    @contextmanager
    def _writing(self, *, make: bool) -> Iterator[Connection | None]:
        """A transaction; None, without `make`, where there is no table."""
        with _translated():
            if make and not self._made:
                with self._engine.begin() as connection:
                    connection.execute(_MAKING)
                    _TABLES.create_all(connection)
                self._made = True
            try:
                with self._engine.begin() as connection:
                    if make or self._made or _there(connection):
                        yield connection
                    else:
                        yield None
            except DBAPIError as wrong:
                # Somebody removed the table, or restored an older state of the database: the next letter makes it again.
                self._made = self._made and getattr(wrong.orig, "sqlstate", None) != _NO_TABLE
                raise

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        with _translated(), self._engine.connect() as connection:
            yield connection if _there(connection) else None


def _there(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT to_regclass('dead_letters') IS NOT NULL")).scalar_one())


def _deleted(connection: Connection, ids: Sequence[str]) -> tuple[int, int]:
    """Delete; how many were there, and how many of these were still waiting."""
    gone = connection.execute(delete(_LETTERS).where(_LETTERS.c.id.in_(ids)).returning(_LETTERS.c.replayed)).all()
    return len(gone), sum(not replayed for (replayed,) in gone)


def _oldest(workspace: str) -> Any:
    columns = _LETTERS.c
    return select(columns.id, columns.size).where(columns.workspace == workspace).order_by(columns.id).limit(_MANY)


def _chosen(selection: Selection) -> list[ColumnElement[bool]]:
    """The part of a selection that the database decides; `Selection.takes` has the last word."""
    parts: list[ColumnElement[bool]] = []
    if selection.workspace is not None:
        parts.append(_LETTERS.c.workspace == selection.workspace)
    if selection.since is not None:
        parts.append(_LETTERS.c.time >= selection.since)
    if selection.until is not None:
        parts.append(_LETTERS.c.time < selection.until)
    if selection.ids:
        parts.append(_LETTERS.c.id.in_(selection.ids))
    if selection.state != "all":
        parts.append(_LETTERS.c.replayed == int(selection.state == "replayed"))
    return parts


def _page(chosen: list[ColumnElement[bool]], after: tuple[str, str]) -> Any:
    columns = _LETTERS.c
    beyond = (columns.workspace > after[0]) | ((columns.workspace == after[0]) & (columns.id > after[1]))
    asked = select(columns.workspace, columns.id, columns.line, columns.marks, columns.size)
    return asked.where(beyond, *chosen).order_by(columns.workspace, columns.id).limit(_PAGE)


def _kept(name: str, line: bytes, marks: bytes, size: int) -> Kept | None:
    try:
        told = [Mark.of(mark) for mark in marks.splitlines() if mark]
        return Kept(Letter.of(line, body=False), name, size, len(told), told[-1] if told else None)
    except ValueError:
        return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except SQLAlchemyError as wrong:
        raise SinkError(_reason(wrong)) from wrong


def _reason(wrong: SQLAlchemyError) -> str:
    """Never the driver's text, which names hosts and users."""
    state = getattr(wrong.orig, "sqlstate", None) if isinstance(wrong, DBAPIError) else None
    return f"PostgreSQL answered with SQLSTATE {state}" if isinstance(state, str) else "PostgreSQL cannot be reached"
