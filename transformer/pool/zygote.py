"""The host's side of the zygote: start it, have it fork workers and end them, notice when it is gone.

All requests go one after the other; each is answered within milliseconds, so a zygote that does not answer in time is killed
like any other process that hangs, and with it its workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from transformer.confinement import confinement
from transformer.engines.base import EngineSpec
from transformer.errors import Code, PlatformError
from transformer.pool import scheduling
from transformer.worker.lockdown import STEPS
from transformer.worker.opening import TRAPPED

__all__ = ["Zygote", "ZygoteLost"]

_MESSAGE_BYTES: Final = 1 << 16
_PASSED: Final = "recvmsg"
"""How a worker is given tables, and artefacts: descriptors, over its own socket."""
_START_SECONDS: Final = 30.0
_ANSWER_SECONDS: Final = 10.0

# glibc gives memory of this size back to the system after every batch, and fetches it again for the next: measured 1.6 times
# the cost of a 500-event round trip (shared notes on engines). Only at exec can it be told.
_ALLOCATOR: Final = {
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TRIM_THRESHOLD_": "536870912",
    "MALLOC_TOP_PAD_": "1048576",
    "MALLOC_ARENA_MAX": "1",
}


class ZygoteLost(Exception):  # noqa: N818 - an event more than an error
    """The zygote ended, and every worker with it. Start another one."""

    def __init__(self, *, silent: bool = False) -> None:
        """`silent` says that it was alive as far as anybody knows, but did not answer in time."""
        super().__init__()
        self.silent = silent


class Zygote:
    """A running zygote. Made by `begin`; after `ZygoteLost` nothing but `close` may be called."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket, engines: Mapping[str, EngineSpec]) -> None:
        self._process = process
        self._control = control
        self._lock = asyncio.Lock()
        self.engines = frozenset(engines)
        self.memory_signals = frozenset[str]().union(*(spec.memory_signals for spec in engines.values()))
        """By these a worker ends when memory runs out."""
        self.punctual = frozenset(name for name, spec in engines.items() if spec.keeps_time)
        """Those of its engines that stop code in time themselves."""
        self.extras: list[str] = []
        self.fingerprints: dict[str, str] = {}
        """What artefacts for its workers must be made by, for each engine of binaries."""
        self.pid = process.pid
        self.lost = False
        self.workers = 0
        """Workers of it that were not collected yet, those that are being forked included."""

    @classmethod
    def begin(cls, engines: Mapping[str, EngineSpec], *, guest_path: Sequence[str] = (), confine: bool = True) -> Zygote:
        """Begin to start a zygote, in a process of its own: nothing waits until `ready` does. Raises OSError."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-I", "-m", "transformer.worker", str(theirs.fileno()), *(["apart"] if confine else [])],
                env=_ALLOCATOR,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        ours.setblocking(False)
        binaries = [name for name, spec in engines.items() if spec.binary]
        order = {
            **confinement(
                (_PASSED, *(name for spec in engines.values() for name in spec.system_calls)),
                code_pages=any(spec.code_pages for spec in engines.values()),
                trapped=TRAPPED if binaries else (),
            ),
            "engines": {name: spec.module for name, spec in engines.items()},
            "probes": [spec.probe for spec in engines.values()],
            "binaries": binaries,
            "guest_path": list(guest_path),
            "skip": [] if confine else [step for step in STEPS if step not in {"death_signal", "session", "descriptors"}],
        }
        with contextlib.suppress(OSError):  # it has ended already, which `ready` notices
            ours.send(json.dumps(order).encode())
        return cls(process, ours, engines)

    async def ready(self) -> None:
        """Wait until it can fork. Once, and before anything else is asked; where it raises, the zygote is closed.

        Raises:
            PlatformError: it ended or did not get ready in time; the message holds the last line that it wrote.
            ZygoteLost: it ended without a word, as what is killed from outside does.
        """
        stderr = self._process.stderr
        try:
            hello = await self._answer(_START_SECONDS)
            self.extras, self.fingerprints = hello["extras"], hello["fingerprints"]
        except ZygoteLost as lost:
            said = await asyncio.to_thread(stderr.read) if stderr else b""
            await self.close()
            if not said and not lost.silent:
                raise
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise PlatformError(Code.INTERNAL, f"the zygote did not start: {last or 'it said nothing'}") from None
        except BaseException:
            self.abandon()
            raise
        if stderr:
            stderr.close()

    async def fork(self, sock: socket.socket, mark: int, memory_bytes: int, limits: dict[str, int]) -> int:
        """Fork a worker that has `sock` and the mark behind the descriptor `mark`; both stay open here.

        Returns its pid, as the zygote knows it. Raises ZygoteLost, or PlatformError if the system refuses another process.
        """
        self.workers += 1
        answer = await self._ask({"fork": memory_bytes, "limits": limits}, (sock.fileno(), mark), _ANSWER_SECONDS)
        if "error" in answer:
            self.workers -= 1
            raise PlatformError(Code.NO_CAPACITY, f"no worker can be started: {answer['error']}")
        pid: int = answer["pid"]
        return pid

    def system_pid(self, pid: int) -> int | None:
        """The pid here of one of its workers, which may have a namespace of their own. None: it cannot be found."""
        return scheduling.system_pid(self.pid, pid) if "pid_namespace" in self.extras else pid

    async def end(self, pid: int, wait_seconds: float = 0.0) -> tuple[int, bool]:
        """Collect the worker; kill it and its process group if it has not ended by itself in that time.

        Returns its wait status, and whether it had to be killed. Once per worker. Raises ZygoteLost.
        """
        answer = await self._ask({"end": pid, "wait": wait_seconds}, (), _ANSWER_SECONDS)
        self.workers -= 1
        return answer["status"], answer["killed"]

    async def _ask(self, request: dict[str, Any], descriptors: Sequence[int], seconds: float) -> dict[str, Any]:
        """Shielded from cancellation: an answer that nobody waited for would be taken for the next one's."""
        return await asyncio.shield(asyncio.ensure_future(self._exchange(request, tuple(map(os.dup, descriptors)), seconds)))

    async def _exchange(self, request: dict[str, Any], descriptors: Sequence[int], seconds: float) -> dict[str, Any]:
        try:
            async with self._lock:
                if self.lost:
                    raise ZygoteLost
                message = json.dumps(request).encode()
                try:
                    if descriptors:
                        socket.send_fds(self._control, [message], descriptors)
                    else:
                        self._control.send(message)
                except OSError:
                    raise self._lose(silent=False) from None
                return await self._answer(seconds)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    async def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            answer = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._control, _MESSAGE_BYTES), seconds)
        except TimeoutError:
            raise self._lose(silent=True) from None
        except OSError:
            answer = b""
        if not answer:
            raise self._lose(silent=False)
        result: dict[str, Any] = json.loads(answer)
        return result

    def _lose(self, *, silent: bool) -> ZygoteLost:
        self.lost = True
        self._process.kill()
        return ZygoteLost(silent=silent)

    async def close(self) -> None:
        """End the zygote and every worker with it; returns when it is gone. Idempotent."""
        self.lost = True
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        async with self._lock:  # whoever still waits for an answer finds the stream ended
            self.abandon()

    def abandon(self) -> None:
        """As `close`, for when nobody waits for an answer: at once, and without an event loop. Idempotent."""
        self.lost = True
        self._process.kill()
        self._process.wait()
        self._control.close()
        if self._process.stderr:
            self._process.stderr.close()
