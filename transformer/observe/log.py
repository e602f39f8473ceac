"""Where log lines go and what they look like: a logger that is made once from the settings and handed down.

Nothing is configured globally, so two servers in one process do not share a level. Lines go to standard error; every one names
the profile, because a service that runs unconfined code must not look like one that does not.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import orjson

from transformer.settings import Settings

__all__ = ["Logger", "open_log"]

_Write: TypeAlias = Callable[[str, str, Mapping[str, Any]], None]
_STYLES: Final = {"warning": "yellow", "error": "bold red"}


class Logger:
    """Writes lines: a message, which is always the same for the same occasion, and facts.

    Args:
        write: is given level, message and facts of a line.
        lowest: the lowest level that is written, as `logging` numbers them.
    """

    def __init__(self, write: _Write, lowest: int = logging.NOTSET) -> None:
        self._write = write
        self._lowest = lowest

    def debug(self, message: str, /, **facts: Any) -> None:
        """What helps to find a fault."""
        if self._lowest <= logging.DEBUG:
            self._write("debug", message, facts)

    def info(self, message: str, /, **facts: Any) -> None:
        """What happened."""
        if self._lowest <= logging.INFO:
            self._write("info", message, facts)

    def warning(self, message: str, /, **facts: Any) -> None:
        """What somebody should look at."""
        if self._lowest <= logging.WARNING:
            self._write("warning", message, facts)

    def error(self, message: str, /, **facts: Any) -> None:
        """What should not have happened."""
        if self._lowest <= logging.ERROR:
            self._write("error", message, facts)


def open_log(settings: Settings) -> Logger:
    """A logger as the settings want it: JSON lines or lines for people, from `log_level` up, with the profile bound."""
    lowest = logging.getLevelNamesMapping()[settings.log_level.upper()]
    return Logger((_json if settings.log_format == "json" else _console)(settings.profile), lowest)


def _json(profile: str) -> _Write:
    sink = sys.stderr.buffer

    def write(level: str, message: str, facts: Mapping[str, Any]) -> None:
        line = {"profile": profile, **facts, "level": level, "timestamp": _now(), "message": message}
        sink.write(orjson.dumps(line, default=repr, option=orjson.OPT_APPEND_NEWLINE))
        sink.flush()

    return write


def _console(profile: str) -> _Write:
    from rich.console import Console  # lines for machines do without it
    from rich.text import Text

    console = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def write(level: str, message: str, facts: Mapping[str, Any]) -> None:
        shown = " ".join(f"{name}={_shown(fact)}" for name, fact in {**facts, "profile": profile}.items())
        head = Text(f"{_now()} ", style="dim").append(f"{level:<8} ", style=_STYLES.get(level, "green"))
        console.print(head.append(f"{message:<30} ", style="bold").append(shown))

    return write


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _shown(fact: object) -> str:
    """One word, or quoted, with what a terminal would obey escaped."""
    text = str(fact)
    return text if text.isprintable() and text and not any(mark in text for mark in " '\"=") else repr(text)
