"""A real PostgreSQL server for tests, from this machine's own package, in a directory of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

from tests.migrated import migrate

WAIT_SECONDS = 20.0
_REVISIONS = "alembic_version"
_REVISION = f"SELECT * FROM {_REVISIONS}"


class PostgresServer:
    """A server in a directory of its own. `stop` and `start` may alternate; `remove` ends it."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.directory = Path(tempfile.mkdtemp(prefix="registry-", dir="/tmp"))  # a socket's path is short
        self.process = None
        self._numbers = count(1)
        self._free = []
        self._migrated = []
        self._rows = {}
        self._user = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            account = next(pwd.getpwnam(name) for name in ("postgres", "nobody") if _exists(name))
            self._user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        init = [
            programs / "initdb",
            "-D",
            self.directory / "data",
            "-U",
            "owner",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        ]
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL, env=self._environment(), cwd=self.directory, **self._user)

    def start(self) -> None:
        quick = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.directory}"]
        with (self.directory / "log").open("ab") as log:
            command = [self.programs / "postgres", "-D", self.directory / "data", *quick]
            usual = {"stdout": log, "stderr": log, "env": self._environment(), "cwd": self.directory}
            if setpriv := shutil.which("setpriv"):
                # It ends even if these tests are killed. And this process is not forked, which it may be too busy for: gRPC
                # has handlers that crash then.
                command = [setpriv, *self._as_user(), "--pdeathsig", "INT", *command]
                self.process = subprocess.Popen(command, **usual)
            else:
                self.process = subprocess.Popen(command, **usual, **self._user)
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._answers():
            assert self.process.poll() is None, f"{self.process.poll()}\n{(self.directory / 'log').read_text()}"
            assert time.monotonic() < deadline, (self.directory / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL's word for: end connections, then end
            try:
                self.process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql://owner@/{database}?host={self.directory}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        import psycopg

        if self._free:
            return self._free.pop()
        name = f"registry{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def take_back(self, url: str) -> None:
        """Empty the database for the next test: that is much quicker than a new one."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            _end_others(connection)
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._free.append(url)

    def new_registry(self) -> str:
        """The URL of a database at the registry's newest revision, with what the migrations put there and nothing else."""
        import psycopg

        if self._migrated:
            return self._migrated.pop()
        url = self.new_database()
        migrate(url)
        with psycopg.connect(url) as connection:
            self._rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in _tables(connection)}
        return url

    def take_registry_back(self, url: str) -> None:
        """Make it new again, which is quicker than to migrate another; one whose shape a test has changed is emptied."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            _end_others(connection)
            if _tables(connection) != list(self._rows) or connection.execute(_REVISION).fetchall() != self._rows[_REVISIONS]:
                self.take_back(url)
                return
            connection.execute(f"TRUNCATE {', '.join(table for table in self._rows if table != _REVISIONS)} RESTART IDENTITY")
            for table, rows in self._rows.items():
                for row in rows if table != _REVISIONS else ():
                    connection.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)
        self._migrated.append(url)

    def _as_user(self) -> list[str]:
        if not self._user:
            return []
        return ["--reuid", str(self._user["user"]), "--regid", str(self._user["group"]), "--clear-groups"]

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _environment(self) -> dict:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata"}  # times must not depend on it


def _end_others(connection) -> None:
    """Whoever else is connected to this database is no longer."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")


def _tables(connection) -> list[str]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [name for (name,) in found]


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def programs() -> Path | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found:
        places.append(Path(found).resolve().parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)
