"""Idle workers, by workspace: the warmest first out, and out altogether after a while or when room is needed."""

from __future__ import annotations

from cachetools import TTLCache

from transformer.pool.process import WorkerProcess

__all__ = ["Shelf"]


class _Idle(TTLCache[int, WorkerProcess]):
    """A cache that loses nothing: whatever expires, also while it is merely looked at, is kept in `due`."""

    def __init__(self, size: int, seconds: float) -> None:
        super().__init__(size, seconds)
        self.due: list[WorkerProcess] = []

    def expire(self, time: float | None = None) -> list[tuple[int, WorkerProcess]]:
        expired = list(super().expire(time) or ())
        self.due.extend(worker for _, worker in expired)
        return expired


class Shelf:
    """Idle workers. What it lets go of comes back from `expired` or `oldest`, for the caller to end."""

    def __init__(self, size: int, idle_seconds: float) -> None:
        self._idle = _Idle(size + 1, idle_seconds)
        # Keys by workspace, the warmest last. A worker that expired keeps its key until it is let go of, so no key is reused.
        self._keys: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._idle) + len(self._idle.due)

    def put(self, worker: WorkerProcess) -> None:
        """A worker becomes idle."""
        self._idle[id(worker)] = worker
        self._keys.setdefault(worker.workspace, []).append(id(worker))

    def take(self, workspace: str) -> WorkerProcess | None:
        """The worker of `workspace` that was busy last, if one is idle."""
        for key in reversed(self._keys.get(workspace, ())):
            worker = self._idle.pop(key, None)
            if worker is not None:
                self._forget(worker)
                return worker
        return None

    def oldest(self) -> WorkerProcess | None:
        """The worker that has been idle for the longest time, whoever's it is."""
        self._idle.expire()
        key = next(iter(self._idle), None)
        worker = self._idle.due.pop(0) if self._idle.due else None if key is None else self._idle.pop(key, None)
        if worker is not None:
            self._forget(worker)
        return worker

    def expired(self) -> list[WorkerProcess]:
        """Workers whose time is over; each is returned once."""
        self._idle.expire()
        due, self._idle.due = self._idle.due, []
        for worker in due:
            self._forget(worker)
        return due

    def all(self) -> list[WorkerProcess]:
        """Every worker; the shelf is empty afterwards."""
        workers = [*self.expired(), *(self._idle[key] for key in list(self._idle))]
        self._idle.clear()
        self._keys.clear()
        return workers

    def _forget(self, worker: WorkerProcess) -> None:
        keys = self._keys[worker.workspace]
        keys.remove(id(worker))
        if not keys:
            del self._keys[worker.workspace]
