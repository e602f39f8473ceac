"""The service as a process of its own, which ends with the block that started it, whatever happens in there."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

from transformer.cli.exits import CommandError, Exit
from transformer.cli.serve import LISTENING
from transformer.settings import ENVIRONMENT_PREFIX

__all__ = ["service"]

_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 15.0
_LOG_LINES: Final = 20


@contextmanager
def service(profile: str) -> Generator[str]:
    """A server on a free loopback port with an empty registry of its own; gives its address. Both are gone after the block.

    SIGTERM and SIGHUP end the block as Ctrl-C does. The server is asked to end, and killed with its workers if it does not.

    Raises:
        CommandError: it did not start; the message has the end of what it said.
    """
    with tempfile.TemporaryDirectory(prefix="transformer-demo-") as folder, _signals_end_it():
        log = Path(folder, "log")
        with log.open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                _command(folder, profile),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env={name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)},
                cwd=folder,
                start_new_session=True,  # a Ctrl-C here is ours to pass on; the group is what is killed if need be
            )
        try:
            yield _address(process, log)
        finally:
            _end(process)


def _command(folder: str, profile: str) -> list[str]:
    database = f"sqlite:///{folder}/registry.db"
    flags = ["--listen", "127.0.0.1:0", "--database-url", database, "--profile", profile, "--log-level", "warning"]
    return [sys.executable, "-m", "transformer", "serve", *flags]


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    assert process.stdout is not None
    if select.select([process.stdout], [], [], _START_SECONDS)[0]:
        line = process.stdout.readline().decode()
        if line.startswith(LISTENING):
            return line.removeprefix(LISTENING).strip()
        process.wait(_END_SECONDS)
    said = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
    raise CommandError("\n".join(["the service did not start; it said:", *said]), Exit.BROKEN)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def _signals_end_it() -> Generator[None]:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
