"""The caller's trace goes on in the service: its W3C context travels in the metadata of every call, where there is one.

Only who uses OpenTelemetry has a trace, so nothing of it is imported here for those who do not.
"""

from __future__ import annotations

import sys

__all__ = ["traced"]


def traced(metadata: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """`metadata`, and the context of the span that is current, if one is."""
    if "opentelemetry.trace" not in sys.modules:
        return metadata
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # loaded already, or nearly

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return (*metadata, *carrier.items()) if carrier else metadata
