"""`transformer run`: events through code, offline, in workers confined as in production."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from transformer.cli.code import SourceFile, own_libraries, read_source
from transformer.cli.exits import CommandError, Exit
from transformer.cli.flow import flow
from transformer.cli.offline import artefact_folder, check_file, library_steps, plan_of, read_fixtures, run_to_the_end
from transformer.cli.options import Libraries, Parameters, Uses
from transformer.cli.reading import EventReader, Lines, metadata_of, opened
from transformer.cli.results import Answer, Printer
from transformer.cli.spec import OFFLINE_SETTINGS, CommandSpec
from transformer.cli.talk import findings, say
from transformer.cli.values import json_object
from transformer.engines.catalog import SUFFIXES
from transformer.fixtures import Fixtures
from transformer.pool import Batch, Pool, Step
from transformer.settings import Settings

__all__ = ["RUN"]


def run(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help=f"Code to run, one file after the other ({', '.join(SUFFIXES)}).", metavar="FILE"),
    ] = None,
    use: Uses = None,
    parameters: Parameters = None,
    library: Libraries = None,
    events: Annotated[Path | None, typer.Option(help="Read events from this file instead of stdin.", metavar="FILE")] = None,
    metadata: Annotated[str, typer.Option(help="Metadata of every event, a JSON object.", metavar="JSON")] = "{}",
    batch_size: Annotated[int, typer.Option(help="Events per batch.", min=1)] = 500,
    fixtures: Annotated[
        Path | None, typer.Option(help="Answer host calls from this file of recorded answers, JSON.", metavar="FILE")
    ] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="Print an object per event, not only outputs.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Print what the code logged.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No failures and no summary on stderr.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Run code over events, offline.

    Events are read from stdin, one JSON object per line; what the code emits is printed the same way, in order. Failed events
    are told on stderr. The code runs in the same confined workers as in production, under the same limits. Nothing is fetched:
    host calls have the recorded answers, if any.
    """
    common, answers = json_object(metadata, "--metadata"), Fixtures(read_fixtures(fixtures))
    own = own_libraries(library or ())
    sources = [read_source(path, own) for path in files or ()]
    more = library_steps(use or (), parameters or ())
    if not sources and not more:
        raise CommandError("name a file to run, or a transform of the library with --use", Exit.USAGE)
    if batch_size > settings.batch_events:
        raise CommandError(f"--batch-size {batch_size} is over the limit (batch_events) of {settings.batch_events}")
    printer = Printer(outcomes=outcomes, logs=logs, quiet=quiet)
    with opened(events) as descriptor:
        reader = EventReader(descriptor, settings.limits, batch_size)
        with printer.told_if_cut_short():
            exit_code = asyncio.run(_run(sources, more, common, reader, printer, answers, settings))
            if not quiet:
                _tell(answers)
            return exit_code


async def _run(
    sources: list[SourceFile],
    more: list[Step],
    common: dict[str, Any],
    reader: EventReader,
    printer: Printer,
    answers: Fixtures,
    settings: Settings,
) -> Exit:
    async with Pool(settings, artefacts=artefact_folder()) as pool:
        reports = [await check_file(pool, source, settings.limits) for source in sources]
        problems = [
            line for source, report in zip(sources, reports, strict=True) for line in findings(source.where, report.problems)
        ]
        if problems:
            for line in problems:
                say(line, "red")
            return Exit.NOT_HELD
        plan = plan_of(sources, reports, settings.limits, more)

        names = tuple(step.name for step in plan.steps)
        asks = any(step.uses_metadata for step in plan.steps)

        async def transform(lines: Lines) -> Answer:
            batch = Batch(lines.payloads, metadata_of(lines.payloads) if asks else None, common=common)
            return Answer(lines, await run_to_the_end(pool, plan, batch, answers, keep_logs=printer.logs), names)

        await flow(reader, transform, printer, settings.workspace_workers)
    return printer.finish()


def _tell(answers: Fixtures) -> None:
    """Say which host calls had no recorded answer, and which answers nobody asked for."""
    for line in answers.missed:
        say(f"no answer is recorded for a host call; to record one, add to --fixtures: {line}", "yellow")
    for name in answers.lacking:
        say(f'no rows are recorded of the table {name}; add {{"tables": {{"{name}": [{{…}}]}}}} to --fixtures', "yellow")
    for entry in answers.unused:
        say(f"{entry.path} of --fixtures was not asked for", "yellow")


RUN = CommandSpec(
    name="run",
    run=run,
    settings=OFFLINE_SETTINGS,
    examples=(
        "transformer events --count 1000 | transformer run scrub.py > scrubbed.jsonl",
        "transformer run split.py sample.ts --events events.jsonl --outcomes",
        'transformer run --use library/drop_fields/v1 --with \'{"keys": ["email"]}\' --events events.jsonl',
    ),
)
