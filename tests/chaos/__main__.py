"""`make chaos SECONDS=… `: a storm as long as you like, on one database or on both in turn. Prints the ledger."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.chaos.service import PostgresDatabase, SqliteDatabase
from tests.chaos.storm import storm


def main() -> int:
    """Exit code 1: the promise did not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="One final outcome for every event, under anything."
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the faults go on, in total")
    parser.add_argument(
        "--seed", type=int, default=None, help="of an earlier run: the same faults and events in the same order"
    )
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    chosen = parser.parse_args()
    seed = secrets.randbelow(10**6) if chosen.seed is None else chosen.seed
    programs = postgres.programs()
    kinds = ["sqlite", "postgres"] if chosen.database == "both" else [chosen.database]
    if programs is None and "postgres" in kinds:
        if chosen.database == "postgres":
            parser.error("PostgreSQL is not installed here")
        sys.stdout.write("PostgreSQL is not installed here: SQLite only\n")
        kinds = ["sqlite"]
    problems = []
    for kind in kinds:
        sys.stdout.write(f"chaos: {kind}, {chosen.seconds / len(kinds):g} s, --seed {seed}\n")
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            database = SqliteDatabase(Path(folder)) if kind == "sqlite" or programs is None else PostgresDatabase(programs)
            try:
                report = asyncio.run(storm(Path(folder), database, seconds=chosen.seconds / len(kinds), seed=seed))
            finally:
                database.close()
        sys.stdout.write(report.told() + "\n")
        problems += report.problems()
    sys.stdout.write("\n".join([*problems, "the promise did NOT hold"] if problems else ["the promise held"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
