"""What became of the events of a batch: one outcome for each, settled exactly once.

A `Ledger` is the only way to build an answer. It starts with every event open and closes them one by one; it refuses a second
outcome for an event, an output of an event that was not emitted, and an emitted event without output. Whatever happens to
workers, `open_events()` tells what still needs an answer, so none is lost and none is answered twice.

Columns instead of an object per event: the common case (emitted, one output) costs two list entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import compress, pairwise
from operator import itemgetter
from typing import Final

from transformer.errors import Code

__all__ = ["Failure", "Ledger", "LedgerError", "Place", "Status", "each_alone"]


class Status(IntEnum):
    """What became of one event. The numbers are the wire's."""

    OPEN = 0
    EMITTED = 1
    DROPPED = 2
    FAILED = 3


# Plain numbers: an enum's attribute costs more than all the rest of the loops that use them.
_EMITTED = int(Status.EMITTED)
_FINAL = frozenset(map(int, (Status.EMITTED, Status.DROPPED, Status.FAILED)))
_IS_EMITTED: Final = bytes(status == _EMITTED for status in range(256))
_ALONE: Final = [(event,) for event in range(1024)]
_first = itemgetter(0)


def each_alone(events: range) -> list[tuple[int, ...]]:
    """The inputs of outputs that come from one event each. The same objects again and again: equal at a glance."""
    return list(_ALONE[events.start : events.stop]) if events.stop <= len(_ALONE) else list(zip(events))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a user's code. Line and column count from 1; column 0 means unknown; function "" means module level."""

    line: int
    column: int = 0
    function: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an event failed. `step` is the index of the transformation in the plan, None where none is to blame."""

    code: Code
    message: str
    place: Place | None = None
    step: int | None = None
    retry_after_seconds: float | None = None

    @property
    def retryable(self) -> bool:
        """Whether sending the same event again may succeed."""
        return self.code.retryable


class LedgerError(ValueError):
    """Somebody tried to settle events in a way that would lose or double one. Nothing was changed."""


@dataclass(slots=True)
class Ledger:
    """The outcomes of `size` events, by index.

    status     one Status per event
    payloads   the outputs' bytes, in the order in which they were settled
    inputs     for each output the ascending indexes of its input events
    reasons    drop reasons, where the code gave one
    droppers   for dropped events the index of the step that dropped them, where it is not 0
    failures   one for each failed event
    logs       lines that user code logged, where it did
    counts     what workers counted: see `wire.turns.COUNTED`; lost with a worker that is lost
    """

    size: int
    status: bytearray = field(init=False)
    payloads: list[bytes] = field(default_factory=list)
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    droppers: dict[int, int] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)
    logs: dict[int, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status = bytearray(self.size)

    def open_events(self) -> list[int]:
        """The events that have no outcome yet, ascending."""
        status = self.status
        if status.count(0) == self.size:  # the usual question, asked before anything ran
            return list(range(self.size))
        return [event for event, settled in enumerate(status) if not settled]

    @property
    def closed(self) -> bool:
        """Whether every event has its outcome."""
        return self.status.find(0) < 0

    def settle(
        self,
        events: Sequence[int],
        statuses: Sequence[int],
        payloads: Sequence[bytes],
        inputs: Sequence[tuple[int, ...]],
    ) -> None:
        """Give `events` their `statuses`, with the outputs of the emitted ones. The caller adds failures, reasons and logs.

        Raises:
            LedgerError: an event is unknown, closed or named twice, a status is not a final one, an output names an event that
                is not among `events` and emitted, its inputs are not ascending, or an emitted event has no output. Nothing
                changes.
        """
        if len(events) != len(statuses) or len(payloads) != len(inputs):
            raise LedgerError("columns differ in length")
        if self._is_plain(events, statuses, inputs):
            self.status[events[0] : events[0] + len(events)] = bytes(statuses)
        else:
            self._refuse_lies(events, statuses, inputs)
            for event, status in zip(events, statuses, strict=True):
                self.status[event] = status
        self.payloads.extend(payloads)
        self.inputs.extend(inputs)

    def _is_plain(self, events: Sequence[int], statuses: Sequence[int], inputs: Sequence[tuple[int, ...]]) -> bool:
        """Whether these are open neighbours in order, of which each emitted one has exactly one output, in order too.

        Nearly every batch is like that. Comparing whole lists tells it in a tenth of the time that looking at each event takes.
        """
        count = len(events)
        if not count or events[0] < 0:
            return False
        neighbours = range(events[0], events[0] + count)
        if events != neighbours and list(events) != list(neighbours):
            return False
        if self.status.count(0, neighbours.start, neighbours.stop) != count:
            return False
        alone = each_alone(neighbours)
        if statuses.count(_EMITTED) == count:
            return list(inputs) == alone
        if not _FINAL.issuperset(statuses):
            return False
        return list(inputs) == list(compress(alone, bytes(statuses).translate(_IS_EMITTED)))

    def _refuse_lies(self, events: Sequence[int], statuses: Sequence[int], inputs: Sequence[tuple[int, ...]]) -> None:
        if len(set(events)) != len(events):
            raise LedgerError("an event is named twice")
        emitted = set()
        for event, status in zip(events, statuses, strict=True):
            if not 0 <= event < self.size:
                raise LedgerError(f"event {event} of {self.size} does not exist")
            if self.status[event]:
                raise LedgerError(f"event {event} has its outcome already")
            if status == _EMITTED:
                emitted.add(event)
            elif status not in _FINAL:
                raise LedgerError(f"{status} is no final status")
        for sources in inputs:
            if not sources or any(a >= b for a, b in pairwise(sources)):
                raise LedgerError("inputs of an output are not ascending")
        if {event for sources in inputs for event in sources} != emitted:
            raise LedgerError("emitted events and inputs of outputs differ")

    def fail(self, events: Iterable[int], failure: Failure) -> None:
        """Fail `events`. Raises LedgerError, with nothing changed, if one of them has its outcome already."""
        chosen = list(events)
        self.settle(chosen, [Status.FAILED] * len(chosen), (), ())
        self.failures.update(dict.fromkeys(chosen, failure))

    def merge(self, part: Ledger, indexes: Sequence[int], *, leaving: Collection[int] = ()) -> None:
        """Settle the closed events of `part`, whose event i is our event `indexes[i]`; `indexes` ascend.

        Events of `part` that failed may be left open: those of `leaving`, of which nothing is taken over.
        """
        closed = [i for i in range(part.size) if part.status[i] and i not in leaving]
        self.settle(
            [indexes[i] for i in closed],
            [part.status[i] for i in closed],
            part.payloads,
            [tuple(indexes[i] for i in sources) for sources in part.inputs],
        )
        self.reasons.update({indexes[i]: reason for i, reason in part.reasons.items()})
        self.droppers.update({indexes[i]: step for i, step in part.droppers.items()})
        self.failures.update({indexes[i]: failure for i, failure in part.failures.items() if i not in leaving})
        self.logs.update({indexes[i]: lines for i, lines in part.logs.items() if i not in leaving})
        self.add_counts(part.counts)

    def add_counts(self, counts: Mapping[str, int]) -> None:
        """Of `lanes`, the most counts; all else is summed up."""
        for what, count in counts.items():
            held = self.counts.get(what, 0)
            self.counts[what] = max(held, count) if what == "lanes" else held + count

    def outputs(self) -> tuple[list[bytes], list[tuple[int, ...]]]:
        """Payloads and inputs, ordered by the first input of each; outputs of one event keep their order."""
        firsts = list(map(_first, self.inputs))
        if firsts == sorted(firsts):
            return self.payloads, self.inputs
        order = sorted(range(len(firsts)), key=firsts.__getitem__)
        return [self.payloads[i] for i in order], [self.inputs[i] for i in order]
