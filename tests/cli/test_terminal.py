"""On a terminal: progress while events run, colours unless they are not wanted, and clean data on stdout all the same."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


def on_a_terminal(arguments: list[str], stdin: bytes, **environment: str) -> tuple[bytes, bytes]:
    """stdout, which is a pipe, and stderr, which is a terminal."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    with subprocess.Popen(
        [sys.executable, "-m", "transformer", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": "120", **environment},
    ) as process:
        os.close(theirs)
        process.stdin.write(stdin)
        process.stdin.close()
        out = process.stdout.read()
        said = b""
        while True:
            try:
                said += os.read(ours, 65536)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
    os.close(ours)
    return out, said


@pytest.mark.need("linux")
def test_progress_is_shown_and_results_stay_clean(write):
    write("code.py", IDENTITY)
    events = b"".join(b'{"n":%d}\n' % n for n in range(300))
    out, said = on_a_terminal(["run", "code.py", "--batch-size", "100"], events)
    assert out == events
    assert b"no events yet" in said
    assert b"300 events in " in said


@pytest.mark.need("linux")
def test_colours_can_be_refused():
    _, coloured = on_a_terminal(["nonsense"], b"")
    _, plain = on_a_terminal(["nonsense"], b"", NO_COLOR="1")
    assert b"\x1b[1;31mtransformer: " in coloured
    assert b"\x1b[1;31m" not in plain
    assert b"\x1b[31m" not in plain
