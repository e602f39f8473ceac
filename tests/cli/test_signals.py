"""serve, demo and run end when they are told to, and leave nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from transformer.cli.serve import _ready
from transformer.client import Client
from transformer.settings import Settings

PATIENCE_SECONDS = 30


def wait_until(fact: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture
def gone(alive: Callable[[psutil.Process], bool]) -> Callable[[list[psutil.Process]], Callable[[], bool]]:
    return lambda processes: lambda: not any(map(alive, processes))


def listening(process: subprocess.Popen[bytes]) -> str:
    line = process.stdout.readline().decode().strip()
    assert line.startswith("listening on "), process.stderr.read()
    return line.removeprefix("listening on ")


def test_serve_says_where_and_drains_on_sigterm(started, folder, gone):
    process = started("serve", "--listen", "127.0.0.1:0")
    with Client(listening(process)) as client:
        assert client.health() == "SERVING"
    workers = descendants(process)
    assert workers
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_SECONDS) == 0
    wait_until(gone(workers), "workers end with their server")


@pytest.mark.parametrize(("more", "scheme"), [({}, "http"), ({"tls_certificate": "c", "tls_key": "k"}, "https")])
def test_serve_says_where_its_gateway_is(capsys, more, scheme):
    _ready(Settings(**more), ["127.0.0.1:1", "127.0.0.1:2"])
    assert capsys.readouterr().out == f"listening on 127.0.0.1:1\ngateway on {scheme}://127.0.0.1:2\n"


def test_serve_leaves_no_worker_when_it_is_killed(started, folder, gone):
    process = started("serve", "--listen", "127.0.0.1:0")
    listening(process)
    workers = descendants(process)
    process.kill()
    process.wait(PATIENCE_SECONDS)
    wait_until(gone(workers), "workers end without their server")


def test_a_port_that_is_taken_is_one_clear_line(cli):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = cli("serve", "--listen", f"127.0.0.1:{port}")
    assert (ended.code, ended.out) == (2, [])
    assert ended.err == [f"transformer: listen: 127.0.0.1:{port} cannot be bound: address already in use"]


def test_a_registry_that_cannot_be_opened_is_named(cli, tmp_path):
    url = f"sqlite:///{tmp_path}/nowhere/registry.db"
    ended = cli("serve", "--listen", "127.0.0.1:0", "--database-url", url)
    assert (ended.code, ended.out) == (4, [])
    told = "The registry's database is not available: its file cannot be opened. Nothing was changed; send this again."
    assert ended.err[-1] == f"transformer: T505 {told} It is {url} (database_url)."


def test_development_is_loud(started, folder):
    process = started("serve", "--listen", "127.0.0.1:0", "--profile", "development")
    listening(process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert said.decode().splitlines()[0] == (
        "profile development: workers are confined only as far as this system can; not for production"
    )


def test_run_ends_on_ctrl_c_while_it_waits_for_events(started, write, gone):
    write("code.py", "def transformEvent(event, metadata):\n    return event\n")
    process = started("run", "code.py", stdin=subprocess.PIPE)
    process.stdin.write(b'{"n":1}\n')
    process.stdin.flush()
    assert process.stdout.readline() == b'{"n":1}\n'
    workers = descendants(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 130
    said = process.stderr.read().decode().splitlines()
    assert said[0].startswith("1 event in ")
    assert said[1:] == ["transformer: interrupted"]
    wait_until(gone(workers), "workers end with the command")


def test_run_ends_on_ctrl_c_while_code_runs(started, write, events_file, gone):
    write("code.py", "def transformEvent(event, metadata):\n    while event['n']:\n        pass\n    return event\n")
    events = events_file([{"n": 0}, {"n": 1}])
    process = started("run", "code.py", "--events", events, "--batch-size", 1, "--event-seconds", 600, "--turn-seconds", 600)
    assert process.stdout.readline() == b'{"n":0}\n'
    workers = descendants(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 130
    wait_until(gone(workers), "workers end with the command")


@pytest.fixture
def temporary(folder, monkeypatch) -> Path:
    """The folder for temporary files, of this test alone."""
    path = folder / "temporary"
    path.mkdir()
    monkeypatch.setenv("TMPDIR", str(path))
    monkeypatch.setattr("tempfile.tempdir", str(path))
    return path


def test_demo_shows_everything_and_leaves_nothing(cli, temporary):
    others = psutil.Process().children()
    ended = cli("demo", "--count", 600, "--batch-size", 100)
    assert ended.code == 0
    text = "\n".join(ended.out)
    assert "600 events through each: emitted, dropped, failed" in text
    rows = {line.split()[0]: line.split()[1:] for line in ended.out if line.strip()}
    assert rows["all"][:3] == ["600", "0", "0"]
    assert sum(map(int, rows["all"][9:12])) == 600
    assert [int(rows["identify"][column]) > 0 for column in (3, 4, 5)] == [True, False, True]
    assert '-      "email": ' in text
    assert '+    "lastName": ' in text
    assert ended.err[-1] == "the service has ended; nothing is left of it"
    assert [one for one in psutil.Process().children() if one not in others] == []
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_that_is_interrupted_leaves_nothing(started, temporary, number, gone):
    process = started("demo", "--count", 20_000)
    assert process.stderr.readline().startswith(b"a service listens on ")
    ours = descendants(process)
    assert ours
    process.send_signal(number)
    assert process.wait(PATIENCE_SECONDS) == 130
    wait_until(gone(ours), "the service and its workers end with the demo")
    assert list(temporary.iterdir()) == []


def test_demo_whose_service_does_not_start_says_why_and_leaves_nothing(cli, temporary, monkeypatch):
    monkeypatch.setattr("transformer.cli.demo.child._command", lambda *_: ["sh", "-c", "echo no room >&2; exit 3"])
    ended = cli("demo")
    assert (ended.code, ended.out) == (5, [])
    assert ended.err == ["transformer: the service did not start; it said:", "no room"]
    assert list(temporary.iterdir()) == []
