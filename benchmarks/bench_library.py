"""What does each transform of the library cost for an event, in each of its languages?

    python -m benchmarks.bench_library [--quick] [--only pii]

µs of CPU per event of about 1 KB, in this process: less decoding and encoding the same events, which every step of a batch
shares. In JavaScript that holds the way of the event into V8 and back (`nothing` is that alone). Each has the parameters of the
first of its cases that should not fail. Where these make it ask the host, it is measured through a worker, its calls answered
by what that case recorded, in wall time less that of a transformation which returns its event, the least of several rounds.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import orjson

from benchmarks.machine import cpu_of, machine, options, save, table
from transformer.engines.base import Drop, Host, Invalid, Retry
from transformer.engines.catalog import ENGINES
from transformer.engines.python import natives
from transformer.fixtures import Fixtures
from transformer.library import shelf
from transformer.library.cases import LibraryCase, cases_of
from transformer.library.shelf import Transform
from transformer.pool import Batch, Plan, Pool, Step
from transformer.sample_events import event_stream
from transformer.settings import Settings

EVENTS = 200
PLAIN = Step("plain", "python", "plain", ENGINES["python"].probe)


def events(case: LibraryCase) -> list[bytes]:
    """Generated events, and between them those of the case: some transforms look for what only these have."""
    own = [orjson.dumps(event) for event in (case.case.events if case.case else ())]
    made = list(plain())
    made[:: max(1, EVENTS // 10)] = [own[at % len(own)] for at in range(len(made[:: max(1, EVENTS // 10)]))]
    return made


def plain() -> Iterator[bytes]:
    """Generated events."""
    return map(orjson.dumps, islice(event_stream(7), EVENTS))


def shown(transform: Transform, engine: str) -> LibraryCase | None:
    """The case whose parameters it gets: the first that runs and should not fail."""
    for case in cases_of(transform):
        if case.case is not None and not case.function and engine in case.engines and not case.raised:
            expected = case.case.expect or ()
            if all(type(one).__name__ != "Failed" for one in expected):
                return case
    return None


def in_process(engine: Any, step: Step, payloads: list[bytes], rounds: int) -> tuple[float, float]:
    """µs per event of the code alone, and the share of events that fail."""
    program = engine.load(step.source, "bench", Host(libraries=step.libraries))
    failed = 0

    def run() -> None:
        nonlocal failed
        failed = 0
        if program.entry_point == "transformBatch":
            program.call([orjson.loads(payload) for payload in payloads], _metadata)
            return
        for payload in payloads:
            try:
                orjson.dumps(program.call(orjson.loads(payload), _metadata), None, orjson.OPT_NON_STR_KEYS)
            except (Drop, Retry, Invalid):
                continue
            except Exception:  # noqa: BLE001 - what code raises
                failed += 1

    def floor() -> None:
        for payload in payloads:
            orjson.dumps(orjson.loads(payload))

    whole, base = (cpu_of(each, rounds=rounds, least_seconds=0.02) for each in (run, floor))
    return max(0.0, whole - base) / len(payloads) * 1e6, failed / len(payloads)


def _metadata(_event: object) -> dict[str, Any]:
    return {}


async def through_worker(pool: Pool, step: Step, case: LibraryCase, payloads: list[bytes], rounds: int) -> tuple[float, float]:
    """The same by wall time, with host calls."""
    failed = 0

    async def run(one: Step) -> float:
        nonlocal failed
        fixtures = Fixtures(case.case.recorded if case.case else None)
        began = time.perf_counter()
        plan = Plan("bench", (one,), pool.settings.limits)
        ledger = await pool.run(plan, Batch(payloads), broker=fixtures.broker, tables=fixtures)
        failed = len(ledger.failures)
        return time.perf_counter() - began

    pairs = [(await run(PLAIN), await run(step)) for _ in range(2 * rounds + 1)][1:]
    base, whole = (min(found) for found in zip(*pairs, strict=True))  # whatever else ran can only have added
    return max(0.0, whole - base) / len(payloads) * 1e6, failed / len(payloads)


def chosen_transforms(only: str | None) -> Iterator[Transform]:
    for name in shelf.names():
        transform = shelf.find(name)
        if transform is not None and transform.entry_point and (only is None or transform.manifest.name == only):
            yield transform


async def measure(only: str | None, *, quick: bool) -> list[dict[str, Any]]:
    rounds = 2 if quick else 5
    rows: list[dict[str, Any]] = []
    nothing: dict[str, Any] = {"transform": "nothing", "by": "cpu"}
    engines = opened()
    settings = Settings(spare_workers=0, event_seconds=30, turn_seconds=120)
    for name in engines:
        own, _ = in_process(engines[name](), Step("nothing", name, "nothing", ENGINES[name].probe), list(plain()), rounds)
        nothing[f"{name}_us"] = round(own, 2)
    rows.append(nothing)
    async with Pool(settings) as pool:
        for transform in chosen_transforms(only):
            row: dict[str, Any] = {"transform": transform.reference, "by": "cpu"}
            for engine in transform.sources:
                case = shown(transform, engine)
                if case is None or (step := case.step(engine)) is None or engine not in engines:
                    continue
                if step.capabilities:
                    row["by"] = "wall"
                    own, failed = await through_worker(pool, step, case, events(case), rounds)
                else:
                    own, failed = in_process(engines[engine](), step, events(case), rounds)
                row |= {f"{engine}_us": round(own, 2), f"{engine}_failed": round(failed, 3)}
            rows.append(row)
    return rows


def opened() -> dict[str, Callable[[], Any]]:
    """The engines, each opened when it is first asked for."""
    from importlib import import_module

    natives.open_all()
    made: dict[str, Any] = {}

    def opener(name: str) -> Callable[[], Any]:
        def open_it() -> Any:
            if name not in made:
                made[name] = import_module(ENGINES[name].module).open_engine()
            return made[name]

        return open_it

    return {name: opener(name) for name in ("python", "javascript") if not ENGINES[name].missing}


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    rows = asyncio.run(measure(chosen.only, quick=chosen.quick))
    table(
        ["transform", "python us", "javascript us", "by", "failed"],
        [
            [
                row["transform"],
                row.get("python_us"),
                row.get("javascript_us"),
                row["by"],
                max(row.get("python_failed", 0.0), row.get("javascript_failed", 0.0)),
            ]
            for row in rows
        ],
    )
    save("library", chosen, about, rows)


if __name__ == "__main__":
    main()
