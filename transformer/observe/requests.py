"""One line per request, and the last net: whatever else is raised becomes a fault of ours, told without details.

The line says what was asked and what became of it, never what was in it: no payload, no message of user code, no secret. A
fault's stack is logged as places in our code, without the exception's text, which might quote an event. What the line says is
counted, too, and where the caller's trace is sampled, told as spans: a request is observed once, here.
"""

from __future__ import annotations

import asyncio
import traceback
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from transformer.errors import Code, PlatformError, TransformerError
from transformer.observe.log import Logger
from transformer.observe.metrics import Metrics
from transformer.observe.trip import CURRENT, Call, Trip

if TYPE_CHECKING:
    from transformer.observe.traces import Traces

__all__ = ["Observed", "Observer"]

_FRAMES: Final = 12
_NO_FAULT: Final = frozenset({Code.DRAINING, Code.RATE_LIMITED})  # a deploy, and a caller who was told how much is too much
_CANCELLED: Final = "CANCELLED"


class Observer:
    """What observes the requests of a server."""

    def __init__(self, log: Logger, metrics: Metrics | None = None, traces: Traces | None = None) -> None:
        self.log = log
        self.metrics = Metrics() if metrics is None else metrics
        self.traces = traces

    def request(self, method: str, call: Call | None = None) -> Observed:
        """Observe a request: `with` it, and add facts to the dict that it gives, which end up in the request's log line.

        Raises:
            TransformerError: what the block raised; anything else that it raised becomes PlatformError INTERNAL. Cancellation
            passes.
        """
        return Observed(self, Trip(method), call)

    def stream(self, method: str, call: Call | None = None) -> Observed:
        """The same around a stream, which gets a line when it ends. The batches in it are requests of their own."""
        return Observed(self, Trip(method, stream=True), call)


class Observed:
    """A request under observation. A class, not a generator: it stands in the way of every batch."""

    __slots__ = ("_call", "_observer", "_outer", "_trip")

    def __init__(self, observer: Observer, trip: Trip, call: Call | None) -> None:
        self._observer = observer
        self._trip = trip
        self._call = call

    def __enter__(self) -> dict[str, Any]:
        observer = self._observer
        trip = self._trip
        outer = self._outer = CURRENT.get()
        if observer.traces is not None:
            trip.span = observer.traces.begin(trip.method, None if outer is None else outer.span, self._call)
        CURRENT.set(trip)
        if trip.stream:
            observer.metrics.streams_open += 1
        else:
            observer.metrics.requests_running += 1
        return trip.line

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        observer, trip = self._observer, self._trip
        line, ended = trip.line, perf_counter()
        write = observer.log.info
        status = code = "OK"
        fault = None
        if raised is not None:
            if isinstance(raised, TransformerError):
                status, code = raised.code.name, raised.code.text
                if isinstance(raised, PlatformError) and raised.code not in _NO_FAULT:
                    write = observer.log.error
            elif isinstance(raised, Exception):
                fault = raised
                status, code = Code.INTERNAL.name, Code.INTERNAL.text
                line |= {"fault": type(fault).__qualname__, "stack": _places(fault)}
                write = observer.log.error
            elif isinstance(raised, asyncio.CancelledError | GeneratorExit):
                status = code = _CANCELLED
            else:
                status, code = type(raised).__name__, Code.INTERNAL.text
        line["status"] = status
        line["ms"] = round((ended - trip.started) * 1000, 2)
        if trip.queue:
            line["queue_ms"] = round(trip.queue * 1000, 2)
        if trip.stream:
            observer.metrics.streams_open -= 1
        else:
            observer.metrics.requests_running -= 1
            observer.metrics.answered(trip, ended, code)
        if trip.span is not None and observer.traces is not None:
            line["trace"] = observer.traces.end(trip, trip.span, ended, code)
        CURRENT.set(self._outer)
        write("stream" if trip.stream else "request", **line)
        if fault is not None:
            raise PlatformError(Code.INTERNAL, "a fault of the service; its log says more") from fault


def _places(fault: BaseException) -> list[str]:
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
