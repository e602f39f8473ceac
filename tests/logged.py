"""A logger for tests to read from."""

from typing import Any

import structlog

from transformer.observe import Logger

__all__ = ["keeping_log"]


def keeping_log(lines: list[dict[str, Any]]) -> Logger:
    """A logger whose lines are kept as dicts: `event`, `level` and the facts."""

    def keep(_: object, level: str, line: dict[str, Any]) -> dict[str, Any]:
        lines.append({**line, "level": level})
        raise structlog.DropEvent

    return structlog.wrap_logger(None, processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(0))
