"""Rounds: in each a server of its own, in which every cell has its turn right after the floor of its door and batch.

A fresh server for each round makes what differs from start to start part of the noise that is seen, and not only what differs
from second to second: a later run is another start. The machine runs at two speeds, for minutes each; since each round goes
through all cells, every cell meets both, and its ratio is to a floor that was measured seconds before.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import orjson
import uvloop

from benchmarks.doors import DOORS, http
from benchmarks.echo import METHOD, UNLIMITED
from benchmarks.floors import json_cpu
from benchmarks.load import Round, child, delays, drive
from benchmarks.memory import memory_of
from benchmarks.neighbours import Neighbours
from benchmarks.report.cells import Cell
from benchmarks.report.programs import Program, of, publish_all
from benchmarks.server import free_address, service, wait_for_http
from transformer.registry.sealing import new_key
from transformer.wire.pb.transform_pb2 import TransformResponse

__all__ = ["PACE", "QUICK", "Measured", "Pace", "Stage", "Turn", "first_answer", "refusal", "rounds", "stage"]

FAILED = 3
AIMED_AT = 3
"""So many times as long a cell is measured that a target is about: half a second tells little of a machine with two speeds."""
SPEED_EVENTS = 200


@dataclass(frozen=True)
class Pace:
    """How long things take: `seconds` of load and of requests one by one for a cell, in so many rounds."""

    rounds: int
    load: float
    alone: float
    lives: bool = True


PACE = Pace(7, 0.4, 0.2)
QUICK = Pace(1, 0.15, 0.08, lives=False)


@dataclass(frozen=True)
class Turn:
    """What one cell gave in one round, and what its floor and the smallest server gave right before."""

    events_per_second: float
    cpu_us: float
    delays_ms: list[float]
    floor_us: float
    echo: Round
    echo_delays_ms: list[float]


@dataclass
class Measured:
    """Everything that was seen."""

    turns: dict[tuple[str, str, str, int], list[Turn]] = field(default_factory=dict)
    first_answers: list[float] = field(default_factory=list)
    """Seconds from the start of a server's process to its first answer."""

    rss_mib: list[float] = field(default_factory=list)
    pss_mib: list[float] = field(default_factory=list)
    """Of a server that has run every cell."""

    left_out: dict[tuple[str, str, str, int], str] = field(default_factory=dict)
    """What was not measured, and why."""


@dataclass(frozen=True)
class Stage:
    """Where everything is published once; each server starts with a copy."""

    folder: Path
    settings: dict[str, object]

    @contextlib.contextmanager
    def server(self, *, ready: bool = True, **more: object) -> Iterator[tuple[int, str, str]]:
        """A server on a copy: its pid, its address and that of its gateway."""
        gateway = free_address()
        with tempfile.TemporaryDirectory() as copied:
            shutil.copytree(self.folder, copied, dirs_exist_ok=True)
            told = {**self.settings, "gateway_listen": gateway, **more}
            with service(Path(copied), ready=ready, **told) as (pid, address):
                yield pid, address, gateway


@contextlib.contextmanager
def stage(programs: Sequence[Program]) -> Iterator[Stage]:
    """Publish the programs."""
    with tempfile.TemporaryDirectory() as folder:
        settings: dict[str, object] = {"secrets_key": new_key(), "log_level": "info"}
        with service(Path(folder), **settings) as (_, address):
            publish_all(address, programs)
            look_at(address, programs)
        yield Stage(Path(folder), settings)


def look_at(address: str, programs: Sequence[Program]) -> None:
    """Raise RuntimeError where a program fails at some of its events: what fails is quicker."""
    with grpc.insecure_channel(address, options=UNLIMITED) as channel:
        call = channel.unary_unary(METHOD, response_deserializer=TransformResponse.FromString)
        for program in programs:
            told = call(program.request(200), timeout=60)
            failed = [outcome.failure.message for outcome in told.outcomes if outcome.status == FAILED]
            if failed or not told.outputs:
                raise RuntimeError(f"{program.workload}, {program.language}: {failed[:1]}")


def rounds(found: Sequence[Cell], stage: Stage, pace: Pace, seen: Measured, step: Callable[[str], None]) -> Iterator[int]:
    """Measure, and add to what was `seen`; gives the number of each round at its end.

    `step` is told before each thing that takes time.
    """
    echoes = {"unary": "contract", "stream": "contract", "http": "http"}
    with contextlib.ExitStack() as open_till_end:
        others = open_till_end.enter_context(Neighbours())
        servers = {
            name: open_till_end.enter_context(child("-m", "benchmarks.echo", name))
            for name in {echoes[cell.door] for cell in found}
        }
        for number in range(pace.rounds):
            works: dict[tuple[str, str], float] = {}
            with others.busy():
                speed = json_cpu(found[0].program.events[:SPEED_EVENTS], 1)
                for program in {(c.program.workload, c.program.language): c.program for c in found}.values():
                    step("floors")
                    works[program.workload, program.language] = program.floor(program)
            began = time.perf_counter()
            with stage.server(ready=False) as (pid, address, gateway):
                first = first_answer(address, of([c.program for c in found], *_first(found)).request(1))
                seen.first_answers.append(first - began)
                _warm(found, address, gateway, seen)
                for group in _shuffled([cell for cell in found if cell.key not in seen.left_out], len(seen.first_answers)):
                    one = group[0]
                    echo = servers[echoes[one.door]]
                    step(f"floor of {one.door}, {one.batch}")
                    with others.busy():  # the machine has two speeds: what the work costs now
                        slower = json_cpu(found[0].program.events[:SPEED_EVENTS], 1) / speed
                    door, request = DOORS[one.door], one.request()
                    least = drive(echo[1], echo[0], request, one.batch, pace.load, door=door)
                    least_alone = delays(echo[1], request, pace.alone, door=door)
                    for cell in group:
                        step(f"{cell.program.workload}, {cell.program.language}, {cell.door}, {cell.batch}")
                        where = gateway if cell.door == "http" else address
                        request = cell.request()
                        delays(where, request, pace.alone / 3, door=door)  # warms up what this cell needs
                        seconds = pace.load * (AIMED_AT if cell.aimed_at else 1)
                        load = drive(where, pid, request, cell.batch, seconds, door=door)
                        alone = delays(where, request, pace.alone, door=door)
                        floor = least.cpu_us + works[cell.program.workload, cell.program.language] * slower
                        turn = Turn(load.events_per_second, load.cpu_us, alone, floor, least, least_alone)
                        seen.turns.setdefault(cell.key, []).append(turn)
                memory = memory_of(pid)
                seen.rss_mib.append(memory.main_rss)
                seen.pss_mib.append(memory.tree_pss)
            yield number


def first_answer(address: str, request: bytes) -> float:
    """The time at which a server that is starting has answered. Raises grpc.RpcError after 60 seconds."""
    quickly = [
        ("grpc.initial_reconnect_backoff_ms", 20),
        ("grpc.min_reconnect_backoff_ms", 20),
        ("grpc.max_reconnect_backoff_ms", 20),
    ]
    with grpc.insecure_channel(address, options=[*UNLIMITED, *quickly]) as channel:
        call = channel.unary_unary(METHOD, response_deserializer=TransformResponse.FromString)
        told = call(request, wait_for_ready=True, timeout=60)
        assert told.outcomes[0].status != FAILED, told
        return time.perf_counter()


def _first(found: Sequence[Cell]) -> tuple[str, str]:
    """What the first request asks for: identity in Python, or whatever there is."""
    names = [(cell.program.workload, cell.program.language) for cell in found]
    return ("identity", "python") if ("identity", "python") in names else names[0]


def _warm(found: Sequence[Cell], address: str, gateway: str, seen: Measured) -> None:
    """Load every program; leave out what the gateway does not serve."""
    for program in {(c.program.workload, c.program.language): c.program for c in found}.values():
        delays(address, program.request(1), 0.0)
    for cell in found:
        if cell.door == "http" and (refused := refusal(gateway, cell)):
            seen.left_out[cell.key] = refused


def refusal(address: str, cell: Cell) -> str:
    """Why the gateway does not serve what a cell asks for; "" where it does."""
    if not wait_for_http(address):
        return "nothing answers"
    try:
        answer = uvloop.run(_once(address, cell.request()))
    except (AssertionError, OSError) as told:
        return str(told).partition("\\r")[0]
    told = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    wrong = [one for one in told if one["statusCode"] not in {200, 298}]
    return str(wrong[0].get("error"))[:200] if wrong else ""


async def _once(address: str, request: bytes) -> bytes:
    async with http(address, request) as ask:
        return await ask()


def _shuffled(found: Sequence[Cell], number: int) -> list[list[Cell]]:
    """Groups of one door and batch: another order in each round, so that nobody always follows the same one."""
    dice = random.Random(number)
    groups: dict[tuple[str, int], list[Cell]] = {}
    for cell in found:
        groups.setdefault((cell.door, cell.batch), []).append(cell)
    for group in groups.values():
        dice.shuffle(group)
    ordered = list(groups.values())
    dice.shuffle(ordered)
    return ordered
