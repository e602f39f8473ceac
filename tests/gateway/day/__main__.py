"""`make day SECONDS=…`: two hours of a data plane, in as many seconds as you like. Prints the books."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.service import SqliteDatabase
from tests.gateway.day.day import live_through

HOURS = 2
MOST_HASTE = 60.0  # a data plane gives up on who does not answer for eleven minutes: then after eleven seconds


def main() -> int:
    """Exit code 1: the promise did not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.gateway.day", description="Nothing lost, nothing doubled, no answer that a data plane panics on."
    )
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the day lasts")
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run: the same incidents and events again")
    parser.add_argument("--servers", type=int, default=2, help="servers behind the balancer; 1 for none")
    chosen = parser.parse_args()
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    haste = min(MOST_HASTE, HOURS * 3600 / chosen.seconds)
    sys.stdout.write(
        f"a day: {haste * chosen.seconds / 60:.0f} min in {chosen.seconds:g} s, {chosen.servers} servers, --seed {seed}\n"
    )
    with tempfile.TemporaryDirectory(prefix="day-") as folder:
        database = SqliteDatabase(Path(folder))
        day = asyncio.run(
            live_through(Path(folder), database, seconds=chosen.seconds, haste=haste, servers=chosen.servers, seed=seed)
        )
    problems = day.problems()
    sys.stdout.write(day.told() + "\n")
    sys.stdout.write("\n".join([*problems[:50], "the promise did NOT hold"] if problems else ["the promise held"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
