"""Where output goes: data to stdout, talk to stderr, colours only on a terminal that wants them.

Nothing is kept between calls, so whoever replaces `sys.stdout` or `sys.stderr` is heard. What draws is loaded when there is
something to say: a server has nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from transformer.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["complain", "findings", "line", "print_json", "print_lines", "print_table", "say", "stderr", "stdout"]

_UNLIMITED: Final = 10_000
"""Columns of an output that is no terminal: scripts get whole lines."""

_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {9: "\t", 10: "\\n", 13: "\\r"}
"""What a terminal would obey and not show: messages and logs come from other people's code."""


def stdout() -> Console:
    """A console for data."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _UNLIMITED)


def stderr() -> Console:
    """A console for talk."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, width=None if sys.stderr.isatty() else _UNLIMITED)


def line(text: str, style: str = "") -> Text:
    """One line that may hold anything: not markup, and control characters are shown, not sent."""
    from rich.text import Text

    return Text(text.translate(_CONTROLS), style=style)


def say(message: str, style: str = "") -> None:
    """One line of talk."""
    stderr().print(line(message, style), soft_wrap=True)


def complain(message: str) -> None:
    """What went wrong; usually one line."""
    first, *rest = message.split("\n")
    stderr().print(line("transformer: ", "bold red").append_text(line(first)), soft_wrap=True)
    for more in rest:
        say(more)


def print_json(value: Any) -> None:
    """`value` as indented JSON, on stdout."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def print_lines(lines: Iterable[str]) -> None:
    """Lines on stdout, with control characters shown."""
    for one in lines:
        sys.stdout.write(f"{one.translate(_CONTROLS)}\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Aligned columns on stdout; the columns in `right` are aligned to the right. Cells are plain text."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in right else "left", no_wrap=not sys.stdout.isatty())
    for row in rows:
        table.add_row(*map(line, row))
    stdout().print(table)


def findings(where: str, problems: Iterable[Problem], kind: str = "") -> list[str]:
    """One line per problem, as compilers write them: `scrub.py:3:5: sentence`; `kind` ("warning") stands before that."""
    prefix = f"{kind}: " if kind else ""
    lines = []
    for problem in problems:
        place = f"{where}:{problem.line}" if problem.line else where
        place += f":{problem.column}" if problem.line and problem.column else ""
        lines.append(f"{place}: {prefix}{problem.message}")
    return lines
