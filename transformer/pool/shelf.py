"""Idle workers, by workspace: the warmest first out, and out altogether after a while or when room is needed.

Two plain tables instead of a cache with expiry: it stands in the way of every batch.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from transformer.pool.process import WorkerProcess

__all__ = ["Shelf"]


class Shelf:
    """Idle workers. What it lets go of comes back from `expired`, `oldest` or `all`, for the caller to end."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._since: dict[WorkerProcess, float] = {}  # the one that has been idle for longest is the first
        self._stacks: dict[str, list[WorkerProcess]] = {}  # by workspace, the warmest last

    def __len__(self) -> int:
        return len(self._since)

    def put(self, worker: WorkerProcess, now: float) -> None:
        """A worker becomes idle."""
        self._since[worker] = now
        stack = self._stacks.get(worker.workspace)
        if stack is None:
            self._stacks[worker.workspace] = [worker]
        else:
            stack.append(worker)

    def take(self, workspace: str, engines: AbstractSet[str]) -> WorkerProcess | None:
        """The worker of `workspace` that was busy last, if one is idle that can run `engines`."""
        stack = self._stacks.get(workspace)
        if not stack:
            return None
        worker = stack[-1]
        if engines <= worker.engines:
            stack.pop()
        else:
            fitting = next((one for one in reversed(stack) if engines <= one.engines), None)
            if fitting is None:
                return None
            stack.remove(worker := fitting)
        del self._since[worker]
        return worker

    def oldest(self) -> WorkerProcess | None:
        """The worker that has been idle for the longest time, whoever's it is."""
        worker = next(iter(self._since), None)
        if worker is not None:
            self._forget(worker)
        return worker

    def expired(self, now: float) -> list[WorkerProcess]:
        """Workers whose time is over; each is returned once."""
        due = [worker for worker, since in self._since.items() if now - since >= self._idle_seconds]
        for worker in due:
            self._forget(worker)
        for workspace in [workspace for workspace, stack in self._stacks.items() if not stack]:
            del self._stacks[workspace]
        return due

    def all(self) -> list[WorkerProcess]:
        """Every worker; the shelf is empty afterwards."""
        workers = list(self._since)
        self._since.clear()
        self._stacks.clear()
        return workers

    def _forget(self, worker: WorkerProcess) -> None:
        del self._since[worker]
        self._stacks[worker.workspace].remove(worker)
