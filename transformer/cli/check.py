"""`transformer check`: what publishing would say about code, without publishing it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from transformer.cli.code import SourceFile, own_libraries, read_source
from transformer.cli.exits import Exit
from transformer.cli.offline import artefact_folder, check_file, plan_of
from transformer.cli.options import Libraries
from transformer.cli.spec import OFFLINE_SETTINGS, CommandSpec
from transformer.cli.talk import findings, print_json, print_lines, say
from transformer.engines.base import Report
from transformer.engines.catalog import SUFFIXES
from transformer.errors import Problem
from transformer.limits import Limits
from transformer.pool import Pool
from transformer.settings import Settings

__all__ = ["CHECK"]


def check(
    files: Annotated[list[Path], typer.Argument(help=f"Code to check ({', '.join(SUFFIXES)}).", metavar="FILE")],
    library: Libraries = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Compile code and try it on sample events, in a confined worker, as publishing does.

    Every problem is printed as FILE:LINE:COLUMN: SENTENCE. Warnings do not make the check fail.
    """
    own = own_libraries(library or ())
    sources = [read_source(path, own) for path in files]
    reports = asyncio.run(_check(sources, settings))
    broken = sum(1 for report in reports if report.problems)
    if as_json:
        print_json([_told(source, report) for source, report in zip(sources, reports, strict=True)])
    else:
        for source, report in zip(sources, reports, strict=True):
            print_lines(findings(source.where, report.problems))
            print_lines(findings(source.where, report.warnings, "warning"))
        say(f"{len(sources)} checked, {len(sources) - broken} hold, {broken} do not", "red" if broken else "green")
    return Exit.NOT_HELD if broken else Exit.OK


async def _check(sources: list[SourceFile], settings: Settings) -> list[Report]:
    async with Pool(settings, artefacts=artefact_folder()) as pool:
        return [await _check_one(pool, source, settings.limits) for source in sources]


async def _check_one(pool: Pool, source: SourceFile, limits: Limits) -> Report:
    """What publishing finds, in its own order: compile first, then sample events."""
    from transformer.registry import probe  # brings the database's libraries; other commands start without them

    report = await check_file(pool, source, limits)
    if not report.problems:
        plan = plan_of([source], [report], probe.limited(limits))
        answers = probe.answers_for_samples()
        ledger = await pool.run(answers.apart(plan), probe.sample_batch(), broker=answers.broker, tables=answers)
        refused, warned = probe.judge(ledger, limits, answers)
        report.problems += refused
        report.warnings += warned
    return report


def _told(source: SourceFile, report: Report) -> dict[str, object]:
    return {
        "file": source.where,
        "held": not report.problems,
        "entry_point": report.entry_point,
        "problems": [_problem(problem) for problem in report.problems],
        "warnings": [_problem(problem) for problem in report.warnings],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"line": problem.line, "column": problem.column, "message": problem.message}


CHECK = CommandSpec(
    name="check",
    run=check,
    settings=OFFLINE_SETTINGS,
    examples=("transformer check scrub.py", "transformer check src/*.ts --json"),
)
