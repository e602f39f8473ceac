"""Where output goes: data to stdout, talk to stderr, colours only on a terminal that wants them.

Nothing is kept between calls, so whoever replaces `sys.stdout` or `sys.stderr` is heard.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from transformer.errors import Problem

__all__ = ["complain", "findings", "print_json", "print_lines", "print_table", "say", "stderr", "stdout"]

_UNLIMITED = 10_000
"""Columns of an output that is no terminal: scripts get whole lines."""


def stdout() -> Console:
    """A console for data."""
    return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _UNLIMITED)


def stderr() -> Console:
    """A console for talk."""
    return Console(file=sys.stderr, highlight=False, width=None if sys.stderr.isatty() else _UNLIMITED)


def say(message: str, style: str = "") -> None:
    """One line of talk. `message` is plain text, not markup."""
    stderr().print(Text(message, style=style), soft_wrap=True)


def complain(message: str) -> None:
    """One line about what went wrong."""
    stderr().print(Text.assemble(("transformer: ", "bold red"), message), soft_wrap=True)


def print_json(value: Any) -> None:
    """`value` as indented JSON, on stdout."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def print_lines(lines: Iterable[str]) -> None:
    """Plain lines on stdout."""
    for line in lines:
        sys.stdout.write(f"{line}\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Aligned columns on stdout; the columns in `right` are aligned to the right. Cells are plain text."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index in right else "left", no_wrap=not sys.stdout.isatty())
    for row in rows:
        table.add_row(*map(Text, row))
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
