"""How the tests of the command line run it: in this process where that is enough, as a program where signals and pipes matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from transformer.cli.main import main
from transformer.sample_events import sample_events

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and its lines on stdout and stderr."""

    code: int
    out: list[str]
    err: list[str]

    def json(self):
        return json.loads("\n".join(self.out))

    def events(self):
        return [json.loads(line) for line in self.out]


def clean_environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRANSFORMER_")}
    return {**kept, "COLUMNS": "200", **more}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working directory, and no settings but the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TRANSFORMER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def cli(capsys) -> Callable[..., Ended]:
    """cli("check", "a.py"): the command line, in this process."""

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ended(code, said.out.splitlines(), said.err.splitlines())

    return run


@pytest.fixture
def program() -> Callable[..., Ended]:
    """program("events", stdin=b"…"): the same as a program of its own, to its end."""

    def run(*arguments: object, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "transformer", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=clean_environment(**(environment or {})),
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode().splitlines(), done.stderr.decode().splitlines())

    return run


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """started("serve", …): a program that goes on; killed after the test if it still does."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object, **options) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "transformer", *map(str, arguments)],
            stdin=options.get("stdin", subprocess.DEVNULL),
            stdout=options.get("stdout", subprocess.PIPE),
            stderr=options.get("stderr", subprocess.PIPE),
            env=clean_environment(),
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "transformer", "serve", "--listen", "127.0.0.1:0"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=clean_environment(),
        )
        try:
            line = process.stdout.readline().decode().strip()
            assert line.startswith("listening on 127.0.0.1:"), (folder / "log").read_text()
            yield line.removeprefix("listening on ")
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_SECONDS)
            finally:
                process.kill()
                process.communicate()


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The address of a real server with an empty registry, for the tests of one file."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def on(cli, server, request) -> Callable[..., Ended]:
    """on("list"): a command against the server, in a workspace of the test's own."""
    workspace = "w-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:50].strip("-")

    def run(command: str, *arguments: object) -> Ended:
        return cli(command, *arguments, "--server", server, "--workspace", workspace)

    run.workspace = workspace
    return run


@pytest.fixture
def write(folder) -> Callable[[str, object], Path]:
    """write(name, content): a file in the working directory; what is not text is written as JSON."""

    def put(name: str, content: object) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return Path(name)

    return put


@pytest.fixture
def events_file(folder) -> Callable[..., Path]:
    """events_file(events): a JSONL file of them; a number: so many sample events; bytes stand as they are."""

    def put(events, name: str = "events.jsonl") -> Path:
        if isinstance(events, int):
            events = sample_events(events)
        lines = [event if isinstance(event, bytes) else orjson.dumps(event) for event in events]
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))
        return Path(name)

    return put
