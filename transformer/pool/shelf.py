"""Idle workers, by workspace: the warmest first out, and out altogether after a while or when room is needed."""

from __future__ import annotations

from cachetools import TTLCache

from transformer.pool.process import WorkerProcess

__all__ = ["Shelf"]


class Shelf:
    """Idle workers. What it lets go of comes back from `expired` or `oldest`, for the caller to end."""

    def __init__(self, size: int, idle_seconds: float) -> None:
        self._workers: TTLCache[int, WorkerProcess] = TTLCache(size + 1, idle_seconds)
        self._due: list[WorkerProcess] = []

    def __len__(self) -> int:
        return len(self._workers) + len(self._due)

    def put(self, worker: WorkerProcess) -> None:
        """A worker becomes idle."""
        self._sweep()
        self._workers[id(worker)] = worker

    def take(self, workspace: str) -> WorkerProcess | None:
        """The worker of `workspace` that was busy last, if one is idle."""
        self._sweep()
        for key in reversed(list(self._workers)):
            if self._workers[key].workspace == workspace:
                return self._workers.pop(key)
        return None

    def oldest(self) -> WorkerProcess | None:
        """The worker that has been idle for the longest time, whoever's it is."""
        self._sweep()
        if self._due:
            return self._due.pop()
        key = next(iter(self._workers), None)
        return None if key is None else self._workers.pop(key)

    def expired(self) -> list[WorkerProcess]:
        """Workers whose time is over; each is returned once."""
        self._sweep()
        due, self._due = self._due, []
        return due

    def all(self) -> list[WorkerProcess]:
        """Every worker; the shelf is empty afterwards."""
        workers = [*self.expired(), *(self._workers[key] for key in list(self._workers))]
        self._workers.clear()
        return workers

    def _sweep(self) -> None:
        self._due.extend(worker for _, worker in self._workers.expire())
