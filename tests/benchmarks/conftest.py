"""Benchmarks are programs, too: a test runs one as people do, in a hurry."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="session")
def bench():
    """bench(name, …): how `bench_NAME --quick` ended: well, and without a change in the results that are kept."""

    def run(name, *arguments):
        before = _results()
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.bench_{name}", "--quick", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=150,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert _results() == before
        return done

    return run


def _results():
    return {path: path.read_bytes() for path in RESULTS.rglob("*") if path.is_file()}
