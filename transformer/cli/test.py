"""`transformer test`: run code's cases, offline, and show what differs."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from transformer.cases import Case, Difference
from transformer.cases.recorded import Recorded
from transformer.cli.code import own_libraries
from transformer.cli.discovery import Tested, find
from transformer.cli.exits import CommandError, Exit
from transformer.cli.offline import artefact_folder, check_file, plan_of, read_fixtures, run_to_the_end
from transformer.cli.options import Libraries
from transformer.cli.spec import OFFLINE_SETTINGS, CommandSpec
from transformer.cli.talk import findings, line, print_json, say, stdout
from transformer.cli.words import many
from transformer.fixtures import Fixtures
from transformer.pool import Batch, Pool
from transformer.settings import Settings

__all__ = ["TEST"]


@dataclass(frozen=True, slots=True)
class Result:
    """How one case went: it held if nothing differs. `logs` are what the code logged, `unused` answers nobody asked for."""

    case: Case
    differences: tuple[Difference, ...]
    logs: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How the cases of one source file went. Broken code has problems and no results."""

    tested: Tested
    problems: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def failed(self) -> int:
        """How many cases did not hold: all of them, where the code is broken."""
        return len(self.tested.cases) if self.problems else sum(1 for result in self.results if result.differences)


def run_cases(
    paths: Annotated[list[Path], typer.Argument(help="Source files, or folders to search for some.", metavar="PATH")],
    fixtures: Annotated[
        Path | None, typer.Option(help="Recorded answers of host calls for all cases, beside their own.", metavar="FILE")
    ] = None,
    library: Libraries = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Run the cases of transformations, offline, and print what differs.

    Cases lie beside the code: in cases/*.json where a folder holds one source file, or in NAME.cases.json beside NAME.py,
    NAME.ts, …. A case names events and what should become of each: emitted with which outputs, dropped, or failed with
    which code. Nothing is fetched: host calls have the answers that the case records, or --fixtures.
    """
    started = time.monotonic()
    own = own_libraries(library or ())
    found = [tested for path in paths for tested in find(path, own)]
    cases = sum(len(tested.cases) for tested in found)
    if not cases:
        looked = ", ".join(map(str, paths))
        raise CommandError(f"no case was found at {looked}; cases lie in cases/*.json or NAME.cases.json", Exit.NOT_HELD)
    tallies = asyncio.run(_test(found, read_fixtures(fixtures), settings))
    failed = sum(tally.failed for tally in tallies)
    if as_json:
        print_json({"cases": cases, "held": cases - failed, "failed": failed, "files": [_told(tally) for tally in tallies]})
    else:
        for tally in tallies:
            _print(tally)
        seconds = time.monotonic() - started
        say(f"{many(cases, 'case')} in {seconds:.1f} s: {cases - failed} held, {failed} did not", "red" if failed else "green")
    return Exit.NOT_HELD if failed else Exit.OK


async def _test(found: list[Tested], shared: Recorded, settings: Settings) -> list[Tally]:
    async with Pool(settings, artefacts=artefact_folder()) as pool:
        return [await _tally(pool, tested, shared, settings) for tested in found]


async def _tally(pool: Pool, tested: Tested, shared: Recorded, settings: Settings) -> Tally:
    report = await check_file(pool, tested.source, settings.limits)
    if report.problems:
        return Tally(tested, tuple(findings(tested.source.where, report.problems)), ())
    plan = plan_of([tested.source], [report], settings.limits)
    results = []
    for case in tested.cases:
        inputs = case.batch()
        answers = Fixtures(case.recorded.over(shared))
        ledger = await run_to_the_end(pool, plan, Batch(inputs.payloads, inputs.metadata), answers, keep_logs=True)
        logs = tuple(logged for _, lines in sorted(ledger.logs.items()) for logged in lines)
        wrong = tuple(answers.differences(case.judge(ledger)))
        own = set(map(id, case.recorded.entries))
        results.append(Result(case, wrong, logs, tuple(each.path for each in answers.unused if id(each) in own)))
    return Tally(tested, (), tuple(results))


def _print(tally: Tally) -> None:
    console = stdout()
    console.print(line(tally.tested.source.where, "bold"), soft_wrap=True)
    for problem in tally.problems:
        console.print(line(f"  {problem}", "red"), soft_wrap=True)
    if tally.problems:
        console.print(line(f"  its cases were not run: {len(tally.tested.cases)}"), soft_wrap=True)
    if not tally.tested.cases:
        console.print(line("  has no cases", "yellow"), soft_wrap=True)
    for result in tally.results:
        held = not result.differences
        mark = line("  held    " if held else "  DIFFERS ", "green" if held else "bold red")
        console.print(mark.append(result.case.name, style=""), soft_wrap=True)
        for path in result.unused:
            console.print(line(f"    {path} was not asked for", "yellow"), soft_wrap=True)
        if held:
            continue
        console.print(line(f"    in {result.case.where}", "dim"), soft_wrap=True)
        for difference in result.differences:
            console.print(line(f"    {difference.path}"), soft_wrap=True)
            console.print(line(f"      expected  {difference.expected}", "green"), soft_wrap=True)
            console.print(line(f"      got       {difference.got}", "red"), soft_wrap=True)
        for logged in result.logs:
            console.print(line(f"    log: {logged}", "dim"), soft_wrap=True)


def _told(tally: Tally) -> dict[str, object]:
    return {
        "file": tally.tested.source.where,
        "problems": list(tally.problems),
        "cases": [
            {
                "name": result.case.name,
                "file": result.case.where,
                "held": not result.differences,
                "differences": [{"path": d.path, "expected": d.expected, "got": d.got} for d in result.differences],
                "logs": list(result.logs),
                "unused": list(result.unused),
            }
            for result in tally.results
        ],
    }


TEST = CommandSpec(
    name="test",
    run=run_cases,
    settings=OFFLINE_SETTINGS,
    examples=("transformer test scrub.py", "transformer test host.ts", "transformer test library/ --json"),
)
