"""What the commands about dead letters share: which sink, and which letters of it."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.server import parse_ref
from transformer.deadletters import Selection, Sink, SinkBusyError, SinkError, State, open_sink
from transformer.settings import Settings

__all__ = ["SINK_SETTINGS", "Codes", "Everywhere", "Ids", "Refs", "Since", "Until", "chosen", "opened_sink", "short"]

SINK_SETTINGS: Final = ("database_url", "dead_letters")
"""The settings that say where letters lie."""

_CODE: Final = re.compile(r"T?([0-9]{3})", re.IGNORECASE)
_AGO: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhdw])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MOST_SECONDS: Final = 3_000_000_000.0  # a hundred years
_VERSION_PARTS: Final = 6

Refs = Annotated[
    list[str] | None,
    typer.Argument(
        help="Only letters of events that failed in these: NAME, or NAME@3 for a version.", metavar="[NAME[@VERSION]]..."
    ),
]
Codes = Annotated[list[str] | None, typer.Option("--code", help="Only this code, such as T201; may be repeated.")]
Since = Annotated[
    str | None, typer.Option(help="Only what failed since: 2026-09-01T12:30, or 90m, 6h, 2d ago.", metavar="TIME")
]
Until = Annotated[str | None, typer.Option(help="Only what failed before; written like --since.", metavar="TIME")]
Ids = Annotated[list[str] | None, typer.Option("--id", help="Only the letter of this id; may be repeated.")]
Everywhere = Annotated[bool, typer.Option("--all-workspaces", help="Letters of every workspace, not only of --workspace.")]


def chosen(
    settings: Settings,
    refs: Sequence[str] | None,
    codes: Sequence[str] | None,
    since: str | None,
    until: str | None,
    ids: Sequence[str] | None,
    *,
    everywhere: bool,
    state: State = "waiting",
) -> Selection:
    """The selection that a command line asks for. Raises CommandError, naming what is wrong with it."""
    now = datetime.now(UTC)
    return Selection(
        workspace=None if everywhere else settings.workspace,
        refs=tuple(_ref(text) for text in refs or ()),
        codes=frozenset(_code(text) for text in codes or ()),
        since=_moment(since, "--since", now) if since is not None else None,
        until=_moment(until, "--until", now) if until is not None else None,
        ids=frozenset(ids or ()),
        state=state,
    )


@contextmanager
def opened_sink(settings: Settings) -> Generator[Sink]:
    """The sink of the settings, closed after the block; its errors become CommandErrors."""
    sink = open_sink(settings)
    if sink is None:
        raise CommandError("dead_letters is none: no letters are kept, and none can be looked at")
    try:
        yield sink
    except SinkBusyError as wrong:
        raise CommandError(str(wrong), Exit.TRY_AGAIN) from None
    except SinkError as wrong:
        raise CommandError(f"the dead letters cannot be used: {wrong}", Exit.TRY_AGAIN) from None
    finally:
        sink.close()


def short(version: str) -> str:
    """`scrub@3` for a version's full name."""
    parts = version.split("/")
    return f"{parts[3]}@{parts[5]}" if len(parts) == _VERSION_PARTS else version


def _ref(text: str) -> tuple[str, int]:
    ref = parse_ref(text)
    if ref.alias:
        raise CommandError(f"{text!r}: a letter knows versions, not aliases; write NAME or NAME@3")
    return ref.transformation, ref.version or 0


def _code(text: str) -> str:
    found = _CODE.fullmatch(text)
    if found is None:
        raise CommandError(f"--code {text!r} is no code; write it like T201")
    return f"T{found[1]}"


def _moment(text: str, option: str, now: datetime) -> datetime:
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - timedelta(seconds=min(float(ago[1]) * _UNITS[ago[2]], _MOST_SECONDS))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"{option} {text!r} is no time; write 2026-09-01T12:30 (UTC), or how long ago: 90m, 6h, 2d"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
