"""Where log lines go and what they look like: a logger that is made once from the settings and handed down.

Nothing is configured globally, so two servers in one process do not share a level. Lines go to standard error; every one names
the profile, because a service that runs unconfined code must not look like one that does not.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TypeAlias

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from transformer.settings import Settings

__all__ = ["Logger", "open_log"]

Logger: TypeAlias = FilteringBoundLogger


def open_log(settings: Settings) -> Logger:
    """A logger as the settings want it: JSON lines or lines for people, from `log_level` up, with the profile bound."""
    processors: list[Processor] = [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
    sink: Any
    if settings.log_format == "json":
        processors += [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(orjson.dumps)]
        sink = structlog.BytesLogger(sys.stderr.buffer)
    else:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
        sink = structlog.WriteLogger(sys.stderr)
    levels = structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()])
    # Bound at once: what wrap_logger returns would bind anew for every line.
    log: Logger = structlog.wrap_logger(sink, processors=processors, wrapper_class=levels).bind(profile=settings.profile)
    return log
