"""Counting that costs next to nothing: plain numbers in plain lists, turned into metrics when somebody scrapes.

The client library's own counters take a lock and look up their labels for every increment, some 2 µs each; a batch needs a
dozen. Here the event loop is the only one that writes, so nothing is locked. The thread that scrapes copies lists and dicts
whole, which CPython does in one step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from transformer.observe.table import DURATIONS, STAGE_DURATIONS, STAGES

__all__ = ["Histogram", "Names", "Series"]

_OTHER = "other"
_NONE = ""


class Histogram:
    """How many values fell below each bound, and their sum."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def samples(self, name: str, labels: dict[str, str]) -> list[Sample]:
        """As Prometheus wants it: cumulative, `+Inf` last, then count and sum."""
        total, counts = self._sum, list(accumulate(list(self._counts)))
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        found = [Sample(f"{name}_bucket", {**labels, "le": bound}, count) for bound, count in zip(bounds, counts, strict=True)]
        return [*found, Sample(f"{name}_count", labels, counts[-1]), Sample(f"{name}_sum", labels, total)]


class Series:
    """The numbers of one workspace and transformation."""

    __slots__ = (
        "answer", "batch", "codes", "dropped", "emitted", "errors", "failed", "input_bytes", "labels", "ok", "output_bytes",
        "plan", "planned", "queue", "turn",
    )  # fmt: skip

    def __init__(self, workspace: str, transformation: str) -> None:
        self.labels = {"workspace": workspace, "transformation": transformation}
        self.batch = Histogram(DURATIONS)
        self.plan, self.queue, self.turn, self.answer = (Histogram(STAGE_DURATIONS) for _ in STAGES)
        self.planned = bool(transformation)
        self.ok = self.emitted = self.dropped = self.input_bytes = self.output_bytes = 0
        self.codes: dict[str, int] = {}
        self.failed: dict[str, int] = {}
        self.errors: dict[tuple[str, str], int] = {}


class Names:
    """Series by workspace and versions, at most `most` of them; everything later shares the series `other`.

    Only what the registry has resolved may be asked for: names that callers make up never get here.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str, dict[str, Series]] = {}
        self._series: dict[tuple[str, str], Series] = {}
        self._workspaces: set[str] = set()
        self._cached = 0
        self._other = Series(_OTHER, _OTHER)
        self.unplanned = Series(_NONE, _NONE)
        """Of requests that were refused before it was known what they meant."""

    def of(self, workspace: str, versions: Sequence[str]) -> Series:
        """The series of a batch that ran through these versions (their resource names), in this order."""
        if len(versions) == 1:  # found without building anything
            known = self._known.get(workspace)
            if known is not None:
                series = known.get(versions[0])
                if series is not None:
                    return series
        transformations = list(dict.fromkeys(_transformation(name) for name in versions))
        series = self._find(workspace, "+".join(transformations))
        if len(versions) == 1:
            if self._cached >= 4 * self._most:  # versions come and go
                self._known.clear()
                self._cached = 0
            self._known.setdefault(workspace, {})[versions[0]] = series
            self._cached += 1
        return series

    def workspace(self, workspace: str) -> str:
        """What to call a workspace in a label."""
        if workspace in self._workspaces:
            return workspace
        if len(self._workspaces) >= self._most:
            return _OTHER
        self._workspaces.add(workspace)
        return workspace

    def all(self) -> list[Series]:
        """Every series that has counted something."""
        series = [*list(self._series.values()), self._other, self.unplanned]
        return [one for one in series if one.ok or one.codes]

    def _find(self, workspace: str, transformation: str) -> Series:
        series = self._series.get((workspace, transformation))
        if series is None:
            if len(self._series) >= self._most or self.workspace(workspace) == _OTHER:
                return self._other
            series = self._series[workspace, transformation] = Series(workspace, transformation)
        return series


def _transformation(version_name: str) -> str:
    """`t` of `workspaces/w/transformations/t/versions/3`; `library/pii/v1` stays what it is."""
    parts = version_name.split("/")
    if len(parts) == 3 and parts[0] == "library":
        return version_name
    return parts[3] if len(parts) == 6 else _OTHER
