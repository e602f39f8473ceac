"""The server under test as a process of its own, and its database; both can be taken away and brought back."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from tests.postgres import PostgresServer

START_SECONDS = 30.0
SETTINGS = {
    "event_seconds": 1.0,
    "quarantine_seconds": 0.5,
    "quarantine_most_seconds": 1.0,
    "worker_idle_seconds": 1.0,
    "drain_seconds": 15.0,
    "dead_letters": "none",
    "log_level": "error",
}


class Database(Protocol):
    """What a server keeps its registry in. `away` takes it from the server, `back` gives it back."""

    url: str

    def away(self) -> None: ...
    def back(self) -> None: ...
    def close(self) -> None: ...


class SqliteDatabase:
    """A file that is moved."""

    def __init__(self, folder: Path) -> None:
        self._home, self._elsewhere = folder / "registry", folder / "elsewhere"
        self._home.mkdir()
        self.url = f"sqlite:///{self._home}/registry.db"

    def away(self) -> None:
        self._home.rename(self._elsewhere)
        self._home.mkdir()
        with contextlib.suppress(FileNotFoundError):
            (self._elsewhere / "registry.db-cache").rename(self._home / "registry.db-cache")

    def back(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._home / "registry.db-cache").rename(self._elsewhere / "registry.db-cache")
        self._home.rename(self._home.with_name(f"empty-{time.monotonic_ns()}"))
        self._elsewhere.rename(self._home)

    def close(self) -> None:
        """The folder is the caller's."""


class PostgresDatabase:
    """A server that is stopped. To be started by the thread that lives longest: it ends with that."""

    def __init__(self, programs: Path) -> None:
        self._server = PostgresServer(programs)
        self._server.start()
        self.url = self._server.new_database()

    def away(self) -> None:
        self._server.stop()

    def back(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.remove()


@dataclass(frozen=True, slots=True)
class Weight:
    """What a server holds: memory of its main process in MiB, its descriptors, its processes."""

    mib: float
    descriptors: int
    processes: int

    def __str__(self) -> str:
        return f"{self.mib:.0f} MiB, {self.descriptors} descriptors, {self.processes} processes"


class Service:
    """`transformer serve` on one port, through all its lives. `exits` are the exit codes of those that are over."""

    def __init__(self, folder: Path, database: Database, more: Mapping[str, object] | None = None) -> None:
        """Nothing started. `more` are settings beside those above."""
        self._folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TRANSFORMER_DATABASE_URL": database.url,
            **({"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}),
            **{f"TRANSFORMER_{name.upper()}": str(value) for name, value in (SETTINGS | dict(more or {})).items()},
        }
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.exits: list[int] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._serving = False

    def start(self) -> None:
        """Return when it serves."""
        with (self._folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "transformer", "serve", "--listen", self.address],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdout is not None
        ready = select.select([process.stdout], [], [], START_SECONDS)[0]
        assert ready, self.log()
        assert process.stdout.readline().startswith(b"listening on"), self.log()
        self._serving = True

    def terminate(self) -> None:
        """As an operator does. `wait` for the end."""
        assert self._process is not None
        self._serving = False
        self._process.send_signal(signal.SIGTERM)

    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def wait(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.exits.append(self._process.wait(START_SECONDS))
        self._process.stdout.close()
        self._process = None

    def close(self) -> None:
        """End it, whatever state it is in."""
        if self._process is not None:
            left = [child for child, _ in self._below()]
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
            for child in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()

    def log(self) -> str:
        """The end of what it said."""
        return (self._folder / "log").read_text(errors="replace")[-4000:]

    def zygotes(self) -> list[psutil.Process]:
        """What workers are forked from: a process, or one and its child where the system grants a pid namespace."""
        below = self._below()
        parents = {parent for _, parent in below}
        return [child for child, _ in below if child.pid in parents]

    def workers(self) -> list[psutil.Process]:
        """Processes that run users' code."""
        below = self._below()
        parents = {parent for _, parent in below}
        return [child for child, parent in below if child.pid not in parents and parent in {one.pid for one, _ in below}]

    def _below(self) -> list[tuple[psutil.Process, int]]:
        """Every process below the server's, and its parent, while it serves. Those that end meanwhile are left out."""
        found = []
        if self._process is not None and self._serving:
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in psutil.Process(self._process.pid).children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        found.append((child, child.ppid()))
        return found

    def weight(self) -> Weight:
        """What it holds now."""
        assert self._process is not None
        main = psutil.Process(self._process.pid)
        return Weight(main.memory_info().rss / 2**20, main.num_fds(), len(self._below()))
