"""The runner of hostile files as a test uses it: the same command that `make hostile` calls, in its own process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def hostile(need):
    """hostile(folder, *arguments) → (exit code, verdicts)."""
    need("seccomp")
    need("landlock")

    def run(folder, *arguments):
        done = subprocess.run(
            [sys.executable, str(HERE / "hostile.py"), str(folder), "--json", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        assert done.returncode in {0, 1, 2}, done.stderr
        return done.returncode, json.loads(done.stdout or "[]")

    return run
