"""Run folders of hostile files against either wall and both, and say which held: file, wall, held or not, how.

    python tests/escape/hostile.py DIR… [--wall language|process|both] [--json] [-k TEXT]

`language` is the engine in a worker that is not confined; `process` is a confined worker whose engine hands real builtins, real
imports and real system calls to the code, whatever its language (`bare/`); `both` is production. The ending of a file says which
engine it is for; WebAssembly stands there as text, or as a program that makes it (modules.py). Held means: refused when checked,
or the event of the attempt fails with a code that is its own fault, or it returns something harmless; nothing of the host is in
what came back (evidence.py); no process is left; and the next batches, of the same and of another workspace, are answered. The
event of an attempt names a file with a secret (`canary`). Exit code 1 if an attempt was not held, 2 if there is nothing to run.

A file may say in comments at its top what it is about: `# class: mem`, `# walls: process` (default: all), `# expect: T301 T302`
(the codes one of which a failure must have) and `# must: failed` or `# must: refused` (a harmless result is then none, where
wall 1 stands); `//` begins them in JavaScript, `;;` in WebAssembly. Attempts of the class `calls` may ask the
host for everything, and are answered.
"""

import argparse
import asyncio
import dataclasses
import hashlib
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
from modules import bytes_of

from transformer.broker import Broker
from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.binary import encode_binary
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.python.spec import PYTHON
from transformer.engines.wasm.spec import WASM
from transformer.errors import Code, TransformerError
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

WALLS = ("language", "process", "both")
BARE = Path(__file__).parent / "bare"
SECONDS = 0.5
EVERYTHING = Capabilities(hosts=("*",), tables=("plans",), secrets=("KEY",), kv="", geolocation=True)
MEMORY = 64 * 2**20
OUTER_MEMORY = 1024 * 2**20  # of this process and of everything it starts: without wall 2 nothing else bounds a worker
ENGINES = {spec.name: spec for spec in (PYTHON, JAVASCRIPT, WASM)}
BARE_MODULES = {"python": "bare_engine", "javascript": "bare_v8", "wasm": "bare_wasm"}
ENDINGS = {**{name: spec.suffixes for name, spec in ENGINES.items()}, "wasm": (".wat", ".wasm.py")}
# What an attempt managed to reach is often no event: this makes an event of it, so that it can be looked at.
SHOW = {
    "python": """
hostile_entry = transformEvent
def transformEvent(event, metadata):
    reached = hostile_entry(event, metadata)
    return reached if isinstance(reached, dict) else {"returned": str(reached)}
""",
    "javascript": """
;{
  const entry = transformEvent;
  const show = (reached) => (Object.prototype.toString.call(reached) === "[object Object]" ? reached : { returned: `${String(reached)}` });
  transformEvent = (event, metadata) => {
    const reached = entry(event, metadata);
    return typeof reached?.then === "function" ? reached.then(show) : show(reached);
  };
}
""",
}
DEFINES = {"python": "def transformEvent", "javascript": "function transformEvent"}


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
    kind: str
    engine: str
    walls: tuple[str, ...]
    expect: frozenset[str]
    must: str

    @classmethod
    def read(cls, path):
        says = dict(re.findall(r"^(?:#|//|;;) (class|walls|expect|must): *(.+)$", path.read_text(), re.MULTILINE))
        walls = tuple(says["walls"].split()) if "walls" in says else WALLS
        if unknown := set(walls) - set(WALLS):
            raise SystemExit(f"{path}: unknown wall {min(unknown)}; walls are {', '.join(WALLS)}")
        expect = frozenset(says.get("expect", "").split())
        return cls(path, says.get("class", "?"), engine_of(path), walls, expect, says.get("must", ""))

    @property
    def source(self):
        """What is published. Made when it is asked for: it may be large."""
        return encode_binary(bytes_of(self.path)) if self.engine == "wasm" else self.path.read_text()


def generous():
    """A broker that answers whatever is asked."""
    broker = Broker()

    async def answer(_workspace, _capabilities, arguments):
        return {
            "status": 200,
            "url": str(arguments.get("url")),
            "headers": [["Set-Cookie", "a=b"]],
            "body": b"{}",
            "values": [1],
        }

    for kind in ("fetch", "kv", "secret", "geolocation"):
        broker.register(kind, answer)
    return broker


def engine_of(path):
    """The engine that a hostile file is for, or "". A program that makes a module is no Python to run."""
    return next((name for name in reversed(ENDINGS) if path.name.endswith(ENDINGS[name])), "")


class Range:
    """A pool behind one wall, and the shots at it."""

    def __init__(self, pool, wall, canaries):
        self.pool = pool
        self.wall = wall
        self.canaries = canaries

    async def shoot(self, attempt):
        """Try the file as it is, and, against wall 1, once more with its result shown; a module, once more as it is."""
        try:
            source = attempt.source
            held, how = await self._try(attempt, source)
            if held and self.wall != "process":
                wanted = {"refused": ("refused",), "failed": ("refused", "T")}.get(attempt.must, ("",))
                if not how.startswith(wanted):
                    held, how = False, f"it must be {attempt.must}: {how}"
            if held and self.wall != "process" and (again := self._again(attempt, source, how)):
                held, told = await self._try(attempt, again)
                how = how if held else told
            if held and (wrong := await self._aftermath(attempt.engine)):
                held, how = False, wrong
        except TransformerError as wrong:
            held, how = False, f"the service was hit: {wrong.message}"
        return Verdict(attempt.path.name, attempt.kind, self.wall, held, how)

    def _again(self, attempt, source, how):
        """The source to try after `attempt` was held like this, or ""."""
        if attempt.engine == "wasm":
            return source if attempt.kind == "state" else ""
        shown = not how.startswith("refused") and DEFINES[attempt.engine] in source
        return source + SHOW[attempt.engine] if shown else ""

    async def _try(self, attempt, source):
        if self.wall != "process":
            report = await self.pool.check("hostile", attempt.engine, source, attempt.path.name)
            if report.problems:
                problem = report.problems[0]
                return self._judged(f"refused, line {problem.line}: {problem.message}", problem.message)
        event = {"messageId": "m", "canary": str(self.canaries.path)}
        patient = bool(attempt.expect) and "T301" not in attempt.expect
        granted = EVERYTHING if attempt.kind == "calls" else NOTHING
        ledger = await self._run(
            "hostile", attempt.engine, source, json.dumps(event).encode(), patient=patient, granted=granted
        )
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

    async def _run(self, workspace, engine, source, payload, *, patient, granted=NOTHING):
        """The ledger of one event; `patient`: at a second try if the time was over, since a busy machine stands still at times."""
        limits = Limits(event_seconds=SECONDS, turn_seconds=4.0, memory_bytes=MEMORY)
        step = Step(
            f"{workspace} {hashlib.sha256(source.encode()).hexdigest()}", engine, "attempt", source, capabilities=granted
        )
        plan, batch = Plan(workspace, (step,), limits), Batch([payload])
        ledger = await self.pool.run(plan, batch, keep_logs=True, broker=generous())
        late = any(failure.code is Code.TIME_LIMIT for failure in ledger.failures.values())
        return await self.pool.run(plan, batch, keep_logs=True, broker=generous()) if patient and late else ledger

    async def _aftermath(self, engine):
        """What is wrong now, or "": the next batches of both workspaces are answered, and nothing runs that should not."""
        for workspace in ("hostile", "other"):
            payload = json.dumps(
                {"workspace": workspace, "secret": self.canaries.workspace if workspace == "other" else ""}
            ).encode()
            ledger = await self._run(workspace, engine, ENGINES[engine].probe, payload, patient=True)
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
            engines = {
                name: dataclasses.replace(spec, module=BARE_MODULES[name], keeps_time=False) if wall == "process" else spec
                for name, spec in ENGINES.items()
            }
            settings = Settings(
                event_seconds=SECONDS,
                memory_bytes=MEMORY,
                spare_workers=1,
                turn_seconds=4.0,
                compile_seconds=4.0,
                compile_bytes=2**28,
                compile_share=1000,  # hundreds of files one after the other, of one workspace: its share is no wall
            )
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
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
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
    files = [path for folder in chosen.folders for path in sorted(folder.iterdir()) if engine_of(path)]
    attempts = [Attempt.read(path) for path in files if chosen.k in path.name]
    verdicts = asyncio.run(run(attempts, chosen.wall or WALLS, tell))
    if not verdicts:
        progress.print(f"{', '.join(map(str, chosen.folders))}: no file to run")
        return 2
    if chosen.json:
        sys.stdout.write(json.dumps([dataclasses.asdict(verdict) for verdict in verdicts]) + "\n")
    else:
        show(verdicts)
    return int(not all(verdict.held for verdict in verdicts))


if __name__ == "__main__":
    raise SystemExit(main())
