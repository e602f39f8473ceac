"""Benchmarks are programs too: each runs, prints a ratio for every workload, ends, and keeps a quick look out of the results."""

import json
import subprocess
import sys

import pytest

from tests.benchmarks.conftest import RESULTS, ROOT

NAMES = ("identity", "fields", "scrub", "sample")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_the_sandbox_runs_and_ends(bench):
    done = bench("sandbox")
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith(NAMES)] == list(NAMES)


@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_the_engines_runs_and_ends(bench):
    done = bench("engines", "--only", "fields")
    told = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("fields")]
    assert told == [["fields", "python"], ["fields", "javascript"], ["fields", "wasm,"]]


@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_mappers_runs_and_ends(bench):
    done = bench("mappers", "--only", "am")
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("am")] == ["am"]


@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_the_gateway_runs_and_ends(bench):
    done = bench("gateway", "--only", "fields", "--batches", "10")
    told = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("fields")]
    assert told == [["fields-python", "10"], ["fields-javascript", "10"]]
    assert "ready" in done.stdout


def test_the_benchmark_of_the_relay_runs_and_ends(bench):
    done = bench("relay", "--batches", "10")
    assert [line.split()[:2] for line in done.stdout.splitlines()[2:]] == [["10", "socket"], ["10", "memory"]]


@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_host_calls_runs_and_ends(bench):
    done = bench("host_calls")
    begins = ("requests,", "fetch,", "kv.get ", "lookup,", "declared,")
    told = [line.split(",")[0].split()[0] for line in done.stdout.splitlines() if line.startswith(begins)]
    assert told == ["requests", "fetch", "fetch", "kv.get", "lookup", "declared"]


@pytest.mark.need("javascript")
def test_the_benchmark_of_personal_data_runs_and_ends(bench):
    done = bench("pii")
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("email", "card", "rurex"))] == [
        "email",
        "card",
        "rurex",
    ]


def test_the_benchmark_of_the_tap_runs_and_ends(bench):
    done = bench("tap", "--batches", "10")
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("nobody", "all "))] == [
        ["nobody", "10"],
        ["all", "10"],
    ]


def test_the_benchmark_of_observing_runs_and_ends(bench):
    done = bench("observe", "--batches", "10")
    told = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("line", "with", "scrape"))]
    assert told == [["line-and-counts", "10"], ["with-spans", "10"], ["scrape:", told[2][1]]]


@pytest.mark.need("linux", "landlock", "seccomp")
@pytest.mark.parametrize(
    ("name", "arguments", "begins", "verdict"),
    [
        ("overload", [], ["0.5x", "1x", "5x"], "goodput at 5x"),
        ("fairness", ["--only", "fields"], ["fields"], "the loud workspace offers"),
        ("soak", [], ["first", "second", "last"], "soak of 6 s"),
    ],
)
def test_a_benchmark_of_load_runs_and_ends(bench, name, arguments, begins, verdict):
    done = bench(name, *arguments)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(tuple(f"{word} " for word in begins))] == begins
    assert [line for line in lines if line.startswith(verdict)]


def test_results_describe_the_machine_and_name_nobody():
    for path in RESULTS.glob("*.json"):
        told = json.loads(path.read_text(encoding="utf-8"))
        assert set(told) == {"benchmark", "measured", "machine", "rows"}
        assert {"cpu", "cores", "kernel", "python", "libraries"} <= set(told["machine"])
        assert not any(isinstance(value, str) and value.startswith("/") for value in told["machine"].values())


def test_a_workload_does_the_same_with_and_without_the_sandbox():
    code = (
        "import orjson\n"
        "from benchmarks.workloads import WORKLOADS, payloads\n"
        "from transformer.engines.base import Host\n"
        "from transformer.engines.python.engine import open_engine\n"
        "engine = open_engine()\n"
        "for workload in WORKLOADS:\n"
        "    plain, walled = workload.plain(), engine.load(workload.source, 'w.py', Host()).call\n"
        "    for event in payloads(300):\n"
        "        assert plain(orjson.loads(event), None) == walled(orjson.loads(event), None), workload.name\n"
        "print('same')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "same\n", done.stderr


@pytest.mark.need("linux", "landlock", "seccomp", "javascript")
def test_the_library_is_measured_in_both_languages(bench):
    done = bench("library", "--only", "drop_fields")
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(("nothing", "library/"))]
    assert [line[0] for line in lines] == ["nothing", "library/drop_fields/v1"]
    assert all(float(number.replace(",", "")) >= 0 for line in lines for number in line[1:3])


@pytest.mark.need("linux", "landlock", "seccomp", "root")
def test_the_benchmark_of_tables_runs_and_ends(bench):
    done = bench("tables")
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("ours", "SQLite, deserialize"))] == ["ours", "SQLite,"]
    assert "2 workers: of the table each has" in done.stdout
    assert "a lookup: " in lines[-1]
