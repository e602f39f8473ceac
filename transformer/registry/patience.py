"""A PostgreSQL connection that gives up on a server which does not answer.

`statement_timeout` is kept by the server, and keepalives are answered by whatever stands in front of it: where a proxy accepts
everything and passes on nothing, neither ends a wait. So the waiting itself has an end, here, and `over` ends it early.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg.waiting import Ready

__all__ = ["PatientConnection"]


class PatientConnection(psycopg.Connection[Any]):
    """As psycopg's, but no wait for the server takes longer than `patience_seconds`, or goes on once `over` is set.

    A connection that gave up is closed: what the server still sends would be taken for the answer to another question.
    """

    patience_seconds: float = 12.0
    over: threading.Event | None = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """As psycopg's. Raises psycopg.OperationalError when the patience is at its end."""
        return super().wait(self._bounded(gen), *args, **kwargs)

    def _bounded(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        until = time.monotonic() + self.patience_seconds
        try:
            awaited = next(gen)
            while True:
                ready = yield awaited
                # psycopg looks up ten times a second, ready or not.
                if ready == Ready.NONE and (time.monotonic() > until or (self.over is not None and self.over.is_set())):
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server did not answer in time")
                awaited = gen.send(ready)
        except StopIteration as done:
            return done.value
