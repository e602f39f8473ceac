"""Whose turn is next, and who is told to come again: bounded queues, and turns shared out by the time that they take.

Start-time fair queuing. Every workspace has a clock of the worker time that it used, divided by its weight; whoever waits and
has used least goes first. So a workspace with slow batches gets as much time as one with fast ones, not as many batches. Who
was away starts at the time of the last turn that began: being idle saves nothing up, and a clock that stands still because its
workspace may not have more turns saves up to a second.

Nobody waits for long, and nobody waits in vain:
  full        a queue has its bound per workspace and in total; where the total is full, whoever has most in it for its weight
              gives up its newest
  hopeless    who would wait longer than it may (its deadline, `queue_seconds`) is refused at once
  standing    a queue whose waits were above `queue_target_seconds` for a second is no burst: until it is short again, only
              what would wait no longer than that is let in
Each refusal names a time to come again, one turn after the one before it, so that those who were refused do not return at once.

Pure books: no clock, no event loop, no processes. Times are seconds of any one clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp
from typing import Final

from transformer.errors import Code, PlatformError

__all__ = ["Bounds", "Ticket", "Turns"]

_SAVED_SECONDS: Final = 1.0
_STANDING_SECONDS: Final = 1.0
_SHORT: Final = 1 / 4  # a queue is short again when its waits are below this part of the target
_FORGET_SECONDS: Final = 10.0
_SHORTEST_RETRY_SECONDS: Final = 0.05
_LONGEST_RETRY_SECONDS: Final = 30.0
_SMOOTHING: Final = 1 / 8
_RECENT_SECONDS: Final = 2.0
_LIGHT: Final = 1 / 2  # who used less than this part of its share of the cores lately


class _Share:
    """One workspace."""

    __slots__ = (
        "above",
        "busy",
        "promised",
        "resting",
        "running",
        "seen",
        "turn_seconds",
        "used",
        "waiting",
        "weight",
        "workspace",
    )

    def __init__(self, workspace: str, weight: float, used: float) -> None:
        self.workspace = workspace
        self.weight = weight
        self.used = used  # its clock
        self.running = 0
        self.resting = 0
        self.waiting: dict[Ticket, None] = {}  # the one that came first is the first
        self.turn_seconds = 0.0  # what a turn takes, smoothed
        self.busy = 0.0  # seconds of turns lately: over _RECENT_SECONDS, the cores that it keeps busy
        self.above: float | None = None  # since when its waits are above the target
        self.promised = 0.0  # the time that the last refusal named
        self.seen = 0.0  # when a turn of it last ended


class Ticket:
    """A batch that waits."""

    __slots__ = ("_share", "came", "tell")

    def __init__(self, share: _Share, came: float, tell: Callable[[PlatformError | None], bool]) -> None:
        self._share = share
        self.came = came
        self.tell = tell

    @property
    def workspace(self) -> str:
        """Whose it is."""
        return self._share.workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many turns there are, in all and for one workspace; how many make the machine busy; how many may wait, how long."""

    turns: int
    cores: int
    workspace_turns: int
    queue: int
    workspace_queue: int
    queue_seconds: float
    target_seconds: float
    resting: int = 0
    """How many turns may wait for their host beside those that run."""


class Turns:
    """The turns that run and the batches that wait. Nothing waits that could run; that holds after every call.

    Where several workspaces were active in the last seconds, none of them gets the last turn or the last core: one that has the
    others must not keep a newcomer waiting, neither for a turn nor for the time to run in. And once there are as many turns as
    cores, only those get another one that have less than their share of the cores: beyond that the system shares out the time,
    and it does so by process. Neither holds for a workspace that used little of its share lately: two batches of it that happen
    to come together run beside each other, as they do when it is alone.
    """

    def __init__(self, bounds: Bounds, weights: Mapping[str, float]) -> None:
        self.running = 0
        self.resting = 0
        """Turns whose worker waits for answers to host calls: it needs no processor, so another turn has its place."""
        self.waiting = 0
        self._bounds = bounds
        self._weights = weights
        self._shares: dict[str, _Share] = {}
        self._queues: dict[str, _Share] = {}  # the shares that have something waiting
        self._most = bounds.turns
        self._cap = min(bounds.workspace_turns, bounds.turns)
        self._virtual = 0.0  # the clock of the turn that began last

    def enter(self, workspace: str) -> bool:
        """Begin a turn, if one is free and nobody of the workspace waits; else `wait`."""
        share = self._shares.get(workspace) or self._new(workspace)
        if share.used < self._virtual and not share.running and not share.waiting:
            share.used = self._virtual  # it was away
        if self.running >= self._most or self._is_full(share) or share.waiting:
            return False
        if self.running >= self._bounds.cores and not self._below_share(share):
            return False
        self._begin(share)
        return True

    def leave(self, workspace: str, seconds: float, now: float) -> None:
        """A turn that took this long is over. 0.0: it came to nothing."""
        share = self._shares[workspace]
        share.running -= 1
        share.busy *= exp((share.seen - now) / _RECENT_SECONDS)
        share.busy += seconds
        share.seen = now
        self.running -= 1
        if seconds > 0:
            share.used += seconds / share.weight
            share.turn_seconds += (seconds - share.turn_seconds) * (_SMOOTHING if share.turn_seconds else 1.0)
        if self.waiting:
            self._grant(now)

    def rest(self, workspace: str, now: float) -> bool:
        """A turn of it waits for its host, and gives its place up. False: there is no room for more of these."""
        if self.resting >= self._bounds.resting:
            return False
        share = self._shares[workspace]
        share.running -= 1
        share.resting += 1
        self.running -= 1
        self.resting += 1
        if self.waiting:
            self._grant(now)
        return True

    def resume(self, workspace: str) -> None:
        """That turn goes on, whoever runs by now: its worker does not ask."""
        share = self._shares[workspace]
        share.running += 1
        share.resting -= 1
        self.running += 1
        self.resting -= 1

    def wait(self, workspace: str, now: float, left: float | None, tell: Callable[[PlatformError | None], bool]) -> Ticket:
        """Queue, after `enter` returned False. `tell` is called once, unless the ticket is withdrawn before.

        Args:
            workspace: whose batch it is.
            now: the time.
            left: how long its caller will wait for the end of it; None for as long as it takes.
            tell: gets None when the turn has begun, and returns whether anybody is there to take it; or an error, when
                the ticket lost its place.

        Raises:
            PlatformError: NO_CAPACITY, with the time after which to try again.
        """
        share = self._shares[workspace]
        if why := self._why_not(share, now, left):
            raise self._refusal(share, now, why)
        if self.waiting >= self._bounds.queue:
            self._make_place(share, now)
        ticket = Ticket(share, now, tell)
        share.waiting[ticket] = None
        self._queues[workspace] = share
        self.waiting += 1
        return ticket

    def crowded(self, workspace: str) -> bool:
        """Whether something of the workspace waits: only then `turn_away` says anything."""
        share = self._shares.get(workspace)
        return share is not None and bool(share.waiting)

    def turn_away(self, workspace: str, now: float, left: float | None) -> PlatformError | None:
        """What `wait` would raise if another batch of the workspace came now; None if it would be let in, or that is not known.

        It costs next to nothing and needs no batch, so that an overload is refused before anything is done for it.
        """
        share = self._shares.get(workspace)
        if share is None or not share.waiting:
            return None
        why = self._why_not(share, now, left)
        if not why and self.waiting >= self._bounds.queue and self._largest_queue(share) is share:
            why = self._full()
        return self._refusal(share, now, why) if why else None

    def withdraw(self, ticket: Ticket, now: float) -> bool:
        """It does not want to wait any longer. False: it was told already."""
        share = ticket._share  # noqa: SLF001 - opaque to everybody else
        if ticket not in share.waiting:
            return False
        if now - ticket.came >= self._bounds.target_seconds:
            self._note_wait(share, ticket, now)
        self._remove(share, ticket)
        self._grant(now)  # the shares of the others are larger now
        return True

    def gave_up(self, ticket: Ticket, now: float) -> PlatformError:
        """What to tell the caller of a ticket that was withdrawn because its time was over."""
        return self._refusal(ticket._share, now, "no worker became free in time")  # noqa: SLF001 - as above

    def empty(self, error: PlatformError) -> None:
        """Tell everybody who waits this error."""
        for share in list(self._queues.values()):
            for ticket in list(share.waiting):
                self._remove(share, ticket)
                ticket.tell(error)

    @property
    def shared(self) -> bool:
        """Whether several workspaces were active lately."""
        return len(self._shares) > 1

    def gives_way(self, workspace: str) -> bool:
        """Whether others were active lately and it is known to have used a good part of its share: its code is not urgent."""
        share = self._shares.get(workspace)
        return share is not None and self.shared and share.turn_seconds > 0 and not self._is_light(share)

    def sweep(self, now: float) -> None:
        """Forget the workspaces that were not seen for a while. To be called once in a while."""
        for share in list(self._shares.values()):
            if not share.running and not share.resting and not share.waiting and now - share.seen >= _FORGET_SECONDS:
                del self._shares[share.workspace]
        self._set_cap()
        self._grant(now)

    def count(self, workspace: str) -> int:
        """How many turns of the workspace run."""
        share = self._shares.get(workspace)
        return share.running if share else 0

    def _new(self, workspace: str) -> _Share:
        share = self._shares[workspace] = _Share(workspace, self._weights.get(workspace, 1.0), self._virtual)
        self._set_cap()
        return share

    def _set_cap(self) -> None:
        most = self._most if len(self._shares) < 2 else max(1, min(self._most, self._bounds.cores) - 1)
        self._cap = min(self._bounds.workspace_turns, most)

    def _cap_of(self, share: _Share) -> int:
        """How many turns of it may run beside each other."""
        if self._cap < self._bounds.cores and self._is_light(share):
            return max(self._cap, min(self._bounds.workspace_turns, self._most - 1, self._bounds.cores))
        return self._cap

    def _is_full(self, share: _Share) -> bool:
        """Whether no further turn of it may run. Those that rest count among the workspace's, though not among all."""
        return share.running >= self._cap_of(share) or share.running + share.resting >= self._bounds.workspace_turns

    def _is_light(self, share: _Share) -> bool:
        """Whether it is known to have kept less than a part of its share of the cores busy lately. What runs counts, too."""
        if not share.turn_seconds:
            return False
        weights = sum(one.weight for one in self._shares.values())
        busy = share.busy + share.running * share.turn_seconds
        return busy * weights < _LIGHT * _RECENT_SECONDS * self._bounds.cores * share.weight

    def _begin(self, share: _Share) -> None:
        clock = self._clock(share)
        self._virtual = max(self._virtual, clock)
        share.running += 1
        self.running += 1

    def _below_share(self, share: _Share) -> bool:
        """Whether it has fewer turns than its share of the cores among those that run or wait; always, where it is alone.

        One that is light may have as many as there are cores, for the moment.
        """
        if share.running < self._bounds.cores and self._is_light(share):
            return True
        others = sum(one.weight for one in self._shares.values() if one is not share and (one.running or one.waiting))
        return not others or share.running < self._bounds.cores * share.weight / (others + share.weight)

    def _clock(self, share: _Share) -> float:
        """What it used, with what its running turns will have used, as far as can be said."""
        used = share.used
        least = self._virtual - _SAVED_SECONDS
        if used < least:
            used = share.used = least
        return used + share.running * share.turn_seconds / share.weight

    def _grant(self, now: float) -> None:
        while self._queues and self.running < self._most:
            able = [share for share in self._queues.values() if not self._is_full(share)]
            if self.running >= self._bounds.cores:
                able = [share for share in able if self._below_share(share)]
            if not able:
                return
            share = min(able, key=self._clock)
            ticket = next(iter(share.waiting))
            self._note_wait(share, ticket, now)
            self._remove(share, ticket)
            self._begin(share)
            if not ticket.tell(None):
                share.running -= 1
                self.running -= 1

    def _remove(self, share: _Share, ticket: Ticket) -> None:
        del share.waiting[ticket]
        self.waiting -= 1
        if not share.waiting:
            del self._queues[share.workspace]
            share.above = None

    def _note_wait(self, share: _Share, ticket: Ticket, now: float) -> None:
        waited = now - ticket.came
        if waited < self._bounds.target_seconds * _SHORT:
            share.above = None
        elif share.above is None and waited >= self._bounds.target_seconds:
            share.above = now

    def _patience(self, share: _Share, now: float) -> float:
        return self._bounds.target_seconds if self._standing(share, now) else self._bounds.queue_seconds

    def _standing(self, share: _Share, now: float) -> bool:
        # As many as may run always wait, and one more: whoever is over its share must not get less than that.
        long = share.above is not None and now - share.above >= _STANDING_SECONDS
        return long and len(share.waiting) > self._cap

    def _expected(self, share: _Share) -> float:
        """How long one more batch of it would wait, if turns go on taking what they took."""
        weights = sum(other.weight for other in self._queues.values() if other is not share) + share.weight
        turns = min(self._cap, self._most * share.weight / weights)
        return (len(share.waiting) + 1) * share.turn_seconds / turns

    def _why_not(self, share: _Share, now: float, left: float | None) -> str:
        """Why one more batch of it is not let in, apart from there being too much of others; "" if it is."""
        waiting = len(share.waiting)
        if waiting >= self._bounds.workspace_queue:
            return f"{waiting} batches of the workspace are waiting for a worker already"
        if not waiting:
            return ""
        expected = self._expected(share)
        if left is not None and expected >= left:
            return "the batch would wait past its deadline"
        if expected >= self._patience(share, now):
            return f"the batch would wait about {expected:.1f} s for a worker"
        return ""

    def _full(self) -> str:
        return f"{self.waiting} batches are waiting for a worker already"

    def _largest_queue(self, share: _Share) -> _Share:
        """Whoever has most waiting for its weight, if one more batch of `share` waited, too."""
        most, largest = (len(share.waiting) + 1) / share.weight, share
        for other in self._queues.values():
            if (much := len(other.waiting) / other.weight) > most:
                most, largest = much, other
        return largest

    def _make_place(self, share: _Share, now: float) -> None:
        """The queue is full: let go of the newest of whoever has most in it. Raises if that is who asks."""
        why = self._full()
        largest = self._largest_queue(share)
        if largest is share:
            raise self._refusal(share, now, why)
        newest = next(reversed(largest.waiting))
        self._remove(largest, newest)
        newest.tell(self._refusal(largest, now, why))

    def _refusal(self, share: _Share, now: float, why: str) -> PlatformError:
        expected = self._expected(share)
        one = expected / (len(share.waiting) + 1) or self._bounds.target_seconds
        share.promised = max(share.promised + one, now + max(1, len(share.waiting)) * one)
        delay = min(max(share.promised - now, _SHORTEST_RETRY_SECONDS), _LONGEST_RETRY_SECONDS)
        share.promised = min(share.promised, now + _LONGEST_RETRY_SECONDS)
        told = f"{why}; send the batch again later"
        return PlatformError(Code.NO_CAPACITY, told, retry_after_seconds=delay)
