"""The server's side of an inspector: start it, ask it, notice when it is gone."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from transformer.confinement import confinement, missing_steps, refuse
from transformer.errors import CallerError, Code, PlatformError
from transformer.tap.parts import HEAD, MAX_BYTES, PartsError, pack, unpack

__all__ = ["Answer", "Inspector", "Order"]

_SYSTEM_CALLS: Final = ("setitimer",)
_START_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 20.0
"""By the clock, for all that is asked at once: the system bounds CPU time much closer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an inspector does: the operator's rules, the watcher's filter and fields; and the profile that it is confined by."""

    rules: Sequence[str]
    filter: str = ""
    fields: Sequence[str] = ()
    profile: str = "strict"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an inspector says: "ready", "refused", "shown", "filtered", "error" or "withheld", with what belongs to it."""

    header: dict[str, Any]
    blobs: Sequence[bytes] = ()

    @property
    def verdict(self) -> str:
        """The word."""
        return str(self.header.get("verdict"))


class Inspector:
    """A running inspector. Made by `start`; `close` it. It is of no use any more once `lost` is true."""

    def __init__(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.pid = process.pid
        self.lost = False

    @classmethod
    async def start(cls, order: Order) -> Inspector:
        """Start one and wait until it has compiled the filter.

        Raises:
            CallerError: BAD_REQUEST: the filter cannot be used, with its place, or takes too much to compile.
            PlatformError: INTERNAL: no process can be started, or it is confined less than the profile demands.
        """
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        # In a thread: starting a process takes milliseconds that batches would have to wait.
        starting = asyncio.ensure_future(asyncio.to_thread(_spawn, theirs))
        try:
            process = await asyncio.shield(starting)
            inspector = cls(process, *await asyncio.open_connection(sock=ours))
        except OSError as wrong:
            ours.close()
            raise PlatformError(Code.INTERNAL, f"no process can be started for the tap: {wrong.strerror}") from None
        except asyncio.CancelledError:
            ours.close()
            starting.add_done_callback(_end)
            raise
        try:
            wall = await asyncio.to_thread(confinement, _SYSTEM_CALLS)
            message = pack(
                {"rules": list(order.rules), "filter": order.filter, "fields": list(order.fields), "confinement": wall}
            )
            answers = await inspector.look([message], _START_SECONDS)
        except BaseException:
            await inspector.close()
            raise
        if answers and answers[0].verdict == "ready":
            missing = missing_steps([*answers[0].header["held"], "death_signal"], order.profile)
            if not missing:
                return inspector
            await inspector.close()
            raise refuse(missing, "the tap")
        await inspector.close()
        raise _refusal(answers[0].header if answers else {})

    async def look(self, messages: Sequence[bytes], seconds: float = _LOOK_SECONDS) -> list[Answer]:
        """The answers, in order. Fewer than messages: the next one was its end, and `lost` is true."""
        answers: list[Answer] = []
        self._writer.write(b"".join(messages))
        try:
            async with asyncio.timeout(seconds):
                for _ in messages:
                    (size,) = HEAD.unpack(await self._reader.readexactly(HEAD.size))
                    if size > MAX_BYTES:
                        raise PartsError(f"{size} bytes")
                    answers.append(Answer(*unpack(await self._reader.readexactly(size))))
        except (asyncio.IncompleteReadError, OSError, PartsError):  # a timeout is an OSError
            self.lost = True
        return answers

    async def close(self) -> None:
        """End the process and wait for its end. Idempotent."""
        self.lost = True
        self._process.kill()
        self._writer.transport.abort()
        await asyncio.shield(asyncio.to_thread(self._process.wait))


def _spawn(theirs: socket.socket) -> subprocess.Popen[bytes]:
    with theirs:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-I", "-m", "transformer.tap.inspector", str(theirs.fileno())],
            env={},
            cwd="/",
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is the server's; but no session of its own: Linux shares cores between sessions first
        )


def _end(started: asyncio.Future[subprocess.Popen[bytes]]) -> None:
    if not started.exception():
        started.result().kill()
        started.result().wait()


def _refusal(header: dict[str, Any]) -> CallerError:
    if "error" in header:
        sentence = f"{header.get('line', 1)}:{header.get('column', 1)}: {header['error']}"
    else:
        sentence = "it takes too much time or memory to compile"
    return CallerError.about("filter", sentence)
