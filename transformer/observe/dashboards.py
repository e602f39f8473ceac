"""The counts that dashboards of RudderStack's transformers read, under the names and labels that they have there.

They are about transformations as a data plane calls them (`transformationId` of an event's metadata), and stand beside our own
metrics, which say more. What they count that we do not do (a pool of threads) is read as what we do instead: events of a batch
that wait for answers at the same time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from transformer.observe.tally import Histogram

__all__ = ["Dashboards", "DashboardsCollector"]

_OTHER: Final = "other"
_UNKNOWN: Final = "unknown"
_LABEL: Final = re.compile(r"[^\w.:@/-]")
_SHARED: Final = "shared"
_HALF: Final = 0.5
_LANES: Final = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
_PREFIX: Final = "ignored_"
_SUBCLASS: Final = "ignored_send"

_HELP: Final[Mapping[str, tuple[str, str]]] = {
    "transformer_executions_total": (
        "counter",
        "Batches that ran; single_event_threaded: several events of a transformation that waits for most of its time.",
    ),
    "transformer_io_bound_detections_total": ("counter", "Times that a transformation began to wait for most of its time."),
    "transformer_io_bound_demotions_total": ("counter", "Times that it waits for most of its time no longer."),
    "transformer_thread_pool_size": ("histogram", "Events that were at work together in a batch of such a transformation."),
    "transformer_log_messages_total": ("counter", "Lines that code logged, kept or not."),
    "transformer_http_requests_total": ("counter", "Requests that code made."),
    "managed_session_created_total": ("counter", "Sessions of requests that code made."),
    "managed_session_mount_total": ("counter", "Adapters that code mounted on sessions."),
    "managed_session_mount_ignored_total": ("counter", "What of sessions and adapters the platform does not heed."),
    "managed_adapter_subclass_ignored_total": ("counter", "Adapters mounted whose own way to send is not used."),
    "user_session_count": ("gauge", "Sessions that requests of all code share: one, once there was a request."),
}
_COUNTED: Final[Mapping[str, str]] = {
    "logs": "transformer_log_messages_total",
    "fetches": "transformer_http_requests_total",
    "sessions": "managed_session_created_total",
    "mounts": "managed_session_mount_total",
    _SUBCLASS: "managed_adapter_subclass_ignored_total",
}


@dataclass(slots=True)
class _Waiting:
    """What a transformation has waited lately, in microseconds, of how much."""

    batches: int = 0
    waited: int = 0
    took: int = 0
    bound: bool = False
    looked: bool = False


class Dashboards:
    """Counts finished batches. At most `most` transformations have labels of their own.

    `window` is after how many batches it is looked anew whether a transformation waits for most of its time.
    """

    def __init__(self, most: int = 200, window: int = 50) -> None:
        self._most = most
        self._window = window
        self._known: set[str] = set()
        self._waiting: dict[str, _Waiting] = {}
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """By metric, transformation, and mode or attribute ("" for none)."""
        self.lanes: dict[str, Histogram] = {}
        self.sessions = 0

    def count(self, transformation: str, counts: Mapping[str, int], seconds: float, events: int) -> None:
        """A batch of so many events ran for so long, and its worker counted this: see `wire.turns.COUNTED`."""
        name = self._name(transformation)
        waits = events > 1 and name in self._waiting and self._waiting[name].bound
        self.counts["transformer_executions_total", name, "single_event_threaded" if waits else "single_event"] += 1
        if waits:
            self.lanes.setdefault(name, Histogram(_LANES)).add(counts.get("lanes", 1))
        if counts.get("fetches"):
            self.sessions = 1
        for what, number in counts.items():
            if what in _COUNTED:
                self.counts[_COUNTED[what], name, ""] += number
            elif what.startswith(_PREFIX):
                self.counts["managed_session_mount_ignored_total", name, what.removeprefix(_PREFIX)] += number
        self._look(name, counts.get("waited_us", 0), counts.get("took_us", round(seconds * 1_000_000)))

    def _look(self, name: str, waited: int, took: int) -> None:
        """Whether the transformation waits for most of its time: looked at after its first batch, then after every window."""
        state = self._waiting.setdefault(name, _Waiting())
        state.batches += 1
        state.waited += waited
        state.took += took
        if state.looked and state.batches < self._window:
            return
        bound = state.waited > _HALF * state.took
        if bound != state.bound:
            which = "transformer_io_bound_detections_total" if bound else "transformer_io_bound_demotions_total"
            self.counts[which, name, ""] += 1
        self._waiting[name] = _Waiting(bound=bound, looked=True)

    def _name(self, transformation: str) -> str:
        name = _LABEL.sub("_", transformation[:100]) or _UNKNOWN
        if name in self._known:
            return name
        if len(self._known) >= self._most:
            return _OTHER
        self._known.add(name)
        return name


class DashboardsCollector(Collector):
    """What a scrape reads of them."""

    def __init__(self, dashboards: Dashboards) -> None:
        self._dashboards = dashboards

    def describe(self) -> Iterable[Family]:
        """Asked once, so that no other collector takes the same names."""
        return [_family(name, ()) for name in _HELP]

    def collect(self) -> Iterable[Family]:
        """Every metric that has counted something."""
        found: dict[str, list[Sample]] = {}
        for (name, transformation, more), number in list(self._dashboards.counts.items()):
            labels = {"transformation_id": transformation}
            if more:
                labels["mode" if name == "transformer_executions_total" else "dropped_attr"] = more
            found.setdefault(name, []).append(Sample(name, labels, number))
        name = "transformer_thread_pool_size"
        for transformation, histogram in list(self._dashboards.lanes.items()):
            found.setdefault(name, []).extend(histogram.samples(name, {"transformation_id": transformation}))
        if self._dashboards.sessions:
            found["user_session_count"] = [
                Sample("user_session_count", {"transformation_id": _SHARED}, self._dashboards.sessions)
            ]
        return _families(found)


def _families(found: Mapping[str, list[Sample]]) -> Iterator[Family]:
    return (_family(name, found[name]) for name in _HELP if name in found)


def _family(name: str, samples: Iterable[Sample]) -> Family:
    kind, told = _HELP[name]
    family = Family(name.removesuffix("_total") if kind == "counter" else name, told, kind)
    family.samples = list(samples)
    return family
