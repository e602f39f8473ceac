"""Traces: spans that continue the trace of whoever calls, for those who run OpenTelemetry. Off unless a setting says where to.

A request is one span; planning, waiting for a worker and each turn in one are spans below it. Their times are taken anyway, so
the spans of stages are made when the request ends. Attributes are names from the registry, counts and codes, never a message
and nothing from an event. Nothing is registered globally: two servers in one process trace to two places.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from time import perf_counter, time_ns
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from transformer.observe.log import Logger
from transformer.observe.trip import Call, Trip
from transformer.settings import SettingsError

__all__ = ["Traces", "open_exporter"]

_HEADERS: Final = frozenset({"traceparent", "tracestate"})
_FACTS: Final = ("workspace", "versions", "events", "emitted", "dropped", "failed")
_BATCHES: Final = frozenset({"Transform", "TransformStream"})
_NANO: Final = 1_000_000_000
_EXPORT_SECONDS: Final = 5
_LAST_SECONDS: Final = 2.0
_LIBRARY: Final = "opentelemetry"


class Traces:
    """Makes the spans of requests and hands them to an exporter, in a thread of the library's."""

    def __init__(self, exporter: SpanExporter, log: Logger, ratio: float = 1.0) -> None:
        """Sample `ratio` of the traces that begin here. Of those that come with a caller, the caller has decided."""
        resource = Resource.create({"service.name": "transformer", "service.version": version("transformer")})
        sampler = ParentBased(TraceIdRatioBased(ratio))
        self._exporter = exporter
        self._provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("transformer", version("transformer"))
        self._context = TraceContextTextMapPropagator()
        # What the library has to say about exporting goes where our lines go, not past them onto standard error.
        self._library = _Library(log)
        logging.getLogger(_LIBRARY).addHandler(self._library)

    def begin(self, method: str, outer: Span | None, call: Call | None) -> Span:
        """The span of a request: below that of its stream if it is in one, else below the caller's."""
        parent = self._received(call) if outer is None else set_span_in_context(outer)
        attributes = {"rpc.system": "grpc", "rpc.method": method}
        return self._tracer.start_span(method, parent, SpanKind.SERVER, attributes)

    def end(self, trip: Trip, span: Span, ended: float, code: str) -> str:
        """End a request's span and tell its stages. Returns the id of the trace."""
        if span.is_recording():
            now = time_ns() - round((perf_counter() - ended) * _NANO)

            def at(moment: float) -> int:
                return now - round((ended - moment) * _NANO)

            line = trip.line
            span.set_attributes({f"transformer.{name}": line[name] for name in _FACTS if name in line})
            span.set_attribute("transformer.code", code)
            if code != "OK":
                span.set_status(StatusCode.ERROR, code)
            within = set_span_in_context(span)
            planned = trip.ran - trip.batch.seconds if trip.batch is not None else 0.0
            if not planned and code != "OK" and "versions" not in line and trip.method in _BATCHES and not trip.stream:
                planned = ended
            if planned:
                self._stage("plan", within, at(trip.started), at(planned), {})
            for name, end, seconds, facts in trip.stages:
                self._stage(name, within, at(end - seconds), at(end), facts)
            span.end(now)
        return format_trace_id(span.get_span_context().trace_id)

    def close(self) -> None:
        """Hand over what is still held, for two seconds at most, and end the thread. Blocks."""
        enough = threading.Timer(_LAST_SECONDS, self._exporter.shutdown)  # cuts off an export to a peer that does not answer
        enough.start()
        self._provider.shutdown()
        enough.cancel()
        enough.join()
        logging.getLogger(_LIBRARY).removeHandler(self._library)

    def _stage(self, name: str, within: Context, start: int, end: int, facts: Mapping[str, str]) -> None:
        self._tracer.start_span(name, within, attributes=facts, start_time=start).end(end)

    def _received(self, call: Call | None) -> Context:
        carrier: dict[str, Sequence[str]] = {}
        if call is not None:
            for name, value in call.invocation_metadata() or ():
                if name in _HEADERS and isinstance(value, str):
                    carrier[name] = [*carrier.get(name, ()), value]
        return self._context.extract(carrier, Context())


class _Library(logging.Handler):
    """Warnings of the library as lines of ours: only the text of its source, because arguments may quote anything."""

    def __init__(self, log: Logger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.warning("traces", library=record.name, told=str(record.msg))


def open_exporter(target: str) -> SpanExporter:
    """console, otlp:host:port (plain) or otlps:host:port (TLS). Raises SettingsError."""
    if target == "console":
        return ConsoleSpanExporter()
    kind, _, address = target.partition(":")
    host, colon, port = address.rpartition(":")
    if kind not in {"otlp", "otlps"} or not (colon and host and port.isdecimal()):
        raise SettingsError(f"traces: {target!r} is neither console nor otlp:host:port, for example otlp:127.0.0.1:4317")
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # an extra
    except ImportError:
        raise SettingsError("traces: otlp needs the extra `otlp`: pip install 'transformer[otlp]'") from None
    return OTLPSpanExporter(endpoint=address, insecure=kind == "otlp", timeout=_EXPORT_SECONDS)
