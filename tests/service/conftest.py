"""A real server, with real workers and a real registry, shared by the tests of this folder; and what it logged."""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.logged import keeping_log
from tests.migrated import registry_file
from transformer.client import AsyncClient
from transformer.registry import Store
from transformer.registry.records import VersionDraft
from transformer.service import Server
from transformer.settings import Settings

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"

Publish = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
def log_lines() -> list[dict[str, Any]]:
    """What the shared server has logged."""
    return []


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """make_settings(**changes): settings of a server of its own, on a free port, with a registry of its own."""

    def make(**changes: Any) -> Settings:
        folder = tmp_path_factory.mktemp("registry")
        usual = {
            "listen": "127.0.0.1:0",
            "database_url": registry_file(folder),
            "event_seconds": 0.5,
            "spare_workers": 0,
        }
        return Settings(**(usual | changes))

    return make


@pytest.fixture(scope="session")
def open_server(make_settings: Callable[..., Settings]) -> Callable[..., Server]:
    """open_server(log=…, pool=…, **settings): a server to be entered with `async with`, that logs nowhere."""

    def make(log: list[dict[str, Any]] | None = None, pool: Any = None, **changes: Any) -> Server:
        return Server(make_settings(**changes), pool=pool, log=keeping_log([] if log is None else log))

    return make


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(open_server: Callable[..., Server], log_lines: list[dict[str, Any]]) -> AsyncIterator[Server]:
    """The shared server."""
    limits = {"batch_events": 600, "batch_bytes": 200_000, "event_bytes": 50_000, "output_bytes": 100_000}
    async with open_server(log_lines, **limits) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(server: Server) -> AsyncIterator[AsyncClient]:
    """A client of the shared server that does not try again."""
    async with AsyncClient(server.address, actor="tester", attempts=1) as connected:
        yield connected


@pytest.fixture(scope="session")
def new_id() -> Callable[[], str]:
    """new_id(): an id that no other test uses."""
    numbers = itertools.count()
    return lambda: f"t{next(numbers)}"


@pytest.fixture(scope="session")
def publish(client: AsyncClient, new_id: Callable[[], str]) -> Publish:
    """await publish(source, …): the id of a new transformation whose versions are these sources; the last one is live."""

    async def make(*sources: str) -> str:
        name = new_id()
        await client.create_transformation("default", name)
        for source in sources or (IDENTITY,):
            version = await client.create_version("default", name, source)
        await client.activate_version("default", name, version.number)
        return name

    return make


class ServerProcess:
    """A server of its own process; `lines` are its log lines, as they come."""

    def __init__(self, folder: Path, listen: str = "127.0.0.1:0", **environment: object) -> None:
        variables = {f"TRANSFORMER_{name.upper()}": str(value) for name, value in environment.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transformer", "serve", "--listen", listen],
            cwd=folder,
            env=os.environ | {"TRANSFORMER_DATABASE_URL": f"sqlite:///{folder}/registry.db"} | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.address = self.until("serving")["address"]

    def _read(self) -> None:
        for text in self.process.stderr:
            if text.startswith("{"):
                self.lines.put(json.loads(text))

    def until(self, message: str) -> dict[str, Any]:
        """The next line that says `message`; those before it are gone."""
        end = time.monotonic() + 30
        while True:
            line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            if line["message"] == message:
                return line

    def wait(self) -> int:
        """The exit code, after its end."""
        code = self.process.wait(30)
        self.reader.join(10)
        return code

    def close(self) -> None:
        """Kill it if it runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        self.process.stderr.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """start(listen=…, **settings): a server process; those of one test share a registry. Killed after the test."""
    started: list[ServerProcess] = []

    def make(**environment: Any) -> ServerProcess:
        started.append(ServerProcess(tmp_path, **environment))
        return started[-1]

    yield make
    for each in started:
        each.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A registry of its own: `clean` with versions 1 and 2, 1 of them live."""
    store = Store(registry_file(tmp_path))
    store.create_transformation("default", "clean", "")
    for number in (1, 2):
        store.add_version("default", "clean", VersionDraft("python", f"def transformEvent(e, m): return {number}"))
    store.activate("default", "clean", "live", 1)
    yield store
    store.close()
