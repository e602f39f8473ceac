"""Is a later run better or worse? A verdict for each row that knows how noisy both runs were.

Compared are ratios to what was measured in the same round (the floor's CPU, the smallest server's latency), never absolute
figures: the machine is at one speed today and at another tomorrow. What has nothing beside it (memory, the start) is compared
as it is. A row differs only if both of these hold:

- Its rounds say so. Exact rank-sum test of the rounds of both runs: how many of all the ways to deal these values to the two
  runs separate them as far as was seen? Over many rows some would differ by chance, so the rows are judged together (Benjamini
  and Hochberg, worse and better each for itself): of the rows called worse one in twenty is expected not to be.
- It is more than the noise: the middles are further apart than `LEAST`, and than THREE times the standard error of their
  distance, from the spread of the rounds (median absolute deviation, so that one bad round does not hide or make a difference).

Every round of a run has a server of its own, so what differs from start to start is in that spread.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LEAST", "Comparison", "compared", "rank_sum"]

LEAST = 0.03
THREE = 3.0
WRONG = 0.05
FEWEST = 4
"""Of fewer rounds no rank can say anything: 3 of each are separated by chance one time in ten."""
_NORMAL = 1.4826
"""From a median absolute deviation to a standard deviation, for normal noise; and how much more a median varies than a mean."""
_MEDIAN = math.sqrt(math.pi / 2)
_KINDS = {
    "of_floor": "CPU of floor",
    "p50_of_echo": "p50 of echo",
    "value": "value",
}


@dataclass(frozen=True)
class Comparison:
    """Of one figure of one row. `change` is relative: 0.1 is a tenth more, which is worse."""

    name: str
    before: float
    after: float
    change: float
    noise: float
    chance: float
    verdict: str


def compared(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Comparison]:
    """Every figure that both runs have."""
    pairs = list(_pairs(before, after))
    chances = [rank_sum(one, other) for _, one, other in pairs]
    rises = [statistics.median(other) > statistics.median(one) for _, one, other in pairs]
    convincing = {
        way: _judged_together([p for p, rose in zip(chances, rises, strict=True) if rose is way], len(pairs))
        for way in (True, False)
    }
    return [
        _comparison(name, one, other, chance, convinced=chance <= convincing[rose])
        for (name, one, other), chance, rose in zip(pairs, chances, rises, strict=True)
    ]


def _pairs(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, list[float], list[float]]]:
    found = {_key(row): row["rounds"] for row in before if "rounds" in row}
    for row in after:
        for kind, said in _KINDS.items():
            one, other = found.get(_key(row), {}).get(kind), row.get("rounds", {}).get(kind)
            if one and other:
                yield f"{_key(row)}, {said}" if kind != "value" else _key(row), one, other


def _key(row: Mapping[str, Any]) -> str:
    names = ("workload", "language", "door", "batch") if row["row"] == "cell" else ("name", "unit")
    return ", ".join(str(row[name]) for name in names if name in row)


def _comparison(name: str, one: Sequence[float], other: Sequence[float], chance: float, *, convinced: bool) -> Comparison:
    before, after = statistics.median(one), statistics.median(other)
    change = math.log(after / before)
    noise = math.hypot(_error(one), _error(other))
    differs = convinced and abs(change) > max(math.log1p(LEAST), THREE * noise)
    if min(len(one), len(other)) < FEWEST:
        verdict = "too few rounds"
    elif not differs:
        verdict = "no difference"
    else:
        verdict = "worse" if change > 0 else "better"
    return Comparison(name, before, after, math.expm1(change), noise, chance, verdict)


def _error(values: Sequence[float]) -> float:
    """The standard error of the median of logarithms."""
    logs = [math.log(value) for value in values]
    middle = statistics.median(logs)
    return _NORMAL * statistics.median(abs(one - middle) for one in logs) * _MEDIAN / math.sqrt(len(logs))


def rank_sum(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely ranks at least as far apart are if both came from the same place: exact, two-sided, ties share their ranks."""
    both = sorted([*one, *other])
    doubled: dict[float, int] = {}
    for value in both:  # the mean rank of equal values, twice, so that it is whole
        first = both.index(value) + 1
        doubled[value] = 2 * first + both.count(value) - 1
    ranks = [doubled[value] for value in both]
    ways = [{0: 1}, *({} for _ in one)]  # ways[k][s]: how many choices of k values have ranks that add up to s
    for rank in ranks:
        for count in range(len(one), 0, -1):
            for total, number in ways[count - 1].items():
                ways[count][total + rank] = ways[count].get(total + rank, 0) + number
    seen, expected = sum(doubled[value] for value in one), len(one) * (len(both) + 1)
    extreme = sum(number for total, number in ways[-1].items() if abs(total - expected) >= abs(seen - expected))
    return extreme / math.comb(len(both), len(one))


def _judged_together(chances: Sequence[float], rows: int) -> float:
    """The largest of these chances that still convinces where so many rows were judged; below zero if none does."""
    ordered = sorted(chances)
    held = [chance for number, chance in enumerate(ordered, 1) if chance <= WRONG * number / rows]
    return max(held, default=-1.0)
