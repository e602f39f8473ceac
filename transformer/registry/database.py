"""The registry's database: how it is reached, what a transaction is, and which of its troubles the rest of the program may see.

Writers run one after the other on both databases: SQLite by BEGIN IMMEDIATE, PostgreSQL by locking the generation row
first. That is what makes numbers without gaps, activations and repeated requests right without any retry loop; the registry
is written by people and read by machines, so the lost concurrency costs nothing.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from transformer.errors import CallerError, Code
from transformer.registry.model import GenerationRow
from transformer.registry.trouble import explain

__all__ = ["Database"]

_FIELD: Final = "database_url"
_POSTGRES_DEFAULTS: Final = {  # a server that vanished without a word is noticed, instead of being waited for
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_STATEMENT_SECONDS: Final = 10  # no statement of ours takes as long unless the server is in trouble; migrations are exempt
_MIGRATION_SECONDS: Final = 3600


class Database:
    """A pool of connections to the database at `url`. Thread-safe; connects when it is first used.

    Args:
        url: `sqlite:///FILE` or `postgresql://…`.
        busy_seconds: how long to wait for another writer, and for a free connection, before giving up.

    Raises:
        CallerError: BAD_REQUEST: the URL is no such URL, names no file, or its driver is not installed. Never quotes the URL.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        where = _parsed(url)
        self.file: Path | None = None
        self.place = _place(where)
        """Which database this is, in words that hold no secret: the file, or host, port and name."""
        self._over = threading.Event()
        self._busy_seconds = busy_seconds
        self._patience = text(f"SET LOCAL lock_timeout = {max(1, int(busy_seconds * 1000))}")
        sizes: dict[str, Any] = {"pool_size": 5, "max_overflow": 27, "pool_timeout": busy_seconds, "hide_parameters": True}
        if where.get_backend_name() == "sqlite":
            self.file = Path(where.database or "").absolute()
            # Without an explicit pool, "sqlite://" would take the one for databases in memory.
            self._engine = create_engine("sqlite://", creator=self._open_file, poolclass=QueuePool, **sizes)
            _guard_file(self._engine, self.file)
            self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
            self._reader = self._engine.execution_options(begin="BEGIN")
        else:
            self._engine = _postgres(where, sizes, lambda: self._over)
            self._writer = self._engine.execution_options()
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")

    def close(self) -> None:
        """Close the connections, and give up waiting for a server on those in use. Idempotent; a later use connects again."""
        self._over.set()
        self._over = threading.Event()
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment of the database and changes nothing. PlatformError for any trouble."""
        with _translated(), Session(self._reader, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that no other writer runs beside; committed at the end of the block, rolled back if it raises.

        The block may roll back itself; then nothing is committed. PlatformError for any trouble: then nothing was changed,
        unless it says that this is not known.
        """
        with _translated(), Session(self._writer, expire_on_commit=False) as session:
            if self.file is None:
                session.execute(self._patience)
            session.execute(select(GenerationRow.value).with_for_update()).one()
            yield session
            session.flush()
            try:
                session.commit()
            except DBAPIError as wrong:
                # A file says what became of a commit; a server that is lost in the middle of one does not.
                raise explain(wrong.orig or wrong, doubtful=self.file is None and wrong.connection_invalidated) from wrong

    @contextmanager
    def altering(self, *, create: bool = True) -> Iterator[Connection]:
        """A transaction for migrations, in no two processes at the same time. `create`: a missing SQLite file is made."""
        if self.file is not None and create:
            _create_file(self.file, self._busy_seconds)
        with _translated(), self._writer.begin() as connection:
            if self.file is None:
                connection.execute(self._patience)
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('transformer.registry.migrate'))"))
                with _unhurried(connection):
                    yield connection
            else:
                yield connection

    def _open_file(self) -> sqlite3.Connection:
        # mode=rw: a file that somebody removed is an error, never a new and empty registry.
        connection = sqlite3.connect(
            f"file:{quote(str(self.file))}?mode=rw",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,  # transactions begin where we say so, in _guard_file
            check_same_thread=False,  # the pool gives a connection to one thread at a time
        )
        connection.execute("PRAGMA foreign_keys = ON")
        return connection


def _parsed(url: str) -> URL:
    """The URL, checked. Refusals do not quote it: it may hold a password."""
    try:
        where = make_url(url)
    except ArgumentError:
        raise CallerError(Code.BAD_REQUEST, f"{_FIELD} is not a URL; write sqlite:///FILE or postgresql://…") from None
    if where.drivername in {"sqlite", "sqlite+pysqlite"}:
        if not where.database or where.database == ":memory:" or where.database.startswith("file:") or where.query:
            raise CallerError(Code.BAD_REQUEST, f"{_FIELD}: SQLite needs a plain file, as in sqlite:///transformer.db")
        return where
    if where.drivername in {"postgresql", "postgresql+psycopg", "postgres"}:
        return where.set(drivername="postgresql+psycopg")
    raise CallerError(Code.BAD_REQUEST, f"{_FIELD}: the registry runs on sqlite:///FILE and postgresql://… only")


def _place(where: URL) -> str:
    if where.get_backend_name() == "sqlite":
        return str(Path(where.database or "").absolute())
    hosts = where.query.get("host", ())
    named = ",".join(hosts if isinstance(hosts, tuple) else (hosts,))
    return f"{where.host or named or 'localhost'}:{where.port or ''}/{where.database or where.username or ''}"


def _postgres(where: URL, sizes: dict[str, Any], over: Callable[[], threading.Event]) -> Engine:
    defaults = {name: value for name, value in _POSTGRES_DEFAULTS.items() if name not in where.query}
    try:
        engine = create_engine(where, connect_args=defaults, pool_pre_ping=True, **sizes)
    except ModuleNotFoundError:
        raise CallerError(
            Code.BAD_REQUEST, f"{_FIELD}: PostgreSQL needs the driver psycopg; install transformer[postgres]"
        ) from None
    from transformer.registry.patience import PatientConnection  # it needs the driver

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Dialect, _entry: ConnectionPoolEntry, args: Sequence[Any], named: dict[str, Any]
    ) -> PatientConnection:
        connection = PatientConnection.connect(*args, **named)
        connection.over = over()
        return connection

    @event.listens_for(engine, "connect")
    def bound(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        connection.execute(f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}")
        connection.autocommit = False

    return engine


@contextmanager
def _unhurried(connection: Connection) -> Iterator[None]:
    """A migration of a large table takes as long as it takes."""
    driven = connection.connection.driver_connection
    assert driven is not None
    driven.patience_seconds = _MIGRATION_SECONDS
    try:
        yield
    finally:
        del driven.patience_seconds  # the class's is in force again


def _create_file(file: Path, busy_seconds: float) -> None:
    """Make sure that the file is there, for its owner only, and in WAL mode: readers and a writer do not wait."""
    with _translated():
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            pass
        except OSError as wrong:
            raise sqlite3.OperationalError("unable to open database file") from wrong
        connection = sqlite3.connect(file, timeout=busy_seconds)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()


def _guard_file(engine: Engine, file: Path) -> None:
    """Begin transactions as the engine's option `begin` says, and refuse connections to a file that is no longer there."""

    @event.listens_for(engine, "connect")
    def remember(_connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info["inode"] = _inode(file)

    @event.listens_for(engine, "checkout")
    def compare(_connection: sqlite3.Connection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        # An open connection goes on writing to a file that was removed or replaced, and loses all of it.
        if entry.info["inode"] != _inode(file):
            raise DisconnectionError("the file was removed or replaced")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options()["begin"])


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as wrong:
        raise explain(wrong.orig if isinstance(wrong, DBAPIError) and wrong.orig is not None else wrong) from wrong
