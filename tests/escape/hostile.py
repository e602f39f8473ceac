"""Run a folder of hostile files against either wall and both, and say which held: file, wall, held or not, how.

    python tests/escape/hostile.py DIR [--wall language|process|both] [--json] [-k TEXT]

`language` is the Python engine in a worker that is not confined; `process` is a confined worker whose engine hands real
builtins and real imports to the code; `both` is production. Held means: refused when checked, or the event of the attempt fails
with a code that is its own fault, or it returns something harmless; nothing of the host is in what came back (evidence.py); no
process is left; and the next batches, of the same and of another workspace, are answered. The event of an attempt names a file with a secret (`canary`). Exit code 1 if an attempt was not
held, 2 if there is nothing to run.

A file may say in comments at its top what it is about: `# class: mem`, `# walls: process` (default: all) and `# expect: T301
T302` (the codes one of which a failure must have).
"""

import argparse
import asyncio
import dataclasses
import json
import os
import re
import resource
import sys
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))
from evidence import Canaries

from transformer.engines.python.spec import PYTHON
from transformer.errors import TransformerError
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

WALLS = ("language", "process", "both")
BARE = Path(__file__).parent / "bare"
SECONDS = 0.5
MEMORY = 64 * 2**20
OUTER_MEMORY = 1024 * 2**20  # of this process and of everything it starts: without wall 2 nothing else bounds a worker
IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
# What an attempt managed to reach is often no event: this makes an event of it, so that it can be looked at.
SHOW = """
hostile_entry = transformEvent
def transformEvent(event, metadata):
    reached = hostile_entry(event, metadata)
    return reached if isinstance(reached, dict) else {"returned": str(reached)}
"""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What became of one attempt at one wall."""

    file: str
    kind: str
    wall: str
    held: bool
    how: str


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A hostile file."""

    path: Path
    source: str
    kind: str
    walls: tuple[str, ...]
    expect: frozenset[str]

    @classmethod
    def read(cls, path):
        source = path.read_text()
        says = dict(re.findall(r"^# (class|walls|expect): *(.+)$", source, re.MULTILINE))
        walls = tuple(says["walls"].split()) if "walls" in says else WALLS
        if unknown := set(walls) - set(WALLS):
            raise SystemExit(f"{path}: unknown wall {min(unknown)}; walls are {', '.join(WALLS)}")
        return cls(path, source, says.get("class", "?"), walls, frozenset(says.get("expect", "").split()))


class Range:
    """A pool behind one wall, and the shots at it."""

    def __init__(self, pool, wall, canaries):
        self.pool = pool
        self.wall = wall
        self.canaries = canaries

    async def shoot(self, attempt):
        """Try the file as it is, and, against wall 1, once more with its result shown."""
        try:
            told = await self._try(attempt, attempt.source)
            if (
                not told[0]
                or self.wall == "process"
                or told[1].startswith("refused")
                or "def transformEvent" not in attempt.source
            ):
                held, how = told
            else:
                held, how = await self._try(attempt, attempt.source + SHOW)
                how = how if not held else told[1]
            if held and (wrong := await self._aftermath()):
                held, how = False, wrong
        except TransformerError as wrong:
            held, how = False, f"the service was hit: {wrong.message}"
        return Verdict(attempt.path.name, attempt.kind, self.wall, held, how)

    async def _try(self, attempt, source):
        if self.wall != "process":
            report = await self.pool.check("hostile", "python", source, attempt.path.name)
            if report.problems:
                problem = report.problems[0]
                return self._judged(f"refused, line {problem.line}: {problem.message}", problem.message)
        event = {"messageId": "m", "canary": str(self.canaries.path)}
        ledger = await self._run("hostile", source, json.dumps(event).encode())
        if ledger.status[0] == Status.FAILED:
            failure = ledger.failures[0]
            how = f"{failure.code.text} {failure.message}"
            if failure.code.value >= 500:
                return False, f"its failure was called ours: {how}"
            if attempt.expect and failure.code.text not in attempt.expect:
                return False, f"it failed with another code than {', '.join(sorted(attempt.expect))}: {how}"
            return self._judged(how, failure.message, *ledger.logs.get(0, ()))
        back = b" ".join(ledger.payloads).decode()
        how = f"harmless: {back}" if back else "harmless: dropped"
        return self._judged(how, back, ledger.reasons.get(0, ""), *ledger.logs.get(0, ()))

    def _judged(self, how, *texts):
        found = self.canaries.found("\n".join(texts), language=self.wall != "process")
        return (False, found) if found else (True, " ".join(how.split()))

    async def _run(self, workspace, source, payload):
        limits = Limits(event_seconds=SECONDS, turn_seconds=4.0, memory_bytes=MEMORY)
        step = Step(f"{workspace} {source}", "python", "attempt", source)
        return await self.pool.run(Plan(workspace, (step,), limits), Batch([payload]), keep_logs=True)

    async def _aftermath(self):
        """What is wrong now, or "": the next batches of both workspaces are answered, and nothing runs that should not."""
        for workspace in ("hostile", "other"):
            payload = json.dumps(
                {"workspace": workspace, "secret": self.canaries.workspace if workspace == "other" else ""}
            ).encode()
            ledger = await self._run(workspace, IDENTITY, payload)
            if list(ledger.status) != [Status.EMITTED] or json.loads(ledger.payloads[0]) != json.loads(payload):
                return f"the next batch of workspace {workspace} was not answered"
        until = time.monotonic() + 5
        while (extra := self._extra_processes()) and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells when a process is gone
            await asyncio.sleep(0.02)
        return f"processes were left: {extra}" if extra else ""

    def _extra_processes(self):
        below = psutil.Process().children(recursive=True)
        parents = {process.info["ppid"] for process in psutil.process_iter(["ppid"])}
        guests = [child for child in below if child.pid not in parents]
        return max(0, len(guests) - self.pool.stats()["workers"])


async def run(attempts, walls=WALLS, tell=lambda verdict: None):
    """Every verdict over the attempts, in order. The canary in the environment is in os.environ while this runs."""
    canaries = Canaries()
    os.environ["SECRET"] = os.environ["TRANSFORMER_HOSTILE_CANARY"] = canaries.environment
    verdicts = []
    try:
        for wall in walls:
            engines = {"python": dataclasses.replace(PYTHON, module="bare_engine")} if wall == "process" else {"python": PYTHON}
            settings = Settings(event_seconds=SECONDS, memory_bytes=MEMORY, spare_workers=1, turn_seconds=4.0)
            async with Pool(settings, engines=engines, guest_path=(str(BARE),), confine=wall != "language") as pool:
                at = Range(pool, wall, canaries)
                for attempt in attempts:
                    if wall in attempt.walls:
                        verdicts.append(await at.shoot(attempt))
                        tell(verdicts[-1])
    finally:
        canaries.remove()
        del os.environ["SECRET"], os.environ["TRANSFORMER_HOSTILE_CANARY"]
    return verdicts


def show(verdicts):
    """The table, on stdout."""
    table = Table("file", "class", "wall", "held", "how", title="hostile files")
    for verdict in verdicts:
        held = "[green]held[/]" if verdict.held else "[bold red]NOT HELD[/]"
        table.add_row(verdict.file, verdict.kind, verdict.wall, held, verdict.how[:110].replace("[", r"\["))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    lost = sum(not verdict.held for verdict in verdicts)
    console.print(f"{len(verdicts)} attempts, {lost} not held")


def main():
    parser = argparse.ArgumentParser(description="Run hostile files against the walls.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wall", choices=WALLS, action="append", help="only this wall; may be given more than once")
    parser.add_argument("--json", action="store_true", help="verdicts as JSON instead of a table")
    parser.add_argument("-k", default="", metavar="TEXT", help="only files with this in their names")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_DATA, (OUTER_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    progress = Console(stderr=True)
    tell = (
        (lambda verdict: progress.print(f"{verdict.wall:9}{verdict.file}", highlight=False))
        if progress.is_terminal
        else lambda verdict: None
    )
    attempts = [Attempt.read(path) for path in sorted(chosen.folder.glob("*.py")) if chosen.k in path.name]
    verdicts = asyncio.run(run(attempts, chosen.wall or WALLS, tell))
    if not verdicts:
        progress.print(f"{chosen.folder}: no file to run")
        return 2
    if chosen.json:
        sys.stdout.write(json.dumps([dataclasses.asdict(verdict) for verdict in verdicts]) + "\n")
    else:
        show(verdicts)
    return int(not all(verdict.held for verdict in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
