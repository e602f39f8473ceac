"""What changed between two versions, as `diff -u` would show it.

`difflib` finds the changes of two ordinary sources well, and takes minutes over two that were made to annoy it; the host has
one interpreter for everybody. So the lines that stay are found here, in bounded time: first what both sides begin and end
with, then lines that occur once on each side (as "patience diff" does), then, between those, the longest common subsequence.
Where the work would exceed its budget, the rest is shown as replaced: coarse, and still right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import pairwise
from typing import Final, NamedTuple

from transformer.capabilities import Capabilities
from transformer.engines.binary import decode_binary
from transformer.engines.catalog import ENGINES
from transformer.engines.sections import describe

__all__ = ["manifest_text", "readable", "unified"]

_NO_NEWLINE: Final = "\n\\ No newline at end of file\n"
_CONTEXT_LINES: Final = 3
_STEPS: Final = 4_000_000
"""About a second."""


def readable(engine: str, source: str) -> str:
    """The source; where it is a binary, what is in it."""
    if engine not in ENGINES or not ENGINES[engine].binary:
        return source
    try:
        return describe(decode_binary(source))
    except ValueError:  # a registry of another program kept it
        return source


def manifest_text(capabilities: Capabilities) -> str:
    """Capabilities as lines, one for each thing that is declared; "" for none."""
    told: list[str] = []
    for name, value in capabilities.as_dict().items():
        told += [f"{name}: {one}\n" for one in sorted(value)] if isinstance(value, list) else [f"{name}: {value!r}\n"]
    return "".join(told)


def unified(base: str, target: str, base_name: str, target_name: str) -> str:
    """The unified diff of two sources; "" where they are equal. Lines end at a line feed only, as they do in a file."""
    old, new = _lines(base), _lines(target)
    shown = [f"--- {base_name}\n", f"+++ {target_name}\n"]
    for group in _Blocks(old, new).get_grouped_opcodes(_CONTEXT_LINES):
        first, last = group[0], group[-1]
        shown.append(f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n")
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                shown += [f" {line}" for line in old[old_from:old_to]]
            else:
                shown += [f"-{line}" for line in old[old_from:old_to]]
                shown += [f"+{line}" for line in new[new_from:new_to]]
    return "" if old == new else "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in shown)


def _lines(source: str) -> list[str]:
    lines = [f"{line}\n" for line in source.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _range(start: int, stop: int) -> str:
    """As a hunk's head says it: from 1, the line before where the range is empty, and no count of 1."""
    if stop - start == 1:
        return f"{start + 1}"
    return f"{start if start == stop else start + 1},{stop - start}"


class _Blocks(SequenceMatcher[str]):
    """difflib's grouping of changes into hunks, over our own matching lines."""

    def __init__(self, old: list[str], new: list[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        self._blocks: list[Match] = []
        for i, j in sorted(_matching(old, new)):
            last = self._blocks[-1] if self._blocks else None
            if last and (last.a + last.size, last.b + last.size) == (i, j):
                self._blocks[-1] = last._replace(size=last.size + 1)
            else:
                self._blocks.append(Match(i, j, 1))
        self._blocks.append(Match(len(old), len(new), 0))

    def get_matching_blocks(self) -> list[Match]:
        """As difflib has it: ascending, and an empty one at the end."""
        return self._blocks


class _Window(NamedTuple):
    """A stretch of the old lines against a stretch of the new ones."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int


def _matching(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of equal lines, in no order; sorted, both sides ascend."""
    steps = _STEPS
    windows = [_Window(0, len(old), 0, len(new))]
    while windows:
        i, old_to, j, new_to = windows.pop()
        while i < old_to and j < new_to and old[i] == new[j]:
            yield i, j
            i, j = i + 1, j + 1
        while i < old_to and j < new_to and old[old_to - 1] == new[new_to - 1]:
            old_to, new_to = old_to - 1, new_to - 1
            yield old_to, new_to
        steps -= old_to - i + new_to - j
        if i == old_to or j == new_to or steps < 0:
            continue
        window = _Window(i, old_to, j, new_to)
        anchors = _anchors(old, new, window)
        if anchors:
            yield from anchors
            ends = [(i - 1, j - 1), *anchors, (old_to, new_to)]
            windows += [_Window(a + 1, c, b + 1, d) for (a, b), (c, d) in pairwise(ends)]
        elif (cells := (old_to - i) * (new_to - j)) <= steps:
            steps -= cells
            yield from _longest(old, new, window)


def _anchors(old: Sequence[str], new: Sequence[str], window: _Window) -> list[tuple[int, int]]:
    """Lines that occur once on each side of the window, as many as keep their order."""
    once = {line for line, count in Counter(old[window.old_from : window.old_to]).items() if count == 1}
    there = Counter(line for line in new[window.new_from : window.new_to] if line in once)
    place = {new[j]: j for j in range(window.new_from, window.new_to) if there.get(new[j]) == 1}
    pairs = [(i, place[old[i]]) for i in range(window.old_from, window.old_to) if old[i] in place]
    # The longest ascending run of the second numbers: piles of growing tops, each card knows the one under it.
    tops: list[int] = []
    cards: list[int] = []
    under: list[int] = []
    for at, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        tops[pile : pile + 1] = [j]
        cards[pile : pile + 1] = [at]
        under.append(cards[pile - 1] if pile else -1)
    found: list[tuple[int, int]] = []
    at = cards[-1] if cards else -1
    while at >= 0:
        found.append(pairs[at])
        at = under[at]
    return found[::-1]


def _longest(old: Sequence[str], new: Sequence[str], window: _Window) -> Iterator[tuple[int, int]]:
    """The longest common subsequence of the window, by the textbook's table, from its end to its start."""
    i, old_to, j, new_to = window
    rows = [[0] * (new_to - j + 1)]
    for line in reversed(old[i:old_to]):
        below, row = rows[-1], [0]
        for at, other in enumerate(reversed(new[j:new_to])):
            row.append(below[at] + 1 if line == other else max(below[at + 1], row[at]))
        rows.append(row)
    while i < old_to and j < new_to:
        here, right, down = rows[old_to - i][new_to - j], rows[old_to - i][new_to - j - 1], rows[old_to - i - 1][new_to - j]
        if old[i] == new[j]:
            yield i, j
            i, j = i + 1, j + 1
        elif here == down:
            i += 1
        else:
            assert here == right
            j += 1
