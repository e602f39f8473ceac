"""`transformer tap`: JSON lines for programs, differences for people, and a clean end."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import orjson
import pytest

from transformer.client import Client, Event

CODE = """
def transformEvent(event, metadata):
    log("saw it")
    if event.get("do") == "drop":
        raise Drop("not wanted")
    if event.get("do") == "fail":
        return event["nothing"]
    event["n"] += 1
    del event["old"]
    return [event, {"second": True}] if event.get("do") == "two" else event
"""
EVENTS = [
    Event(orjson.dumps({"do": do, "n": 1, "old": "x", "password": "hunter2"}), f"m-{do}")
    for do in ("one", "two", "drop", "fail")
]
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def client(server):
    """A client of the server, where `t` is live."""
    with Client(server) as connected:
        connected.create_transformation("default", "t")
        connected.create_version("default", "t", CODE)
        connected.activate_version("default", "t", 1)
        yield connected


@pytest.fixture
def tapping(started, server):
    """tapping(…): `transformer tap t …`, when its watch is in place."""

    def start(*arguments, **options):
        process = started("tap", "t", *arguments, "--server", server, **options)
        assert process.stderr.readline() == b"watching t; Ctrl-C ends it\n"
        return process

    return start


def send(client):
    client.transform(workspace="default", transformations=["t"], events=EVENTS)


def ended(process):
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, [orjson.loads(line) for line in out.splitlines()], err.decode().splitlines()


def test_a_pipe_gets_an_object_per_event(client, tapping):
    process = tapping("--count", "4", "--logs")
    send(client)
    code, (one, two, drop, fail), err = ended(process)
    assert code == 0
    assert one["before"] == {"do": "one", "n": 1, "old": "x", "password": "[redacted]"}
    assert one["after"] == [{"do": "one", "n": 2, "password": "[redacted]"}]
    assert (one["version"], one["message_id"], one["status"]) == ("t@1", "m-one", "emitted")
    assert two["after"][1] == {"second": True}
    assert (drop["status"], drop["reason"], drop["after"]) == ("dropped", "not wanted", [])
    assert (fail["code"], fail["message"], fail["step"], fail["place"]["line"]) == ("T201", "KeyError: 'nothing'", "t@1", 7)
    assert err[-1].startswith("4 of 4 events in ")


def test_options_reach_the_server(client, tapping):
    process = tapping(
        "--count", "1", "--outcome", "failed", "--outcome", "dropped", "--fields", "do, n", "--filter", 'code != ""'
    )
    send(client)
    code, shown, err = ended(process)
    assert code == 0
    assert [event["before"] for event in shown] == [{"do": "fail", "n": 1}]
    assert err[-1].endswith("shown; left out: 1 not what the filter wants")


def test_ctrl_c_is_a_good_end_with_a_summary(client, tapping):
    process = tapping("--outcome", "emitted")
    send(client)
    assert process.stdout.readline().startswith(b'{"time":')
    assert process.stdout.readline().startswith(b'{"time":')
    process.send_signal(signal.SIGINT)
    code, _, err = ended(process)
    assert (code, len(err)) == (0, 1)
    assert err[0].startswith("2 of 2 events in ")


def test_a_wrong_filter_is_told_with_its_place(cli, client, server):
    done = cli("tap", "t", "--filter", "event.n ==", "--server", server)
    assert (done.code, done.out) == (2, [])
    assert done.err[0].startswith("transformer: T401 filter: 1:11: mismatched input")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nobody"], 3, "T402 "),
        (["t", "--outcome", "lost"], 2, "--outcome 'lost' is none of emitted, dropped, failed"),
        (["t", "--fields", "a..b"], 2, "T401 fields: 'a..b' is no field"),
        (["t@"], 2, "'t@' is no transformation"),
    ],
)
def test_what_cannot_be_watched_is_said(cli, client, server, arguments, code, message):
    done = cli("tap", *arguments, "--server", server)
    assert done.code == code
    assert done.err[0].startswith(f"transformer: {message}")


def test_a_filter_that_fails_is_told(client, tapping):
    process = tapping("--filter", "event.n + 'x' == '' || outcome == 'failed'", "--count", "1")
    send(client)
    code, shown, err = ended(process)
    assert (code, [event["status"] for event in shown]) == (0, ["failed"])
    assert err[-2].endswith("left out: 3 on which the filter failed")
    assert err[-1].startswith("the filter failed: ")


@pytest.mark.need("linux")
def test_people_get_what_changed(client, server):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "NO_COLOR": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "transformer", "tap", "t", "--count", "4", "--logs", "--server", server],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(theirs)
        process.stderr.readline()
        send(client)
        said = b""
        while True:
            try:
                said += os.read(ours, 65536)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
    os.close(ours)
    lines = said.decode().replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "").split("\r\n")
    assert [line.partition(" ")[2] if line[:1] != " " else line for line in lines[:5]] == [
        "t@1 emitted m-one",
        "  ~ n: 1 → 2",
        '  - old: "x"',
        "  log: saw it",
        "t@1 emitted m-two",
    ]
    assert "  output 2 of 2" in lines
    assert "  + second: true" in lines
    assert "  not wanted" in lines
    assert "  T201 KeyError: 'nothing' (t@1:7)" in lines
