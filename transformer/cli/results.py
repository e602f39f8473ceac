"""Print what became of events: outputs or outcomes as JSONL on stdout, failures and a summary on stderr.

`run` and `send` share it: whether code ran here or on a server, the output is the same.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from transformer.cli.exits import Exit
from transformer.cli.reading import Lines
from transformer.cli.talk import line, stderr
from transformer.cli.words import many
from transformer.errors import TransformerError
from transformer.outcome import Failure, Ledger, Status

__all__ = ["Answer", "Printer"]

_SHOWN_FAILURES: Final = 20
"""Failures told one by one; the summary counts all of them, and --outcomes prints each."""

_SHOWN_KINDS: Final = 20
_COUNTED_KINDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of `lines`: a closed ledger with an entry for each, and the names of the steps that its failures refer to."""

    lines: Lines
    ledger: Ledger
    steps: tuple[str, ...]


@dataclass(slots=True)
class Printer:
    """Prints answers in the order in which they come, and remembers what the summary needs.

    outcomes  print an object for every event instead of only the outputs
    logs      print what user code logged
    quiet     no failures and no summary, only data
    """

    outcomes: bool = False
    logs: bool = False
    quiet: bool = False
    events: int = 0
    outputs: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    first_lines: dict[tuple[str, str, str], int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    console: Console = field(default_factory=stderr)

    def print(self, answer: Answer) -> None:
        """Print one answer. What was printed has left this process when the call returns."""
        lines, ledger = answer.lines, answer.ledger
        payloads, inputs = ledger.outputs()
        self.events += ledger.size
        self.outputs += len(payloads)
        for status in (Status.EMITTED, Status.DROPPED, Status.FAILED):
            self.counts[status] += ledger.status.count(status)
        if self.outcomes:
            printed = [orjson.dumps(told) for told in _outcomes(answer, payloads, inputs, logs=self.logs)]
        else:
            printed = payloads
        if printed:
            sys.stdout.buffer.write(b"\n".join(printed) + b"\n")
            sys.stdout.buffer.flush()
        if self.logs and not self.outcomes:
            for index, told in sorted(ledger.logs.items()):
                for logged in told:
                    self._say(f"line {lines.numbers[index]}: {logged}", "dim")
        for index, failure in sorted(ledger.failures.items()):
            self._count(lines.numbers[index], failure, answer.steps)

    def finish(self) -> Exit:
        """Print the summary. Returns NOT_HELD if an event failed."""
        failed = self.counts[Status.FAILED]
        if not self.quiet:
            self._say(self.so_far())
            if failed:
                self._summarize()
        return Exit.NOT_HELD if failed else Exit.OK

    @contextmanager
    def told_if_cut_short(self) -> Generator[None]:
        """How far it came is told too when an error or Ctrl-C ends it, so that somebody can go on from there."""
        try:
            yield
        except (TransformerError, KeyboardInterrupt):
            if self.events:
                self.finish()
            raise

    def so_far(self) -> str:
        """How many events became what, in how much time."""
        emitted, dropped, failed = (self.counts[status] for status in (Status.EMITTED, Status.DROPPED, Status.FAILED))
        seconds = time.monotonic() - self.started
        return (
            f"{many(self.events, 'event')} in {seconds:.1f} s: {emitted:,} emitted, {dropped:,} dropped, {failed:,} failed; "
            f"{many(self.outputs, 'output')}"
        )

    def _say(self, message: str, style: str = "") -> None:
        self.console.print(line(message, style), soft_wrap=True)

    def _count(self, number: int, failure: Failure, steps: tuple[str, ...]) -> None:
        place = place_of(failure, steps)
        kind = (failure.code.text, failure.message, place)
        if kind in self.kinds or len(self.kinds) < _COUNTED_KINDS:
            self.kinds[kind] += 1
            self.first_lines.setdefault(kind, number)
        shown = self.kinds.total()
        if self.quiet or shown > _SHOWN_FAILURES + 1:
            return
        if shown > _SHOWN_FAILURES:
            self._say("more events failed; the summary counts them, --outcomes prints every one", "dim")
        else:
            self._say(f"line {number}: {failure.code.text} {failure.message}{f' ({place})' if place else ''}", "red")

    def _summarize(self) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading, justify in (
            ("failed", "right"),
            ("code", "left"),
            ("message", "left"),
            ("place", "left"),
            ("first line", "right"),
        ):
            table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
        for (code, message, place), count in self.kinds.most_common(_SHOWN_KINDS):
            table.add_row(f"{count:,}", code, line(message), line(place), str(self.first_lines[code, message, place]))
        self.console.print(table)
        if (more := len(self.kinds) - _SHOWN_KINDS) > 0:
            self._say(f"and {many(more, 'other kind')} of failure", "dim")


def place_of(failure: Failure, steps: tuple[str, ...]) -> str:
    """`scrub.py:3:5`, as far as it is known."""
    name = steps[failure.step] if failure.step is not None and failure.step < len(steps) else ""
    if failure.place is None:
        return name
    column = f":{failure.place.column}" if failure.place.column else ""
    return f"{name or 'line'}:{failure.place.line}{column}"


def _outcomes(answer: Answer, payloads: list[bytes], inputs: list[tuple[int, ...]], *, logs: bool) -> list[dict[str, Any]]:
    """One object per event. An output stands with its first event; where it has others, they name that one's line."""
    lines, ledger = answer.lines, answer.ledger
    told: list[dict[str, Any]] = [
        {"line": number, "status": Status(status).name.lower()}
        for number, status in zip(lines.numbers, ledger.status, strict=True)
    ]
    for payload, (first, *others) in zip(payloads, inputs, strict=True):
        told[first].setdefault("outputs", []).append(orjson.Fragment(payload))
        for other in others:
            joined = told[other].setdefault("joined", [])
            if lines.numbers[first] not in joined:
                joined.append(lines.numbers[first])
    for index, status in enumerate(ledger.status):
        if status == Status.DROPPED:
            told[index]["reason"] = ledger.reasons.get(index, "")
            if len(answer.steps) > 1 and (step := ledger.droppers.get(index, 0)) < len(answer.steps):
                told[index]["step"] = answer.steps[step]
    for index, failure in ledger.failures.items():
        told[index].update(_failure(failure, answer.steps))
    if logs:
        for index, one in enumerate(told):
            one["logs"] = ledger.logs.get(index, [])
    return told


def _failure(failure: Failure, steps: tuple[str, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {"code": failure.code.text, "message": failure.message, "retryable": failure.retryable}
    if failure.retry_after_seconds is not None:
        told["retry_after_seconds"] = failure.retry_after_seconds
    if failure.step is not None and failure.step < len(steps):
        told["step"] = steps[failure.step]
    if failure.place is not None:
        told["place"] = {"line": failure.place.line, "column": failure.place.column, "function": failure.place.function}
    return told
