"""Refuses batches before they are read, where the pool says that it would refuse them: what an overload costs.

A batch that is parsed, checked, planned, traced and logged before it is refused costs the event loop twice what gRPC alone
takes for a call; of thousands a second that is what the others' batches then lack. So the workspace is read off the first bytes
of a request, the pool is asked, and a refusal leaves with its answer built from parts that were built before. It is counted as
any other; instead of a line for each of them the log gets one per workspace and second, with their number.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from time import perf_counter
from typing import Any, Final, Protocol, runtime_checkable

from transformer.access import rule_of
from transformer.errors import Code, PlatformError
from transformer.observe import Observer
from transformer.service.admission import Admission

__all__ = ["EarlyRefusals", "TurnsAway"]

METHOD: Final = "Transform"
_LINE_SECONDS: Final = 1.0
_WORKSPACE_TAG: Final = b"\n"  # field 1, with a length, which every protobuf library writes first
_COLLECTION: Final = b"workspaces/"
_LONGEST: Final = 127  # what a length of one byte can say
_FULL_RETRY_SECONDS: Final = 0.25


@runtime_checkable
class TurnsAway(Protocol):
    """What is needed of a pool. One that tests put in the real one's place may have none."""

    def crowded(self, workspace: str) -> bool:
        """As `Pool.crowded`."""
        ...

    def turn_away(self, workspace: str, left: float | None) -> PlatformError | None:
        """As `Pool.turn_away`."""
        ...


class EarlyRefusals:
    """Asks the pool about batches that were not read yet, and tells the log and the metrics what came of it."""

    def __init__(self, pool: object, observer: Observer, *, calls: int, admission: Admission | None = None) -> None:
        """At most `calls` batches are carried out at once, waiting ones included; the next is refused, whoever's it is."""
        self._pool = pool if isinstance(pool, TurnsAway) else None
        self._observer = observer
        self._calls = calls
        self._admission = admission
        self._refused: Counter[str] = Counter()

    def of(self, request: bytes, context: Any, inside: int) -> PlatformError | None:
        """The refusal of a request, in its bytes, or None: then it has to be read. `inside` others are carried out.

        Says nothing of a workspace to callers who were not recognised: they are asked who they are first.
        """
        came = perf_counter()
        if inside >= self._calls:
            full = f"{self._calls} batches are being carried out already; send the batch again later"
            return self._told("", PlatformError(Code.NO_CAPACITY, full, retry_after_seconds=_FULL_RETRY_SECONDS), came)
        if self._pool is None or not self._pool.crowded(workspace := _workspace(request)):
            return None
        if not self._recognised(workspace, context):
            return None
        refusal = self._pool.turn_away(workspace, context.time_remaining())
        return None if refusal is None else self._told(workspace, refusal, came)

    def flush(self) -> None:
        """Write the lines of what was refused since the last ones."""
        refused, self._refused = self._refused, Counter()
        for workspace, number in refused.items():
            named = {"workspace": workspace} if workspace else {}
            self._observer.log.warning(
                "refused", method=METHOD, **named, requests=number, status=Code.NO_CAPACITY.name, seconds=_LINE_SECONDS
            )

    def _told(self, workspace: str, refusal: PlatformError, came: float) -> PlatformError:
        if not self._refused:
            asyncio.get_running_loop().call_later(_LINE_SECONDS, self.flush)
        self._refused[workspace] += 1
        self._observer.metrics.turned_away(METHOD, workspace, refusal.code.text, perf_counter() - came)
        return refusal

    def _recognised(self, workspace: str, context: Any) -> bool:
        admission = self._admission
        named = f"{_COLLECTION.decode()}{workspace}"
        return admission is None or admission.recognises(rule_of(METHOD), named, context.invocation_metadata() or ())


def _workspace(request: bytes) -> str:
    """`w`, where a request begins with the workspace `workspaces/w`; else "". Whoever writes it otherwise is read first."""
    if request[:1] != _WORKSPACE_TAG or len(request) < 2 or request[1] > _LONGEST:
        return ""
    name = request[2 : 2 + request[1]]
    return name.removeprefix(_COLLECTION).decode(errors="replace") if name.startswith(_COLLECTION) else ""
