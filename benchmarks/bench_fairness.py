"""What does one workspace at a hundred times its share do to another? The same requests, alone and beside it.

    python -m benchmarks.bench_fairness [--quick | --seconds 30] [--only scrub]

The quiet workspace sends a request now and then. The loud one offers a hundred times the work that is half of the machine's.
Quiet and beside take turns, so that both meet the same machine, at other random times in each round; the ratio is that of their
p99 over all rounds, since a round alone has too few requests for one. Beside it stands the median of the rounds' own ratios.

The control is what the loud workspace cannot help doing: instead of it, a process that has nothing to do with the service keeps
one core busy, as nice as a worker. What the quiet one's p99 is beside that is what this machine gives to anybody.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import uvloop

from benchmarks.bench_overload import WORK
from benchmarks.load import request_of
from benchmarks.machine import machine, options, quantile, save, table
from benchmarks.offered import Got, closed_rate, offer, without_pauses
from benchmarks.server import publish, service
from benchmarks.workloads import FIELDS, SCRUB, payloads
from transformer.process.slices import ask_for_short_slices

TIMES = 100
AIM = 2.0
QUIET_PER_SECOND = 20.0
NICE = 5  # as workers are
LOUD_EVENTS = 400  # most of a second of a core: the work is what is offered too much of, not the answering
# Name, batch: small requests, some that compute, and some with many events.
QUIET = (("fields", 10), ("work", 4), ("scrub", 100))


@contextlib.contextmanager
def burner() -> Iterator[None]:
    """A process as nice as a worker, in a session of its own as workers are, that keeps a core busy."""
    command = [sys.executable, "-c", f"import os\nos.nice({NICE})\nwhile True: pass"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def both(address: str, quiet: bytes, loud: bytes, loud_per_second: float, seconds: float, seed: int) -> tuple[Got, Got]:
    """The quiet one's answers beside the loud one's. It begins a little later and ends before it."""

    async def later() -> Got:
        await asyncio.sleep(0.5)
        return await offer(address, quiet, QUIET_PER_SECOND, seconds, seed=seed)

    with without_pauses():
        others, ours = await asyncio.gather(offer(address, loud, loud_per_second, seconds + 1.0, patience=5.0), later())
    return ours, others


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    ask_for_short_slices()  # the clients stand for other machines: they must not wait for the CPU of this one
    seconds, rounds = (1.5, 1) if chosen.quick else (chosen.seconds or 7.5, 6)
    rows: list[dict[str, Any]] = []
    events = payloads(500)
    with service(dead_letters="none", log_level="error") as (_, address):
        publish(address, "loud", [WORK])  # alone: where others are active, a core is left to them
        loud = request_of("transformations/work", [b'{"n":1}'] * LOUD_EVENTS, "loud")
        # A quick look on a busy machine may end before the first answer: less than one in that time is all that is known then.
        capacity = max(uvloop.run(closed_rate(address, loud, 2 * (os.cpu_count() or 1), seconds)), 1 / seconds)
        offered = TIMES * capacity / 2
        publish(address, "quiet", [WORK, FIELDS, SCRUB])
        for name, batch in QUIET:
            if chosen.only not in {None, name}:
                continue
            body = [b'{"n":1}'] * batch if name == "work" else events[:batch]
            quiet = request_of(f"transformations/{name}", body, "quiet")
            found = []
            for number in range(rounds + 1):
                lasts = seconds if number else 1.0
                alone = uvloop.run(offer(address, quiet, QUIET_PER_SECOND, lasts, seed=number))
                beside, others = uvloop.run(both(address, quiet, loud, offered, lasts, number))
                with burner():
                    control = uvloop.run(offer(address, quiet, QUIET_PER_SECOND, lasts, seed=number))
                if number:  # the first round warms up
                    found.append((alone, beside, others, control))
            rows.append(row(name, batch, found, offered, capacity, seconds))
    print(f"the loud workspace offers {offered:.0f} requests a second; the machine can do {capacity:.1f}")
    head = [
        "workload",
        "batch",
        "quiet p50",
        "quiet p99",
        "beside p50",
        "beside p99",
        "control p99",
        "p99 ratio",
        "by round",
        "control ratio",
        "aim",
        "",
        "lost",
        "loud served",
    ]
    names = (
        "quiet_p50_ms",
        "quiet_p99_ms",
        "beside_p50_ms",
        "beside_p99_ms",
        "control_p99_ms",
        "ratio",
        "ratio_by_round",
        "control_ratio",
    )
    table(
        head,
        [
            [one["workload"], one["batch"], *(one[name] for name in names), AIM, met(one), one["lost"], one["loud_of_capacity"]]
            for one in rows
        ],
    )
    save("fairness", chosen, about, rows)


def row(
    name: str, batch: int, found: list[tuple[Got, Got, Got, Got]], offered: float, capacity: float, seconds: float
) -> dict[str, Any]:
    def of_all(which: int, share: float) -> float:
        return round(quantile([took for one in found for took in one[which].took] or [0.0], share) * 1e3, 2)

    ratios = [(beside.ms(0.99) or 0.0) / (alone.ms(0.99) or 1.0) for alone, beside, *_ in found]
    quiet = of_all(0, 0.99) or 1.0
    served = statistics.median(len(others.took) for _, _, others, _ in found) / (seconds + 1.0)
    return {
        "workload": name,
        "batch": batch,
        "loud_offered": round(offered),
        "quiet_p50_ms": of_all(0, 0.5),
        "quiet_p99_ms": of_all(0, 0.99),
        "beside_p50_ms": of_all(1, 0.5),
        "beside_p99_ms": of_all(1, 0.99),
        "control_p99_ms": of_all(3, 0.99),
        "ratio": round(of_all(1, 0.99) / quiet, 2),
        "ratio_by_round": round(statistics.median(ratios), 2),
        "control_ratio": round(of_all(3, 0.99) / quiet, 2),
        "lost": sum(beside.others.total() for _, beside, *_ in found),
        "loud_of_capacity": round(served / capacity, 2),
        "late_ms": round(max(beside.late for _, beside, *_ in found) * 1e3),
    }


def met(one: dict[str, Any]) -> str:
    """Whether the quiet workspace got every answer, at no more than AIM times its quiet p99."""
    return "met" if one["ratio"] <= AIM and not one["lost"] else "missed"


if __name__ == "__main__":
    main()
