"""The command `transformer replay`, and its dry run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from signal import SIGINT, SIGTERM, raise_signal
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from transformer.cli.exits import CommandError, Exit
from transformer.cli.letters import (
    SINK_SETTINGS,
    Codes,
    Everywhere,
    Ids,
    Refs,
    Since,
    Until,
    chosen,
    opened_sink,
    short,
)
from transformer.cli.replay.output import opened_output
from transformer.cli.replay.plan import plan
from transformer.cli.replay.run import Pace, Replay
from transformer.cli.replay.tally import Tally
from transformer.cli.server import SERVER_SETTINGS, actor, check_id, connect_async, parse_ref, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_table, say, stderr
from transformer.cli.words import many, moment
from transformer.deadletters import Kept, Selection, Sink
from transformer.errors import TransformerError
from transformer.settings import Settings

__all__ = ["REPLAY", "instead_of"]

_PIPELINES: Final = "pipelines/"


def replay(
    refs: Refs = None,
    code: Codes = None,
    since: Since = None,
    until: Until = None,
    letter_id: Ids = None,
    everywhere: Everywhere = False,
    through: Annotated[
        list[str] | None,
        typer.Option(
            help="Run them through this instead of what was asked for first: NAME, NAME@4; may be repeated, in order. Or one "
            "pipeline: pipelines/NAME, pipelines/NAME@4.",
            metavar="NAME[@WHICH]",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run nothing; print what would be replayed.")] = False,
    rate: Annotated[float, typer.Option(help="Events per second; 0 for any number.", min=0)] = 1000.0,
    batch_size: Annotated[int, typer.Option(help="Events per batch.", min=1, max=5000)] = 200,
    timeout: Annotated[float, typer.Option(help="Seconds for one batch, its retries included.", min=0.001)] = 30.0,
    output: Annotated[
        Path | None, typer.Option(help="Append what is emitted to this file, not stdout.", metavar="FILE")
    ] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="Print an object per letter, not only outputs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON; needs --output or --dry-run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary on stderr.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Run dead letters through a server again, after a fix, and print what is emitted, one JSON object per line.

    A letter whose event is emitted or dropped is marked as replayed, and never replayed again. One that fails again stays, with
    its new failure. Ctrl-C loses nothing: the same command goes on. --dry-run first shows what would be replayed.
    """
    if as_json and not (dry_run or output):
        raise CommandError("--json prints the summary on stdout; name a file for the events with --output")
    selection = chosen(settings, refs, code, since, until, letter_id, everywhere=everywhere)
    instead = instead_of(through or ())
    with opened_sink(settings) as sink:
        if dry_run:
            return _dry_run(sink, selection, as_json=as_json)
        with sink.replaying():
            groups = plan(sink, selection, instead)
            tally = Tally(sum(len(group.letters) for group in groups))
            if not groups and not quiet:
                say(f"no dead letter fits; looked in {sink.place}", "dim")
            try:
                with opened_output(output, outcomes=outcomes) as target, _progress(tally, quiet=quiet) as advance:

                    async def run() -> None:
                        # As Ctrl-C: between two batches.
                        asyncio.get_running_loop().add_signal_handler(SIGTERM, raise_signal, SIGINT)
                        async with connect_async(settings) as client:
                            made = Replay(sink, client, target, tally, Pace(rate), batch_size, timeout, actor(), advance)
                            await made.run(groups)

                    asyncio.run(run())
            except (TransformerError, CommandError, KeyboardInterrupt):
                if not quiet and tally.done:
                    tally.tell()
                    say("what is not done yet stays; the same command goes on", "dim")
                raise
    if not quiet:
        tally.tell()
    if as_json:
        print_json(tally.json())
    return Exit.OK if tally.held else Exit.NOT_HELD


def instead_of(through: Sequence[str]) -> list[str]:
    """What --through names, as a request names it. Raises CommandError: it names none."""
    pipelines = [ref.removeprefix(_PIPELINES) for ref in through if ref.startswith(_PIPELINES)]
    if not pipelines:
        return [parse_ref(ref).path for ref in through]
    if len(through) > 1:
        raise CommandError("--through: a pipeline is all that is to run; name it alone", Exit.USAGE)
    name, _, version = pipelines[0].partition("@")
    path = f"{_PIPELINES}{check_id(name)}"
    return [f"{path}/versions/{version_number(version, name)}" if version else path]


@dataclass(slots=True)
class _Kind:
    """Letters that failed alike."""

    count: int
    size: int
    oldest: datetime
    newest: datetime

    def add(self, kept: Kept) -> None:
        """Count one more."""
        self.count += 1
        self.size += kept.size
        self.oldest = min(self.oldest, kept.letter.time)
        self.newest = max(self.newest, kept.letter.time)


def _dry_run(sink: Sink, selection: Selection, *, as_json: bool) -> Exit:
    kinds: dict[tuple[str, str, str], _Kind] = {}
    for kept in sink.find(selection):
        time = kept.letter.time
        key = (kept.letter.workspace, kept.failure.version, kept.failure.code)
        kinds.setdefault(key, _Kind(0, 0, time, time)).add(kept)
    rows = sorted(kinds.items(), key=lambda item: (item[0][0], -item[1].count))
    if as_json:
        print_json(
            {
                "selected": sum(kind.count for kind in kinds.values()),
                "kinds": [
                    {
                        "workspace": workspace,
                        "version": version,
                        "code": code,
                        "count": kind.count,
                        "bytes": kind.size,
                        "oldest": kind.oldest.isoformat(),
                        "newest": kind.newest.isoformat(),
                    }
                    for (workspace, version, code), kind in rows
                ],
            }
        )
        return Exit.OK
    if not rows:
        say(f"no dead letter fits; looked in {sink.place}", "dim")
    else:
        print_table(
            ("letters", "workspace", "failed in", "code", "oldest", "newest", "bytes"),
            [
                (f"{kind.count:,}", workspace, short(version), code, moment(kind.oldest), moment(kind.newest), f"{kind.size:,}")
                for (workspace, version, code), kind in rows
            ],
            right=(0, 6),
        )
    say(f"{many(sum(kind.count for kind in kinds.values()), 'dead letter')} would be replayed; nothing was run")
    return Exit.OK


@contextmanager
def _progress(tally: Tally, *, quiet: bool) -> Generator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal."""
    console = stderr()
    if quiet or not console.is_terminal or not tally.total:
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("replaying", total=tally.total)
        yield lambda: progress.update(bar, completed=tally.done)


REPLAY = CommandSpec(
    name="replay",
    run=replay,
    settings=(*SERVER_SETTINGS, *SINK_SETTINGS),
    examples=(
        "transformer replay scrub --dry-run",
        "transformer replay scrub@3 --code T201 --since 6h --output replayed.jsonl",
        "transformer replay --id 18a5cf0e2f5a3b005f3a9c01 --through scrub@4 --outcomes",
        "transformer replay --code T601 --through pipelines/orders",
    ),
)
