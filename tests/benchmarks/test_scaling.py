"""How costs grow: the verdict on made-up figures, and that the measuring runs and ends."""

import orjson
import pytest

from benchmarks.bench_scaling import SIZES_KB, event_of, judged, verdicts


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ([(1, 100.0), (10, 20.0), (100, 19.0)], "linear or better"),
        ([(1, 10.0), (10, 11.5), (100, 12.0)], "linear or better"),
        ([(100, 15.0), (1, 10.0), (10, 10.0)], "grows: 1.50 times at 100"),
        ([(1, 10.0), (10, 30.0), (5000, 29.0)], "grows: 3.00 times at 10"),
    ],
)
def test_a_cost_grows_where_one_more_costs_more_than_before(points, verdict):
    assert judged(points) == verdict


def test_sizes_are_judged_by_the_kilobyte_and_versions_by_their_memory():
    crowd = {"row": "versions", "workspaces": 1, "settings": "workers=128", "cpu_us": 100.0}
    rows = [
        {"row": "size_kb", "workload": "identity", "language": "python", "size_kb": 1.0, "cpu_us": 10.0},
        {"row": "size_kb", "workload": "identity", "language": "python", "size_kb": 10.0, "cpu_us": 200.0},
        {**crowd, "versions": 10, "grown_mib": 10.0},
        {**crowd, "versions": 100, "grown_mib": 10.0},
        {**crowd, "versions": 100, "grown_mib": 500.0, "settings": "usual"},
    ]
    assert list(verdicts(rows)) == [
        ("size: identity, python, µs/KB", "10 → 20", "grows: 2.00 times at 10"),
        ("versions in 1 workspaces: KiB each", "1,024 → 102.4", "linear or better"),
        ("versions in 1 workspaces: µs/event of any", "100 → 100", "linear or better"),
    ]


@pytest.mark.parametrize("size", SIZES_KB)
def test_events_have_about_the_size_that_is_said(size):
    made = event_of(size, 3)
    assert orjson.loads(made)["type"]
    assert 0.75 * size * 1024 <= len(made) <= 1.3 * size * 1024


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_benchmark_of_scaling_runs_and_ends(bench):
    done = bench("scaling", "--only", "workers")
    told = [line.split()[:2] for line in done.stdout.splitlines() if line.startswith(("identity", "scrub"))]
    assert told == [["identity", "1"], ["identity", "2"], ["scrub", "1"], ["scrub", "2"]]
