"""What the guest really loads. The imports in the files are one thing; a re-export could pull in the host without a visible import."""

import json
import subprocess
import sys

import pytest

OURS = {
    "transformer",
    "transformer.capabilities",
    "transformer.errors",
    "transformer.limits",
    "transformer.outcome",
    "transformer.uses",
    "transformer.wire",
    "transformer.wire.calls",
    "transformer.wire.frames",
    "transformer.wire.tables",
    "transformer.wire.turns",
}
OURS_BELOW = ("transformer.worker", "transformer.engines", "transformer.mappers")
THEIRS = {
    "orjson",
    "cdbx",
    "RestrictedPython",
    "dateutil",
    "tzdata",
    "six",
    "ada_url",
    "tree_sitter",
    "tree_sitter_javascript",
    "tree_sitter_typescript",
    "wasmtime",
    "greenlet",
    "jsonschema_rs",
}
# What native modules of the library bring along. Only workers whose plan asks for one have them.
OF_NATIVES = {"cryptography", "re2", "rurex", "ua_parser", "ua_parser_builtins", "yaml", "cython_runtime"}
NATIVES = "transformer/engines/python/natives/"

DOORS = ("asyncio", "multiprocessing", "ssl", "http", "urllib.request", "sqlite3", "concurrent.futures")

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
def loaded(repository):
    """What is loaded once every module of the guest is, `__main__` included: importing it must start nothing.

    But for native modules, which are there where a plan asks for them, and then all of them.
    """
    places = ("transformer/worker/", "transformer/engines/", "transformer/mappers/")
    paths = [path for place in places for path in repository.files(".py", under=place)]
    return loaded_by(*(repository.module(path) for path in paths if not str(path).startswith(NATIVES)))


@pytest.fixture(scope="module")
def loaded_for_natives(repository):
    return loaded_by(*map(repository.module, repository.files(".py", under=NATIVES)))


def test_the_guest_loads_none_of_the_host(loaded):
    ours = {name for name in loaded if name.partition(".")[0] == "transformer"}
    assert {name for name in ours - OURS if not name.startswith(OURS_BELOW)} == set()


def test_the_guest_loads_no_other_library(loaded, stdlib):
    theirs = {name.partition(".")[0] for name in loaded} - stdlib - THEIRS - {"transformer"}
    # Accelerators that the standard library and the allowed ones bring along are private: they begin with an underscore.
    assert {name for name in theirs if not name.startswith("_")} == set()


@pytest.mark.parametrize("name", DOORS)
def test_the_guest_has_no_door_of_the_standard_library_in_memory(loaded, name):
    assert name not in loaded


def test_natives_load_what_is_listed_for_them(loaded_for_natives, stdlib):
    ours = {name for name in loaded_for_natives if name.partition(".")[0] == "transformer"}
    assert {name for name in ours - OURS if not name.startswith(OURS_BELOW)} == set()
    theirs = {name.partition(".")[0] for name in loaded_for_natives} - stdlib - THEIRS - OF_NATIVES - {"transformer"}
    assert {name for name in theirs if not name.startswith("_")} == set()


@pytest.mark.parametrize("name", DOORS)
def test_natives_bring_no_door_of_the_standard_library(loaded_for_natives, name):
    assert name not in loaded_for_natives
