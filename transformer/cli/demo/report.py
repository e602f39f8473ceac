"""What the demo shows: what became of the events, how fast, and one of them before and after."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson
from rich import box
from rich.table import Table
from rich.text import Text

from transformer.cli.talk import line, stdout
from transformer.client import TransformResult
from transformer.outcome import Status
from transformer.sample_events import EVENT_TYPES

__all__ = ["Leg", "print_legs", "print_one_event"]

_STATUSES = ((Status.EMITTED, "green"), (Status.DROPPED, "yellow"), (Status.FAILED, "red"))


@dataclass(frozen=True, slots=True)
class Leg:
    """All events through some transformations: how many of which type had which status, in how long, and what came out."""

    names: tuple[str, ...]
    counts: Counter[tuple[str, Status]]
    failures: Counter[str]
    seconds: float
    outputs: dict[int, bytes]

    @classmethod
    def of(cls, names: Sequence[str], events: list[dict[str, Any]], results: list[TransformResult], seconds: float) -> Self:
        """The leg whose batches, in order, had these results."""
        counts: Counter[tuple[str, Status]] = Counter()
        failures: Counter[str] = Counter()
        outputs: dict[int, bytes] = {}
        start = 0
        for result in results:
            for event, outcome in zip(events[start:], result.outcomes, strict=False):
                counts[event["type"], outcome.status] += 1
                if outcome.failure is not None:
                    failures[f"{outcome.failure.code.text} {outcome.failure.message}"] += 1
            outputs.update((start + output.inputs[0], output.payload) for output in result.outputs)
            start += len(result.outcomes)
        return cls(tuple(names), counts, failures, seconds, outputs)


def print_legs(legs: list[Leg], events: int) -> None:
    """The table: event types down, transformations across, in each cell emitted, dropped, failed."""
    title = f"\n{events:,} events through each: emitted, dropped, failed"
    table = Table(title=title, title_style="bold", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 0))
    table.add_column("type")
    for leg in legs:
        table.add_column(leg.names[0] if len(leg.names) == 1 else "all of them", justify="right")
    for kind in EVENT_TYPES:
        table.add_row(kind, *(_cell(leg, [kind]) for leg in legs))
    table.add_section()
    table.add_row("all", *(_cell(leg, EVENT_TYPES) for leg in legs))
    table.add_row("events/s", *(f"{events / leg.seconds:,.0f}" for leg in legs))
    console = stdout()
    console.print(table)
    for failure, count in legs[-1].failures.most_common(3):
        console.print(line(f"{count} failed: {failure}", "red"))


def print_one_event(events: list[dict[str, Any]], leg: Leg) -> None:
    """One event that somebody is recognisable in, before and after the pipeline, as the lines that changed."""
    for index, event in enumerate(events):
        if event["type"] == "identify" and index in leg.outputs:
            console = stdout()
            console.print(Text(f"\none identify event before (-) and after (+) {' → '.join(leg.names)}", style="bold"))
            for change in _changes(event, orjson.loads(leg.outputs[index])):
                console.print(line(change, {"-": "red", "+": "green"}.get(change[0], "dim")), soft_wrap=True)
            return


def _cell(leg: Leg, kinds: Sequence[str]) -> Text:
    cell = Text()
    for status, style in _STATUSES:
        count = sum(leg.counts[kind, status] for kind in kinds)
        cell.append(f"{count}".rjust(5), style=style if count else "dim")
    return cell


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    old, new = (orjson.dumps(one, option=orjson.OPT_INDENT_2).decode().splitlines() for one in (before, after))
    for change in difflib.unified_diff(old, new, lineterm="", n=1):
        if not change.startswith(("---", "+++")):
            yield "  ⋮" if change.startswith("@@") else change
