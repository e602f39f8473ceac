"""A worker as the host sees it: one confined process, its socket, its progress mark.

A worker is clean between turns. Whatever goes wrong in one (a broken frame, a deadline, a cancelled caller) ends the process;
there is no way to get a worker back into a known state.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Container
from functools import cached_property
from typing import Any

import orjson

from transformer.confinement import missing_steps, refuse
from transformer.errors import Code, PlatformError
from transformer.limits import Limits
from transformer.pool.channel import Channel, HungUpError
from transformer.pool.ended import CALLER_GONE, HANGING_UP, Ended
from transformer.pool.plan import Step
from transformer.pool.sealed import Sealed
from transformer.pool.tables import HeldTables
from transformer.pool.zygote import Zygote, ZygoteLost
from transformer.wire.frames import FrameError, Kind
from transformer.worker import progress
from transformer.worker.loaded import Loaded

__all__ = ["WorkerKilled", "WorkerProcess"]

_HELLO_SECONDS = 10.0
_DYING_SECONDS = 0.25
_SEND_BYTES = 4 * 1024 * 1024
"""What may be under way to the other side; the system gives as much of it as it allows."""


class WorkerKilled(Exception):  # noqa: N818 - an event more than an error
    """Something outside killed a worker before it was ready. Start another one."""


class WorkerProcess:
    """A started worker. `workspace` is "" until its first lease, and never changes after it."""

    def __init__(self, zygote: Zygote, pid: int, channel: Channel, mark: memoryview, versions: int) -> None:
        self.zygote = zygote
        self.engines = zygote.engines
        """What it can run."""
        self.pid = pid
        self.channel = channel
        self.mark = mark
        self.workspace = ""
        self.turns = 0
        self.spent = False
        """Whether it has done all that it is to do, and is not to be kept for another turn."""
        self.since = 0.0
        """When the turn that it is leased for began."""
        self.rested = 0.0
        """How long of that it has only waited for host calls."""
        self.limits: Limits | None = None
        """Those that the worker was told last; it keeps to them until it is told others."""
        self.last_call = 0
        """The id of its newest host call: they grow."""
        self.held: list[str] = []
        self.extras: list[str] = []
        self.tables = HeldTables()
        self._loaded: Loaded[bool] = Loaded(versions)
        self._ended: asyncio.Future[Ended] | None = None

    @classmethod
    async def start(cls, zygote: Zygote, *, profile: str, memory_bytes: int, frame_bytes: int, versions: int) -> WorkerProcess:
        """Fork a worker and wait for its hello. Nothing is left behind if that fails.

        Raises:
            PlatformError: it did not come up, or is confined less than `profile` demands.
            ZygoteLost: there is no zygote any more.
            WorkerKilled: it was killed from outside.
        """
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        descriptor = os.memfd_create("mark")
        try:
            os.ftruncate(descriptor, progress.SIZE)
            mark = progress.open_mark(descriptor)
            mark[0] = progress.IDLE
            limits = {"frame_bytes": frame_bytes, "versions": versions}
            pid = await zygote.fork(theirs, descriptor, memory_bytes, limits)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(descriptor)
        worker = cls(zygote, pid, Channel(ours, frame_bytes), mark, versions)
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                frame = await worker.channel.receive()
            if frame[0] is not Kind.HELLO:
                raise FrameError("no hello")
            hello = orjson.loads(frame[1])
            worker.held, worker.extras = list(hello["held"]), list(hello["extras"])
            if missing := missing_steps(worker.held, profile):
                raise refuse(missing)
        except PlatformError:
            await worker.end("being confined too little")
            raise
        except (FrameError, HungUpError, TimeoutError, ValueError, KeyError, TypeError) as wrong:
            ended = await worker.end()
            if zygote.lost:
                raise ZygoteLost from wrong
            if ended.cause == "outside":
                raise WorkerKilled from wrong
            raise PlatformError(Code.INTERNAL, f"a worker did not come up: {ended}") from wrong
        except BaseException:
            await worker.end(CALLER_GONE)
            raise
        return worker

    @cached_property
    def system_pid(self) -> int | None:
        """Its pid as this process's system has it. None: it cannot be found out. No longer its own once it is `over`."""
        return self.zygote.system_pid(self.pid)

    @property
    def over(self) -> bool:
        """Whether the process has ended or is about to, as far as can be told without waiting."""
        return self._ended is not None or self.zygote.lost or self.channel.hung_up

    def holds(self, step: Step) -> bool:
        """Whether it has the step's version loaded, as far as the host knows."""
        return step.key in self._loaded

    def describe(
        self, steps: tuple[Step, ...], artefacts: Container[str], *, everything: bool = False
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """The steps for a turn's head, with the source of those that the worker does not hold yet, or of all.

        And the keys of those among them that it is to get as artefacts instead, since there are such.
        """
        described: list[dict[str, Any]] = []
        passed: dict[str, None] = {}  # each once
        for index, step in enumerate(steps):
            if step.key in self._loaded and not everything:
                described.append({"hash": step.key, "engine": step.engine, "name": step.name, "index": index})
            elif step.key in artefacts:
                described.append({**step.describe(), "index": index})
                passed[step.key] = None
            else:
                described.append({**step.describe(), "index": index, "source": step.source})
        return described, list(passed)

    async def pass_on(self, key: str, artefact: Sealed) -> None:
        """Give it what the step of this key in its next turn was compiled to. Raises HungUpError."""
        await self.channel.send(Kind.ARTEFACT, [orjson.dumps({"hash": key, "size": artefact.size})])
        await self.channel.pass_on([artefact.descriptor])

    def note_loaded(self, steps: tuple[Step, ...]) -> None:
        """Remember what the worker holds, by its own rule: least recently used out first.

        If the two ever differ, it says MISSING.
        """
        for step in steps:
            if not self._loaded.use(step.key):
                self._loaded.add(step.key, True, step.weight)
        self._loaded.trim()

    async def end(self, reason: str = "") -> Ended:
        """Kill the process and its group, collect it, and say how it ended. Safe to call twice and from two tasks.

        Without a reason, the process is believed to have ended by itself and gets a moment to do so.
        """
        if self._ended is None:
            self._ended = asyncio.ensure_future(self._end(reason))
        return await asyncio.shield(self._ended)

    async def _end(self, reason: str) -> Ended:
        try:
            status, killed = await self.zygote.end(self.pid, 0.0 if reason else _DYING_SECONDS)
        except ZygoteLost:
            return Ended.of(None, reason)
        finally:
            self.channel.close()
        return Ended.of(status, reason or (HANGING_UP if killed else ""))
