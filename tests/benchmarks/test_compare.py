"""Verdicts of comparisons, on made-up runs: what is clearly worse is found, and noise is not taken for it."""

import math
import random
from itertools import combinations

import pytest

from benchmarks.bench_compare import kept, show
from benchmarks.report.compare import compared, rank_sum
from benchmarks.report.rows import written

MACHINE = {"cpu": "a CPU", "cores": 2, "memory_mib": 1, "python": "3.11", "kernel": "6", "libraries": {}}


def run(dice, *, rows=60, rounds=8, noise=0.04, factors=None, slow=1.0):
    """A run whose rounds scatter by `noise`, and where some rows cost more by a factor."""
    made = []
    for number in range(rows):
        factor = (factors or {}).get(number, 1.0)
        ratios = [2.0 * factor * math.exp(dice.gauss(0, noise)) for _ in range(rounds)]
        made.append({
            "row": "cell", "workload": f"w{number}", "language": "python", "door": "unary", "batch": 200,
            "cpu_us": 10 * slow, "rounds": {"of_floor": ratios, "cpu_us": [one * 5 * slow for one in ratios]},
        })  # fmt: skip
    return made


def verdicts(before, after):
    return {one.name.split(",")[0]: one.verdict for one in compared(before, after) if one.verdict != "no difference"}


def test_the_same_service_twice_is_hardly_ever_called_different():
    found = [verdicts(run(random.Random(seed)), run(random.Random(seed + 1000))) for seed in range(40)]
    assert sum(map(bool, found)) <= 2


def test_what_is_a_quarter_worse_or_better_is_found_among_noise():
    right = false = 0
    for seed in range(20):
        told = verdicts(run(random.Random(seed)), run(random.Random(seed + 1000), factors={3: 1.25, 4: 1.25, 5: 0.8}))
        right += told.items() >= {"w3": "worse", "w4": "worse", "w5": "better"}.items()
        false += len(told) - 3
    assert right >= 18
    assert false <= 2


def test_a_machine_at_half_its_speed_makes_no_difference():
    assert verdicts(run(random.Random(1)), run(random.Random(2), slow=2.0)) == {}


def test_a_difference_within_the_noise_is_none():
    noisy = {"noise": 0.4}
    assert verdicts(run(random.Random(1), **noisy), run(random.Random(2), factors={0: 1.2}, **noisy)) == {}


def test_a_difference_that_is_sure_but_small_is_none():
    quiet = {"noise": 0.0005}
    found = compared(run(random.Random(1), **quiet), run(random.Random(2), factors={0: 1.02, 1: 1.05}, **quiet))
    assert found[0].chance < 0.001
    assert [one.verdict for one in found[:3]] == ["no difference", "worse", "no difference"]


def test_one_bad_round_is_no_verdict():
    before, after = run(random.Random(1)), run(random.Random(2))
    after[7]["rounds"]["of_floor"][3] *= 20
    assert verdicts(before, after) == {}


def test_few_rounds_are_said_to_be_few():
    found = compared(run(random.Random(1), rounds=2), run(random.Random(2), rounds=2, factors={0: 5.0}))
    assert {one.verdict for one in found} == {"too few rounds"}


@pytest.mark.parametrize(
    ("one", "other"), [([1, 2, 3], [4, 5, 6, 7]), ([1, 5, 2, 9], [3, 4, 5]), ([1, 1, 1], [1, 1, 1]), ([2, 2, 7], [2, 3, 2, 1])]
)
def test_the_chance_is_what_counting_all_the_ways_gives(one, other):
    both = sorted([*one, *other])
    rank = {value: (both.index(value) + 1) * 2 + both.count(value) - 1 for value in both}
    middle = len(one) * (len(both) + 1)
    seen = abs(sum(rank[value] for value in one) - middle)
    ways = [abs(sum(rank[both[at]] for at in which) - middle) for which in combinations(range(len(both)), len(one))]
    assert rank_sum(one, other) == pytest.approx(sum(way >= seen for way in ways) / len(ways))


def test_the_exit_code_says_whether_something_is_worse(tmp_path, capsys):
    before, worse = run(random.Random(1), rows=10), run(random.Random(2), rows=10, factors={2: 1.5})
    paths = []
    for name, rows in (("before", before), ("worse", worse)):
        written(tmp_path / name, MACHINE, rows)
        paths.append(kept(str(tmp_path / name)))
    assert show(*paths) == 1
    assert capsys.readouterr().out.splitlines()[2].split()[0] == "w2,"
    assert show(*reversed(paths)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 worse, 1 better, 9 no difference, 0 too few rounds"


def test_another_machine_is_named_and_no_common_row_is_refused(capsys):
    rows = run(random.Random(1), rows=2)
    assert show({"machine": MACHINE, "rows": rows}, {"machine": {**MACHINE, "cores": 8}, "rows": rows}) == 0
    assert "another machine: cores was 2 and is 8" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="no row in common"):
        show({"machine": MACHINE, "rows": rows}, {"machine": MACHINE, "rows": []})


def test_a_revision_without_a_report_is_told():
    with pytest.raises(SystemExit, match="no-such-revision is no file, and git says"):
        kept("no-such-revision")
