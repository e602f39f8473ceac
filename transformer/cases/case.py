"""One case: events, and the outcome that each of them should have.

Judging reads a closed `Ledger` and nothing else, so the same case holds or fails offline, at publishing and in a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from transformer.cases.differences import Difference, differences, render
from transformer.cases.recorded import Recorded
from transformer.errors import Code
from transformer.outcome import Failure, Ledger, Status

__all__ = ["Case", "Dropped", "Emitted", "Expectation", "Failed", "Inputs"]


@dataclass(frozen=True, slots=True)
class Emitted:
    """The event is emitted: with exactly these outputs, or with any where `outputs` is None. `path`: where the file says so."""

    path: str
    outputs: tuple[Any, ...] | None = None
    single: bool = False
    """Written as one object rather than as a list: paths of differences follow."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The event is dropped: for exactly this reason, or for any (or none) where `reason` is None."""

    path: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The event fails with this code and, where they are given, exactly this message and this line of the code."""

    path: str
    code: Code
    message: str | None = None
    line: int | None = None


Expectation = Emitted | Dropped | Failed
_NOTHING_RECORDED: Final = Recorded()


@dataclass(frozen=True, slots=True)
class Inputs:
    """The events of a case as a pool takes them: payloads, and for each the metadata that user code sees."""

    payloads: list[bytes]
    metadata: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its file says it.

    events    JSON objects, at least one
    metadata  one object for each event
    expect    one expectation for each event; None: no event may fail
    outputs   all outputs of the batch, in order; None: what `expect` says is all
    recorded  answers of the host calls that the code makes
    """

    name: str
    where: str
    events: tuple[dict[str, Any], ...]
    metadata: tuple[dict[str, Any], ...]
    expect: tuple[Expectation, ...] | None
    outputs: tuple[Any, ...] | None = None
    recorded: Recorded = _NOTHING_RECORDED

    def batch(self) -> Inputs:
        """What to run. An event's `messageId` is its metadata's too, unless the case says otherwise, as in production."""
        metadata = []
        for event, given in zip(self.events, self.metadata, strict=True):
            own = event.get("messageId")
            metadata.append({"messageId": own, **given} if isinstance(own, str) else dict(given))
        return Inputs([encode(event) for event in self.events], metadata)

    def judge(self, ledger: Ledger) -> list[Difference]:
        """What does not hold, in the order of the case file; empty if the case holds. `ledger` is closed."""
        if ledger.size != len(self.events):
            return [Difference("events", f"{len(self.events)} outcomes", str(ledger.size))]
        payloads, inputs = ledger.outputs()
        outputs = [json.loads(payload) for payload in payloads]
        found: list[Difference] = []
        if self.expect is None:
            found += [
                Difference(f"events[{index}]", "no failure", _got(ledger, index, 0))
                for index in range(ledger.size)
                if ledger.status[index] == Status.FAILED
            ]
        else:
            for index, expectation in enumerate(self.expect):
                mine = [output for output, sources in zip(outputs, inputs, strict=True) if index in sources]
                found += _judge(expectation, ledger, index, mine)
        if self.outputs is not None:
            found += differences(list(self.outputs), outputs, "outputs")
        return found


def encode(event: dict[str, Any]) -> bytes:
    """The event as compact JSON; a lone surrogate, which UTF-8 cannot say, stays an escape."""
    try:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(event, separators=(",", ":")).encode()


def _judge(expectation: Expectation, ledger: Ledger, index: int, outputs: list[Any]) -> Iterator[Difference]:
    status, path = ledger.status[index], expectation.path
    if isinstance(expectation, Emitted):
        wanted = expectation.outputs
        if status != Status.EMITTED:
            count = "emitted" if wanted is None else _count(len(wanted))
            yield Difference(path, count, _got(ledger, index, len(outputs)))
        elif wanted is not None and expectation.single and len(outputs) == 1:
            yield from differences(wanted[0], outputs[0], f"{path}.emitted")
        elif wanted is not None and expectation.single:
            yield Difference(f"{path}.emitted", "1 output", f"{len(outputs)} outputs: {render(outputs)}")
        elif wanted is not None:
            yield from differences(list(wanted), outputs, f"{path}.emitted")
    elif isinstance(expectation, Dropped):
        reason = ledger.reasons.get(index, "")
        if status != Status.DROPPED:
            yield Difference(path, _dropped(expectation.reason or ""), _got(ledger, index, len(outputs)))
        elif expectation.reason is not None and expectation.reason != reason:
            yield Difference(f"{path}.dropped", render(expectation.reason), render(reason))
    elif status != Status.FAILED:
        yield Difference(path, f"failed {expectation.code.text}", _got(ledger, index, len(outputs)))
    else:
        yield from _judge_failure(expectation, ledger.failures[index])


def _judge_failure(expectation: Failed, failure: Failure) -> Iterator[Difference]:
    if expectation.code != failure.code:
        yield Difference(f"{expectation.path}.failed", expectation.code.text, f"{failure.code.text} ({failure.message})")
        return
    line = failure.place.line if failure.place else 0
    if expectation.message is not None and expectation.message != failure.message:
        yield Difference(f"{expectation.path}.failed.message", render(expectation.message), render(failure.message))
    if expectation.line is not None and expectation.line != line:
        yield Difference(f"{expectation.path}.failed.line", str(expectation.line), str(line) if line else "none")


def _got(ledger: Ledger, index: int, outputs: int) -> str:
    """What became of an event, in words."""
    status = ledger.status[index]
    if status == Status.EMITTED:
        return _count(outputs)
    if status == Status.DROPPED:
        return _dropped(ledger.reasons.get(index, ""))
    failure = ledger.failures[index]
    place = f" (line {failure.place.line})" if failure.place else ""
    return f"failed {failure.code.text}: {failure.message}{place}"


def _count(outputs: int) -> str:
    return f"emitted, {outputs} output{'' if outputs == 1 else 's'}"


def _dropped(reason: str) -> str:
    return f"dropped: {render(reason)}" if reason else "dropped"
