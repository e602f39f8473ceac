"""Binaries become artefacts: once, in a worker that does nothing else and ends, behind the same wall as all others.

Whoever needs the same artefact at the same time waits for one compilation. Compilations are few at a time, one for each
workspace at most: they take seconds of a core; and what one workspace takes of it in the long run is bounded. Where workers
come from another zygote than an artefact was made for (another wasmtime, another processor), it is made anew; and so it is
where it does not load.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from time import perf_counter
from typing import Any, Final
from weakref import WeakValueDictionary

import orjson
from cachetools import LRUCache, TTLCache

from transformer.engines.base import EngineSpec, Report
from transformer.engines.binary import decode_binary
from transformer.errors import Code, PlatformError, Problem
from transformer.limits import Limits
from transformer.pool.allowance import Allowance
from transformer.pool.artefacts import Artefacts, Built, Key, Ready
from transformer.pool.channel import HungUpError
from transformer.pool.checking import read_report
from transformer.pool.deadline import Deadline
from transformer.pool.ended import CALLER_GONE, CHECKED, RENEWED, TURN, Ended
from transformer.pool.nurseries import Nurseries
from transformer.pool.plan import Plan, Step
from transformer.pool.process import WorkerProcess
from transformer.pool.sealed import Sealed
from transformer.pool.watch import Watch
from transformer.settings import CORES, Settings
from transformer.wire.frames import FrameError, Kind

__all__ = ["BrokenBinaryError", "Compiler"]

_MEMORY_BYTES: Final = 256 * 2**20
_ENTRY_BYTES: Final = 4096
_NAMES: Final = 10_000
_FAILED_SECONDS: Final = 5.0
_AT_ONCE: Final = 4.0
"""How many of the longest compilations a workspace may have one after the other, before it waits."""

_OF_BATCHES: Final = 2.0
"""Batches, which need what was published, may still compile where nothing more can be published."""

_FRESH_SECONDS: Final = 60.0
_ATTEMPTS: Final = 2
_ROOM_FACTOR, _ROOM_LEAST, _ROOM_BINARIES = 64, 4 * 2**20, 4


class BrokenBinaryError(Exception):
    """A step of a plan cannot be compiled, although it was published: `problem` says why."""

    def __init__(self, step: int, problem: Problem) -> None:
        super().__init__(problem.message)
        self.step = step
        self.problem = problem


class _LostError(Exception):
    """The worker that compiled was lost, or had to be ended."""

    def __init__(self, ended: Ended, *, outside: bool) -> None:
        super().__init__(str(ended))
        self.ended = ended
        self.outside = outside


class Compiler:
    """Makes artefacts, and finds those that were made. Belongs to one event loop."""

    def __init__(
        self,
        settings: Settings,
        engines: Mapping[str, EngineSpec],
        nurseries: Nurseries,
        watch: Watch,
        folder: Artefacts | None,
    ) -> None:
        self.engines = frozenset(name for name, spec in engines.items() if spec.binary)
        """Those whose steps need artefacts."""
        self._limits = settings.limits
        self._nurseries = nurseries
        self._watch = watch
        self._folder = folder
        self._built: LRUCache[Key, Built] = LRUCache(
            _MEMORY_BYTES, getsizeof=lambda built: _ENTRY_BYTES + (built.memory.size if built.memory else 0)
        )
        self._failed: TTLCache[Key, PlatformError] = TTLCache(_NAMES, _FAILED_SECONDS)
        self._digests: LRUCache[str, str] = LRUCache(_NAMES)
        self._remade: TTLCache[Key, None] = TTLCache(_NAMES, _FRESH_SECONDS)
        self._allowance = Allowance(settings.compile_share, _AT_ONCE * settings.compile_seconds)
        self._building: dict[Key, asyncio.Task[Built]] = {}
        self._waiting: set[asyncio.Task[Any]] = set()
        self._turns = asyncio.Semaphore(max(1, CORES // 2))
        self._own_turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def check(self, workspace: str, engine: str, source: str, name: str) -> Report:
        """What is wrong with a binary, by compiling it. Raises PlatformError: it could not be tried."""
        content = await asyncio.to_thread(_content, source)
        if isinstance(content, Report):
            return content
        key = await self._key(workspace, engine, sha256(content).hexdigest())
        self._failed.pop(key, None)
        if key not in self._built and (wait := self._allowance.wait(workspace, perf_counter())):
            raise _spent(wait)
        try:
            found = (await self._shared(key, name, content)).report
            return replace(found, problems=list(found.problems), warnings=list(found.warnings), uses=list(found.uses))
        except _LostError as lost:
            if lost.outside:
                told = "the worker that compiled the code was lost; publish again"
                raise PlatformError(Code.WORKER_LOST, told, retry_after_seconds=1.0) from None
            return Report(problems=[Problem(_told(lost.ended, self._limits))])

    async def artefacts(self, plan: Plan, deadline: float | None) -> dict[str, Ready]:
        """What the plan's steps are compiled to, by their keys; only those that are binaries.

        Raises:
            BrokenBinaryError: one of them cannot be compiled.
            PlatformError: it could not be tried, or not in time: `deadline` is in the event loop's time.
        """
        found = {}
        for index, step in enumerate(plan.steps):
            if step.engine in self.engines:
                key = await self._key_of(plan.workspace, step)
                if (built := self._built.get(key)) is not None:
                    self._watch.artefact_found("memory")
                else:
                    built = await self._wait(key, step, deadline)
                if built.memory is None:
                    raise BrokenBinaryError(index, built.report.problems[0])
                found[step.key] = Ready(step.engine, key.fingerprint, built.memory)
        return found

    async def forget(self, plan: Plan, useless: list[Ready]) -> None:
        """These artefacts of the plan's steps do not load: whoever asks next gets others.

        Raises:
            PlatformError: one of them had just been made.
        """
        memories = {id(ready.memory) for ready in useless}
        for step in plan.steps:
            if step.engine in self.engines:
                key = await self._key_of(plan.workspace, step)
                built = self._built.get(key)
                if built is None or id(built.memory) not in memories:
                    continue  # somebody was faster
                if key in self._remade:
                    told = "what the code was compiled to cannot be loaded on this server; send the batch again"
                    raise PlatformError(Code.INTERNAL, told, retry_after_seconds=_FAILED_SECONDS)
                self._remade[key] = None
                del self._built[key]
                self._watch.artefact_useless()
                if self._folder is not None:
                    await asyncio.to_thread(self._folder.forget, key)

    async def close(self) -> None:
        """End what is being compiled. Idempotent."""
        for task in self._building.values():
            task.cancel()
        await asyncio.gather(*self._building.values(), *self._waiting, return_exceptions=True)
        self._built.clear()

    async def _key_of(self, workspace: str, step: Step) -> Key:
        digest = self._digests.get(step.hash)
        if digest is None:
            digest = self._digests[step.hash] = await asyncio.to_thread(lambda: sha256(decode_binary(step.source)).hexdigest())
        return await self._key(workspace, step.engine, digest)

    async def _key(self, workspace: str, engine: str, digest: str) -> Key:
        return Key(workspace, engine, digest, await self._nurseries.of(frozenset({engine})).fingerprint(engine))

    async def _wait(self, key: Key, step: Step, deadline: float | None) -> Built:
        """For a batch: not longer than its caller has time; the compilation goes on."""
        if (failed := self._failed.get(key)) is not None:
            raise failed
        if wait := self._allowance.wait(key.workspace, perf_counter(), times=_OF_BATCHES):
            raise _spent(wait)
        try:
            async with asyncio.timeout_at(deadline):
                return await self._shared(key, step.name, step.source)
        except TimeoutError:
            told = "the code is still being compiled, and the caller's time is over; send the batch again"
            raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0) from None
        except _LostError as lost:
            told = f"the code could not be compiled on this server: {_told(lost.ended, self._limits)}"
            failed = self._failed[key] = PlatformError(Code.WORKER_LOST, told, retry_after_seconds=_FAILED_SECONDS)
            raise failed from None

    async def _shared(self, key: Key, name: str, source: str | bytes) -> Built:
        """Found, or compiled once, however many want it."""
        found = self._built.get(key)
        if found is not None:
            return found
        task = self._building.get(key)
        if task is None:
            task = self._building[key] = asyncio.create_task(self._build(key, name, source))
            task.add_done_callback(lambda done: self._done(key, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise PlatformError(Code.DRAINING, "the service is shutting down", retry_after_seconds=1.0) from None
            raise

    def _done(self, key: Key, task: asyncio.Task[Built]) -> None:
        del self._building[key]
        if not task.cancelled():
            task.exception()  # told to whoever waits, and perhaps nobody does any more

    async def _build(self, key: Key, name: str, source: str | bytes) -> Built:
        if self._folder is not None and (kept := await asyncio.to_thread(self._folder.find, key)) is not None:
            self._watch.artefact_found("folder")
            return self._remember(key, kept)
        own_turn = self._own_turns.setdefault(key.workspace, asyncio.Semaphore(1))
        async with own_turn, self._turns:
            content = await asyncio.to_thread(decode_binary, source) if isinstance(source, str) else source
            try:
                built = await self._timed(key, name, content)
            except OSError as wrong:
                told = f"there is no room for compiled code: {wrong.strerror}"
                raise PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=1.0) from None
        if built.memory is not None and self._folder is not None:
            self._later(asyncio.to_thread(self._folder.keep, key, built))  # nobody waits for the disk
        return self._remember(key, built)

    def _remember(self, key: Key, built: Built) -> Built:
        with suppress(ValueError):  # larger than all that is kept
            self._built[key] = built
        return built

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _timed(self, key: Key, name: str, content: bytes) -> Built:
        """The workspace is charged for the time, whatever came of it."""
        began, outcome = perf_counter(), "lost"
        try:
            built = await self._persistently(key, name, content)
            outcome = "made" if built.memory is not None else "refused"
        finally:
            seconds = perf_counter() - began
            self._allowance.spend(key.workspace, seconds, perf_counter())
            self._watch.compiled(key.workspace, seconds, outcome)
        return built

    async def _persistently(self, key: Key, name: str, content: bytes) -> Built:
        """Again, where the worker was lost with its zygote."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._compile(key, name, content)
            except _LostError as lost:
                if not lost.outside:
                    raise
        return await self._compile(key, name, content)

    async def _compile(self, key: Key, name: str, content: bytes) -> Built:
        limits = self._limits
        binary = await asyncio.to_thread(Sealed.of, (content,))
        room = min(_ROOM_FACTOR * binary.size + _ROOM_LEAST, _ROOM_BINARIES * max(limits.binary_bytes, _ROOM_LEAST))
        target = Sealed.room(room)
        try:
            worker = await self._nurseries.of(frozenset({key.engine})).worker(limits.compile_bytes)
            worker.workspace = key.workspace
            if worker.zygote.fingerprints[key.engine] != key.fingerprint:
                self._watch.worker_ended((await worker.end(RENEWED)).cause)
                told = "the engine was replaced while it was to compile the code; send this again"
                raise PlatformError(Code.WORKER_LOST, told, retry_after_seconds=0.1)
            report, size = await self._ask(worker, {"engine": key.engine, "name": name}, binary, target, room)
            # Only now: while the process is there, it could change what it has written.
            if not 0 < size <= room:
                return Built(report)
            memory, target = target, -1
            return Built(report, await asyncio.to_thread(Sealed, memory, size))
        finally:
            if target >= 0:
                os.close(target)

    async def _ask(
        self, worker: WorkerProcess, request: dict[str, Any], binary: Sealed, target: int, room: int
    ) -> tuple[Report, int]:
        """What it found, and how much it has written to `target`. The worker is gone afterwards."""
        limits = self._limits
        late: list[asyncio.Task[Any]] = []
        deadline = Deadline(
            worker.mark,
            limits.compile_seconds,
            asyncio.get_running_loop().time() + limits.compile_seconds,
            lambda _: late.append(asyncio.ensure_future(worker.end(TURN))),
        )
        reason = CALLER_GONE
        try:
            await worker.channel.send(Kind.CHECK, [orjson.dumps({**request, "size": binary.size, "room": room})])
            await worker.channel.pass_on([binary.descriptor, target])
            answer = read_report(await worker.channel.receive())
            reason = CHECKED
        except (FrameError, HungUpError):
            reason = ""
            ended = await worker.end()
            raise _LostError(ended, outside=worker.zygote.lost and not ended.killed_for) from None
        finally:
            deadline.cancel()
            self._watch.worker_ended((await worker.end(reason)).cause)
        return answer


def _content(source: str) -> bytes | Report:
    try:
        return decode_binary(source)
    except ValueError as wrong:
        return Report(problems=[Problem(f"the source {wrong}")])


def _spent(wait: float) -> PlatformError:
    told = f"the workspace has had its share of compiling (compile_share); in {wait:.0f} s it may go on"
    return PlatformError(Code.RATE_LIMITED, told, retry_after_seconds=wait)


def _told(ended: Ended, limits: Limits) -> str:
    if ended.killed_for == TURN:
        return f"compiling it took longer than {limits.compile_seconds:g} s (compile_seconds): make it smaller"
    return (
        f"compiling it ended its worker ({ended}), which may have needed more than {limits.compile_bytes} bytes of memory "
        "(compile_bytes): make it smaller or simpler"
    )
