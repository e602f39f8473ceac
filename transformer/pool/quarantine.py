"""Versions that keep costing workers are set aside, so that they do not cost others theirs.

Every version (its content, within its workspace) has a bucket of worker time that it may lose: to timeouts, and to workers
that ended because of it, whose replacement counts too. What runs to its end costs nothing, however slow it is and however often
it fails: error rates never quarantine. The bucket refills slowly, so what a version loses in the long run is bounded by that;
and the number of workers that it may cost in a minute is bounded too, however fast it ends them.

A version whose bucket is empty is quarantined. When its time is over one batch is let through: if that costs no worker the
version is free again, else it is set aside for twice as long, up to a bound. A new version has a bucket of its own.

Pure books, like `fairness`: times are seconds of any one clock, but for what people read.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from transformer.pool.plan import Plan, Step

__all__ = ["Hold", "Quarantine", "Quarantines", "Rules"]

_MINUTE: Final = 60.0
_FORGOTTEN_SECONDS: Final = 3600.0
_PROBE_RETRY_SECONDS: Final = 1.0
_WORDS: Final = {
    "time": "ran out of time",
    "memory": "ran out of memory",
    "crashed": "crashed",
    "protocol": "broke out of its sandbox",
}

_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a version may cost.

    lost_seconds   worker time that it may lose at once; the bucket
    refill         how much of that comes back per second
    kills          workers that it may cost per minute
    first_seconds  how long it is set aside at first
    most_seconds   how long at most
    """

    lost_seconds: float
    refill: float
    kills: int
    first_seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A version that is set aside, for people: since when, until when, and why. `over`: it is free again."""

    workspace: str
    version: str
    since: datetime
    until: datetime
    reason: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a batch is not run: the index of the step that is set aside, a sentence, and when to try again."""

    step: int
    told: str
    retry_after_seconds: float


class _Bucket:
    """What one version may still lose."""

    __slots__ = ("aside", "at", "causes", "freed", "kills", "level", "lost", "probe", "seconds", "until")

    def __init__(self, level: float, now: float) -> None:
        self.level = level
        self.at = now
        self.kills: deque[float] = deque()
        self.lost = 0.0  # since it was last free of debt: for the reason
        self.causes: Counter[str] = Counter()
        self.seconds = 0.0  # how long it was last set aside
        self.until = 0.0
        self.freed = 0.0
        self.aside: Quarantine | None = None
        self.probe: object = None  # the batch that tries


class Quarantines:
    """The buckets of all versions that lost time lately. `held` are those that are set aside; look there before anything else.

    `tell` hears of every version that is set aside, or again, or free again.
    """

    def __init__(self, rules: Rules, tell: Callable[[Quarantine], None]) -> None:
        self.held: dict[_Key, _Bucket] = {}
        self._rules = rules
        self._tell = tell
        self._buckets: dict[_Key, _Bucket] = {}

    def hold(self, plan: Plan, batch: object, now: float) -> Hold | None:
        """Whether a step keeps this batch from running. If not, it tries the steps whose time is over: `settle` it later."""
        due = []
        for index, step in enumerate(plan.steps):
            bucket = self.held.get((plan.workspace, step.hash))
            if bucket is None or bucket.probe is batch:
                continue
            wait = bucket.until - now
            if wait > 0 or bucket.probe is not None:
                wait = max(wait, _PROBE_RETRY_SECONDS)
                told = f"{step.name} is quarantined: {_reason(bucket)}; it is tried again later, and a new version at once"
                return Hold(index, told, wait)
            due.append(bucket)
        for bucket in due:
            bucket.probe = batch
        return None

    def settle(self, plan: Plan, batch: object, now: float, *, ran: bool) -> None:
        """The batch is over. `ran`: all of it ran and cost no worker, so what it tried is free; else another one may try."""
        for step in plan.steps:
            key = (plan.workspace, step.hash)
            bucket = self.held.get(key)
            if bucket is None or bucket.probe is not batch:
                continue
            bucket.probe = None
            if ran:
                self._free(key, bucket, now)

    def charge(self, workspace: str, step: Step, seconds: float, cause: str, now: float, *, kill: bool = True) -> None:
        """The step lost a worker's time, for a cause as in `watch.ENDINGS`; `kill`: in the middle of its work."""
        key = (workspace, step.hash)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._rules.lost_seconds, now)
        self._refill(bucket, now)
        bucket.level -= seconds
        bucket.lost += seconds
        bucket.causes[cause] += 1
        tried = bucket.probe is not None
        if kill:
            bucket.kills.append(now)
        if key in self.held:
            if tried and kill:
                self._set_aside(key, bucket, step, now)
        elif bucket.level < 0 or len(bucket.kills) > self._rules.kills:
            self._set_aside(key, bucket, step, now)

    def sweep(self, now: float) -> None:
        """Forget the versions that have lost nothing for so long that it makes no difference. To be called once in a while."""
        for key, bucket in list(self._buckets.items()):
            self._refill(bucket, now)
            if key in self.held and bucket.probe is None and now - bucket.until >= _FORGOTTEN_SECONDS:
                self._free(key, bucket, now)  # nobody sends it batches any more
            rested = now - bucket.freed >= 2 * bucket.seconds
            if key not in self.held and rested and not bucket.kills and bucket.level >= self._rules.lost_seconds:
                del self._buckets[key]

    def current(self) -> list[Quarantine]:
        """Every version that is set aside."""
        return [bucket.aside for bucket in self.held.values() if bucket.aside is not None]

    def _refill(self, bucket: _Bucket, now: float) -> None:
        bucket.level = min(self._rules.lost_seconds, bucket.level + (now - bucket.at) * self._rules.refill)
        bucket.at = now
        while bucket.kills and now - bucket.kills[0] >= _MINUTE:
            bucket.kills.popleft()
        if bucket.level >= self._rules.lost_seconds and not bucket.kills:
            bucket.lost = 0.0
            bucket.causes.clear()

    def _set_aside(self, key: _Key, bucket: _Bucket, step: Step, now: float) -> None:
        rules = self._rules
        rested = key not in self.held and now - bucket.freed >= 2 * bucket.seconds
        seconds = rules.first_seconds if rested or not bucket.seconds else 2 * bucket.seconds
        seconds = bucket.seconds = min(seconds, rules.most_seconds)
        # Not before there is something to lose again, and the minute has room for another worker.
        debt = max(0.0, -bucket.level) / rules.refill
        crowded = bucket.kills[0] + _MINUTE - now if len(bucket.kills) > rules.kills else 0.0
        bucket.until = now + min(max(seconds, debt, crowded), rules.most_seconds)
        bucket.probe = None
        moment = datetime.now(UTC)
        since = bucket.aside.since if bucket.aside else moment
        until = moment + timedelta(seconds=bucket.until - now)
        bucket.aside = Quarantine(key[0], step.name, since, until, _reason(bucket))
        self.held[key] = bucket
        self._tell(bucket.aside)

    def _free(self, key: _Key, bucket: _Bucket, now: float) -> None:
        aside, bucket.aside = bucket.aside, None
        bucket.freed = now
        del self.held[key]
        if aside is not None:
            self._tell(Quarantine(aside.workspace, aside.version, aside.since, datetime.now(UTC), aside.reason, over=True))


def _reason(bucket: _Bucket) -> str:
    causes = ", ".join(f"{_WORDS.get(cause, cause)} {times} times" for cause, times in bucket.causes.most_common())
    return f"it lost {bucket.lost:.1f} s of worker time ({causes})"
