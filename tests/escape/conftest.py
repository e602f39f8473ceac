"""The runner of hostile files as a test uses it: the same command that `make hostile` calls, in a process of its own.

A test that has a parameter `wall` is going to be asked for the other walls, too: those runs are begun with its first, so that
every core has something to do.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def runs():
    """Who carries runs out, and those that were begun and that nobody has asked for yet, by their arguments."""
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as threads:
        yield threads, {}
        threads.shutdown(cancel_futures=True)


@pytest.fixture
def hostile(need, runs, request):
    """hostile(folder, *arguments) → (exit code, verdicts)."""
    need("seccomp")
    need("landlock")
    threads, begun = runs

    def run(folder, *arguments):
        if "wall" not in request.fixturenames:  # a small one does not queue behind those
            return _run(folder, *arguments)
        asked = begun.pop((folder, *arguments), None) or threads.submit(_run, folder, *arguments)
        for wall in _walls_to_come(request):
            if (folder, "--wall", wall) not in begun:
                begun[folder, "--wall", wall] = threads.submit(_run, folder, "--wall", wall)
        return asked.result()

    return run


def _walls_to_come(request):
    items = request.session.items
    later = items[items.index(request.node) + 1 :]
    return [item.callspec.params["wall"] for item in later if item.function is request.function]


def _run(folder, *arguments):
    done = subprocess.run(
        [sys.executable, str(HERE / "hostile.py"), str(folder), "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode in {0, 1, 2}, done.stderr
    return done.returncode, json.loads(done.stdout or "[]")
