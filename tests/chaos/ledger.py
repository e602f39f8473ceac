"""The client's side of the promise: every event that was sent, what must become of it, and what did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transformer.client import Outcome, Output, Status
from transformer.errors import Code

EMITTED, DROPPED, FAILED = Status.EMITTED, Status.DROPPED, Status.FAILED
# What an event asks the code to do, and which ends are right for it. A hog may run out of its time before its memory.
ENDS: Mapping[str, set[tuple[Status, Code | None]]] = {
    "good": {(EMITTED, None)},
    "big": {(EMITTED, None)},
    "slow": {(EMITTED, None)},
    "split": {(EMITTED, None)},
    "drop": {(DROPPED, None)},
    "fail": {(FAILED, Code.EXCEPTION)},
    "loop": {(FAILED, Code.TIME_LIMIT)},
    "hog": {(FAILED, Code.MEMORY_LIMIT), (FAILED, Code.TIME_LIMIT)},
}
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it was sent. `identity` is its message id and part of its payload."""

    identity: str
    workspace: str
    kind: str
    payload: bytes


@dataclass(slots=True)
class Ledger:
    """One line for each event. `wrong` has a sentence for everything that must never happen."""

    open: dict[str, Sent] = field(default_factory=dict)
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    sent: int = 0
    settled: int = 0
    answers: int = 0

    def problems(self) -> list[str]:
        """A sentence for everything that must not be. Empty: the promise held."""
        found = list(self.wrong)
        if self.open:
            found.append(f"{len(self.open)} events have no final outcome: {list(self.open)[:5]}")
        if self.settled != self.sent:
            found.append(f"{self.sent} events were sent and {self.settled} settled")
        return found

    def send(self, events: Sequence[Sent]) -> None:
        """Events go out for the first time."""
        for event in events:
            if event.identity in self.open:
                self.wrong.append(f"{event.identity} was sent as a new event twice")
            self.open[event.identity] = event
        self.sent += len(events)

    def answer(self, events: Sequence[Sent], outcomes: Sequence[Outcome], outputs: Sequence[Output]) -> list[Sent]:
        """Take an answer to exactly these events. Returns those whose outcome is retryable: they are to be sent again."""
        self.answers += 1
        if len(outcomes) != len(events):
            self.wrong.append(f"{len(events)} events got {len(outcomes)} outcomes")
            return list(events)
        made: dict[int, list[bytes]] = {}
        for output in outputs:
            for index in output.inputs:
                made.setdefault(index, []).append(output.payload)
        again = []
        for index, (event, outcome) in enumerate(zip(events, outcomes, strict=True)):
            failure = outcome.failure
            if failure is not None and failure.retryable:
                self.again[failure.code.text] += 1
                again.append(event)
            else:
                self._settle(event, outcome, made.get(index, []))
        return again

    def refused(self, code: Code) -> None:
        """A whole batch was not run, and goes again."""
        self.again[f"{code.text} batch"] += 1

    def _settle(self, event: Sent, outcome: Outcome, outputs: list[bytes]) -> None:
        who = f"{event.identity} ({event.kind})"
        failure = outcome.failure
        code = failure.code if failure is not None else None
        if not self.close(event, f"{outcome.status.name.lower()}{f' {code.text}' if code else ''}"):
            return
        if outcome.message_id != event.identity:
            self.wrong.append(f"{who} got the outcome of {outcome.message_id}")
        if (outcome.status, code) not in ENDS[event.kind]:
            self.wrong.append(
                f"{who} ended as {outcome.status.name} {f'{failure.code.text} {failure.message}' if failure else ''}"
            )
        self.outputs(event, [json.loads(payload) for payload in outputs], emitted=outcome.status is EMITTED)

    def close(self, event: Sent, end: str) -> bool:
        """An event has its final outcome. False: it had one before."""
        if self.open.pop(event.identity, None) is None:
            self.wrong.append(f"{event.identity} ({event.kind}) got a second final outcome")
            return False
        self.settled += 1
        self.ends[event.kind, end] += 1
        return True

    def outputs(self, event: Sent, outputs: Sequence[Mapping[str, Any]], *, emitted: bool) -> None:
        """What came out of an event must be its own, as often as it has to, and made by the code of its workspace."""
        who = f"{event.identity} ({event.kind})"
        wanted = 0 if not emitted else 2 if event.kind == "split" else 1
        if len(outputs) != wanted:
            self.wrong.append(f"{who} came out {len(outputs)} times, not {wanted} times")
        for told in outputs:
            if told["id"] != event.identity:
                self.wrong.append(f"{who} has the output of {told['id']}")
            if told["by"] != event.workspace:
                self.wrong.append(f"{who} of {event.workspace} was transformed by {told['by']}")

    def told(self) -> str:
        """The ledger, for people."""
        lines = [f"sent {self.sent:,}, settled {self.settled:,}, missing {len(self.open):,}, in {self.answers:,} answers"]
        lines += [f"  {kind:6} {end:15} {count:>9,}" for (kind, end), count in sorted(self.ends.items())]
        lines += [f"  again: {', '.join(f'{why} {count:,}' for why, count in sorted(self.again.items())) or 'nothing'}"]
        missing = [f"missing: {identity}" for identity in list(self.open)[:SHOWN]]
        return "\n".join([*lines, *self.wrong[:SHOWN], *missing])
