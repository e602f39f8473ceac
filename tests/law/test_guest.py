"""What the guest really loads. The imports in the files are one thing; a re-export could pull in the host without a visible import."""

import json
import subprocess
import sys

import pytest

OURS = {
    "transformer",
    "transformer.errors",
    "transformer.limits",
    "transformer.outcome",
    "transformer.wire",
    "transformer.wire.frames",
    "transformer.wire.turns",
}
OURS_BELOW = ("transformer.worker", "transformer.engines")
THEIRS = {"orjson", "RestrictedPython", "dateutil", "tzdata", "six"}

LOADED_BY = """
import importlib, json, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
json.dump(sorted(set(sys.modules) - before), sys.stdout)
"""


def loaded_by(*modules):
    told = subprocess.run(
        [sys.executable, "-I", "-c", LOADED_BY, *modules], check=True, capture_output=True, text=True, timeout=60
    )
    return set(json.loads(told.stdout))


@pytest.fixture(scope="module")
def guest_modules(repository):
    """Every module of the guest, `__main__` included: importing it must start nothing."""
    paths = [*repository.files(".py", under="transformer/worker/"), *repository.files(".py", under="transformer/engines/")]
    return [repository.module(path) for path in paths]


def test_the_guest_loads_nothing_else(guest_modules, stdlib):
    loaded = loaded_by(*guest_modules)
    ours = {name for name in loaded if name.partition(".")[0] == "transformer"}
    theirs = {name.partition(".")[0] for name in loaded - ours} - stdlib
    assert {name for name in ours - OURS if not name.startswith(OURS_BELOW)} == set()
    # Accelerators that the standard library and the allowed ones bring along are private: they begin with an underscore.
    assert {name for name in theirs - THEIRS if not name.startswith("_")} == set()


@pytest.mark.parametrize(
    "name", ["asyncio", "multiprocessing", "ssl", "http", "urllib.request", "sqlite3", "concurrent.futures"]
)
def test_the_guest_has_no_door_of_the_standard_library_in_memory(guest_modules, name):
    assert name not in loaded_by(*guest_modules)
