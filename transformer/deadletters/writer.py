"""Between the data path and a sink: a bounded queue and the one thread that empties it.

The data path only ever takes a lock that is held for a moment. Turning events into lines, waiting for disks and databases is
the thread's business. While the sink does not work, letters wait in the queue and the sink is tried again; when the queue is
full, new ones are dropped and counted. One workspace may take half of the queue, so that a flood of one leaves room for others.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from transformer.deadletters.letter import Letter
from transformer.deadletters.sink import Line, Sink, SinkError, Swept

__all__ = ["Batch", "Stats", "TellsLog", "Writer"]

_GATHER_SECONDS: Final = 0.1
"""What comes within this time is written, and made safe on disk, together."""

_REST: Final = 3
_MOST_REST_SECONDS: Final = 2.0
"""After making lines the thread rests three times as long as that took: a flood costs a quarter of a core at most."""

_QUEUE_BYTES: Final = 64 * 2**20
_WRITE_BYTES: Final = 4 * 2**20
"""A sink is asked to keep so much at once. If it does not, it is asked for a quarter next time: a little may still fit."""

_SWEEP_SECONDS: Final = 60.0
_SWEEPS_OF_ROOM: Final = 16
_ENOUGH_FAILURES: Final = 3
"""Workspaces that a sink may fail in a row before the others are left for later: each may have cost a timeout."""

_RETRY_SECONDS: Final = (0.2, 0.5, 1.0, 2.0)
_TELL_SECONDS: Final = 60.0
_YIELD_EVERY: Final = 32
"""Letters that become lines before the thread lets others run: about a fifth of a millisecond."""


class TellsLog(Protocol):
    """What the writer needs of a log."""

    def info(self, event: str, **facts: Any) -> Any:
        """One line."""
        ...

    def warning(self, event: str, **facts: Any) -> Any:
        """One line."""
        ...


class Batch(Protocol):
    """Failed events of one batch, not yet letters."""

    @property
    def workspace(self) -> str:
        """Its id."""
        ...

    @property
    def sizes(self) -> list[int]:
        """The bytes that each takes while it waits."""
        ...

    def letters(self, count: int) -> Iterator[Letter]:
        """The first `count` of them. Called once, in the writer's thread."""
        ...


@dataclass(frozen=True, slots=True)
class Stats:
    """What became of letters since the start.

    kept      safe in the sink
    dropped   not kept: the queue was full, or the sink refused or lost them
    evicted   removed before they were replayed, to make room
    expired   removed before they were replayed, for their age
    waiting   in the queue now
    working   whether the sink did what was last asked of it
    """

    kept: int = 0
    dropped: int = 0
    evicted: int = 0
    expired: int = 0
    waiting: int = 0
    working: bool = True


_Line = tuple[Line, int]
"""A letter's line, and what it takes in the queue."""


class Writer:
    """Keeps what is offered in `sink`. `offer` and `stats` are for any thread; `start` and `close` for the owner.

    queue   letters that may wait; beyond, and beyond 64 MiB of them, new ones are dropped
    """

    def __init__(self, sink: Sink, log: TellsLog, *, queue: int, total_bytes: int) -> None:
        self._sink, self._log, self._queue = sink, log, queue
        self._room = max(1, total_bytes // _SWEEPS_OF_ROOM)
        self._changed = threading.Condition()
        self._offered: deque[tuple[Batch, list[int]]] = deque()
        self._load: dict[str, tuple[int, int]] = {}  # per workspace: letters and bytes that wait
        self._letters = self._bytes = 0
        self._stats = Stats()
        self._closing = self._running = False
        self._ended = threading.Event()
        self._write_bytes = _WRITE_BYTES
        self._pause_seconds = _GATHER_SECONDS
        self._unkept: dict[str, deque[_Line]] = {}
        self._thread = threading.Thread(target=self._run, name="dead letters", daemon=True)
        self._sweep_at = 0.0
        self._written = 0
        self._trouble_told = self._drops_told = float("-inf")
        self._drops_untold = 0

    def start(self) -> None:
        """Begin to keep. The sink is first touched by the thread."""
        self._running = True
        self._thread.start()

    def offer(self, batch: Batch) -> None:
        """Take the failed events of a batch, or as many as there is room for. Never waits, never raises."""
        sizes = batch.sizes
        with self._changed:
            letters, size = self._load.get(batch.workspace, (0, 0))
            most = min(self._queue - self._letters, max(1, self._queue // 2) - letters, len(sizes))
            room = min(_QUEUE_BYTES - self._bytes, _QUEUE_BYTES // 2 - size)
            taken = 0
            while taken < most and not self._closing and (room := room - sizes[taken]) >= 0:
                taken += 1
            if taken:
                self._count(batch.workspace, taken, sum(sizes[:taken]))
                self._offered.append((batch, sizes[:taken]))
                if len(self._offered) == 1:
                    self._changed.notify()
            if taken < len(sizes):
                self._drop(len(sizes) - taken)

    def stats(self) -> Stats:
        """The numbers of this moment."""
        with self._changed:
            return replace(self._stats, waiting=0 if self._closing else self._letters)

    def close(self, seconds: float = 5.0) -> None:
        """Keep what waits, for at most `seconds`, then close the sink. What could not be kept is counted.

        A second call does nothing but end the waiting of the first.
        """
        with self._changed:
            if self._closing:
                self._ended.set()
                return
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._ended.wait(seconds)
        with self._changed:
            lost = self._letters
            self._drop(lost)
        if lost:
            self._say("warning", "dead letters lost at the end", count=lost)
        if not self._running:
            self._sink.close()

    def _run(self) -> None:
        try:
            self._go_on()
        finally:
            self._running = False
            self._ended.set()

    def _go_on(self) -> None:
        failures = 0
        while True:
            with self._changed:
                due = max(0.0, self._sweep_at - time.monotonic())
                if self._unkept:
                    due = min(due, _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1])
                    self._changed.wait_for(lambda: self._closing, due)
                else:
                    self._changed.wait_for(lambda: self._closing or self._offered, due)
                    if self._offered:
                        self._changed.wait_for(lambda: self._closing, self._pause_seconds)
                closing = self._closing
                offered, self._offered = self._offered, deque()
            began = time.monotonic()
            self._make_lines(offered)
            self._pause_seconds = min(max(_GATHER_SECONDS, _REST * (time.monotonic() - began)), _MOST_REST_SECONDS)
            failures = 0 if self._keep_all() else failures + 1
            if closing:
                return
            if time.monotonic() >= self._sweep_at or self._written >= self._room:
                self._sweep()
            self._tell_drops()

    def _make_lines(self, offered: deque[tuple[Batch, list[int]]]) -> None:
        for batch, sizes in offered:
            lines = self._unkept.setdefault(batch.workspace, deque())
            made = 0
            try:
                for letter in batch.letters(len(sizes)):
                    lines.append((Line(letter.id, letter.time, letter.line()), sizes[made]))
                    made += 1
                    if made % _YIELD_EVERY == 0:
                        time.sleep(0)
            except Exception as fault:  # noqa: BLE001 - one event that no line can be made of must not end the thread
                lost = len(sizes) - made
                self._say("warning", "dead letters cannot be written down", fault=type(fault).__qualname__, count=lost)
                self._done(batch.workspace, lost, sum(sizes[made:]), kept=0)
            if not lines:
                del self._unkept[batch.workspace]

    def _keep_all(self) -> bool:
        """Try to keep everything. What the sink does not take stays. Returns whether the sink works."""
        if not self._unkept:
            return True
        reasons: list[str] = []
        for workspace in list(self._unkept):
            lines = self._unkept.pop(workspace)
            reason = self._keep(workspace, lines)
            if lines:
                self._unkept[workspace] = lines  # behind the others: theirs may be taken next time
            if reason:
                reasons.append(reason)
            if len(reasons) == _ENOUGH_FAILURES:
                break
        self._tell_trouble(reasons[0] if reasons else "")
        return not reasons

    def _keep(self, workspace: str, lines: deque[_Line]) -> str:
        """Have the sink keep lines, and take those away that it has. Returns why it did not keep all, "" if it did."""
        while lines:
            group: list[Line] = []
            size = 0
            for line, _ in lines:
                if group and size + len(line.text) > self._write_bytes:
                    break
                group.append(line)
                size += len(line.text)
            try:
                refused = self._sink.keep(workspace, group)
            except Exception as wrong:  # noqa: BLE001 - the thread must outlive whatever a sink does
                self._write_bytes = size // 4
                return str(wrong) if isinstance(wrong, SinkError) else type(wrong).__qualname__
            self._write_bytes = min(_WRITE_BYTES, max(self._write_bytes, size) * 4)
            self._written += size
            weight = sum(lines.popleft()[1] for _ in group)
            self._done(workspace, len(group), weight, kept=len(group) - refused)
        return ""

    def _sweep(self) -> None:
        swept, reason = Swept(), ""
        try:
            swept = self._sink.sweep()
        except SinkError as wrong:
            reason = str(wrong)
        except Exception as fault:  # noqa: BLE001 - as above
            reason = type(fault).__qualname__
        if reason or not self._unkept:
            self._tell_trouble(reason)
        self._sweep_at = time.monotonic() + _SWEEP_SECONDS
        self._written = 0
        with self._changed:
            now = self._stats
            self._stats = replace(now, evicted=now.evicted + swept.evicted, expired=now.expired + swept.expired)
        if swept.evicted:
            self._say("warning", "dead letters removed to make room", count=swept.evicted)
        if swept.expired:
            self._say("info", "dead letters removed for their age", count=swept.expired)

    def _done(self, workspace: str, count: int, size: int, *, kept: int) -> None:
        with self._changed:
            self._count(workspace, -count, -size)
            self._stats = replace(self._stats, kept=self._stats.kept + kept)
            if count > kept:
                self._drop(count - kept)

    def _count(self, workspace: str, letters: int, size: int) -> None:
        """Under the lock."""
        had = self._load.get(workspace, (0, 0))
        self._load[workspace] = (had[0] + letters, had[1] + size)
        if not had[0] + letters:
            del self._load[workspace]
        self._letters += letters
        self._bytes += size

    def _drop(self, count: int) -> None:
        """Under the lock."""
        self._stats = replace(self._stats, dropped=self._stats.dropped + count)
        self._drops_untold += count

    def _say(self, level: str, event: str, **facts: Any) -> None:
        with suppress(OSError, ValueError):  # nobody may read the log any more; letters are kept all the same
            (self._log.info if level == "info" else self._log.warning)(event, **facts)

    def _tell_trouble(self, reason: str) -> None:
        """One line when the sink stops working, one a minute while it does not, one when it works again."""
        with self._changed:
            worked, waiting = self._stats.working, self._letters
            self._stats = replace(self._stats, working=not reason)
        now = time.monotonic()
        if reason and (worked or now - self._trouble_told >= _TELL_SECONDS):
            self._say("warning", "dead letters cannot be kept", reason=reason, waiting=waiting)
            self._trouble_told = now
        elif not reason and not worked:
            self._say("info", "dead letters are kept again", waiting=waiting)

    def _tell_drops(self) -> None:
        now = time.monotonic()
        with self._changed:
            count = self._drops_untold
            if not count or now - self._drops_told < _TELL_SECONDS:
                return
            self._drops_untold, self._drops_told = 0, now
        self._say("warning", "dead letters dropped", count=count)
