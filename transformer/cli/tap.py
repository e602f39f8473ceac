"""`transformer tap`: watch live events of a transformation, before and after it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Annotated, Any, Final

import orjson
import typer
from rich.text import Text

from transformer.cases.differences import ABSENT, differences, render
from transformer.cli.exits import CommandError, Exit
from transformer.cli.server import SERVER_SETTINGS, connect, parse_ref
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import line, say, stdout
from transformer.cli.words import many
from transformer.client import Outcome, TappedEvent, TapStatus
from transformer.errors import TransformerError
from transformer.outcome import Status
from transformer.settings import Settings

__all__ = ["TAP"]

_OUTCOMES: Final = {status.name.lower(): status for status in (Status.EMITTED, Status.DROPPED, Status.FAILED)}
_STYLES: Final = {Status.EMITTED: "green", Status.DROPPED: "yellow", Status.FAILED: "red"}


def tap(
    ref: Annotated[str, typer.Argument(help="What to watch: NAME, NAME@3, NAME@canary.", metavar="TRANSFORMATION")],
    filter_: Annotated[
        str,
        typer.Option(
            "--filter",
            help="Show events for which this CEL expression is true; it may use event, outputs, output, outcome, code, "
            "message, reason, metadata, id, version and logs.",
            metavar="EXPR",
        ),
    ] = "",
    sample: Annotated[float | None, typer.Option(help="Look at this share of the events.", min=0.0001, max=1.0)] = None,
    sticky: Annotated[bool, typer.Option("--sticky", help="Sample by user: always the events of the same ones.")] = False,
    fields: Annotated[str, typer.Option(help="Show these fields only.", metavar="a,b.c")] = "",
    outcome: Annotated[
        list[str] | None, typer.Option(help="Show this outcome only; may be repeated.", metavar="emitted|dropped|failed")
    ] = None,
    count: Annotated[int, typer.Option(help="End after so many events; 0: go on.", min=0)] = 0,
    per_second: Annotated[int, typer.Option(help="Show at most so many events per second; 0: as they come.", min=0)] = 0,
    logs: Annotated[bool, typer.Option("--logs", help="Show what the code logged.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print an object per event; so it is where stdout is no terminal.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Watch live events of a transformation, before and after it, until Ctrl-C.

    The server hides what its operator wants hidden (tap_redact) before anything else looks at an event, the filter included.
    Events that come faster than they can be shown are left out, and counted; what is watched is never slowed down. Of a request
    with several transformations, an event is shown as it was sent and as the last one emitted it.

    With several replicas, the events are those that the connected one handles.

    Ctrl-C is the usual end: the exit code is 0. It is 4 where the server shuts down, 3 where the transformation is deleted.
    """
    watched = parse_ref(ref)
    wanted = [_OUTCOMES.get(name, name) for name in outcome or ()]
    if wrong := [name for name in wanted if isinstance(name, str)]:
        raise CommandError(f"--outcome {wrong[0]!r} is none of {', '.join(_OUTCOMES)}")
    printer = _Printer(as_json=as_json or not sys.stdout.isatty(), quiet=quiet)
    with connect(settings) as client:
        messages = client.tap(
            settings.workspace,
            watched.path,
            filter=filter_,
            sample=sample,
            sticky=sticky,
            fields=[path.strip() for path in fields.split(",") if path.strip()],
            outcomes=[status for status in wanted if isinstance(status, Status)],
            max_per_second=per_second,
            max_events=count,
            include_logs=logs,
        )
        try:
            for message in messages:
                if isinstance(message, TapStatus):
                    printer.fares(message, ref)
                else:
                    printer.show(message)
        except KeyboardInterrupt:
            printer.finish()
        except TransformerError:
            printer.finish()
            raise
        else:
            printer.finish()
    return Exit.OK


class _Printer:
    """Prints what comes: for people on a terminal, else as JSON lines; and at the end how it went."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self._as_json = as_json
        self._quiet = quiet
        self._status: TapStatus | None = None
        self._shown = 0
        self._since = time.monotonic()

    def fares(self, status: TapStatus, ref: str) -> None:
        if not self._quiet:
            if self._status is None:
                say(f"watching {ref}; Ctrl-C ends it", "dim")
            elif status.dropped and not self._status.dropped:
                say("events come faster than they can be shown; some are left out", "yellow")
            elif status.filter_errors and not self._status.filter_errors:
                say(f"the filter fails on some events: {status.filter_error}", "yellow")
        self._status = status

    def show(self, event: TappedEvent) -> None:
        self._shown += 1
        if self._as_json:
            sys.stdout.buffer.write(orjson.dumps(_as_json(event)) + b"\n")
            sys.stdout.buffer.flush()
            return
        console = stdout()
        for one in _lines(event):
            console.print(one, soft_wrap=True)

    def finish(self) -> None:
        status = self._status
        if self._quiet or status is None:
            return
        left = {
            "not sampled": status.unsampled,
            "not what the filter wants": status.filtered,
            "on which the filter failed": status.filter_errors,
            "too fast": status.dropped,
            "over --per-second": status.limited,
            "that could not be redacted": status.withheld,
        }
        told = "; ".join(f"{number:,} {why}" for why, number in left.items() if number)
        seconds = time.monotonic() - self._since
        seen = max(status.seen, self._shown)
        say(f"{self._shown:,} of {many(seen, 'event')} in {seconds:.1f} s shown{f'; left out: {told}' if told else ''}")
        if status.filter_error:
            say(f"the filter failed: {status.filter_error}", "yellow")


def _lines(event: TappedEvent) -> Iterator[Text]:
    outcome = event.outcome
    head = Text(f"{event.time:%H:%M:%S.%f}"[:-3], style="dim")
    head.append_text(line(f" {_short(event.version)} ", "bold"))
    head.append_text(line(outcome.status.name.lower(), _STYLES[outcome.status]))
    yield head.append_text(line(f" {outcome.message_id}", "dim"))
    before, after = event.before_json(), event.after_json()
    if before is None:
        yield line("  not a JSON object; not shown", "dim")
    elif not after:
        yield line(f"  {render(before)}")
    if outcome.drop_reason:
        yield line(f"  {outcome.drop_reason}", "yellow")
    if outcome.failure is not None:
        yield line(f"  {outcome.failure.code.text} {outcome.failure.message}{_place(outcome)}", "red")
    for number, output in enumerate(after, 1):
        if len(after) > 1:
            yield line(f"  output {number} of {len(after)}", "dim")
        yield from _changes(before or {}, output)
    for logged in outcome.logs:
        yield line(f"  log: {logged}", "dim")


def _changes(before: Any, after: Any) -> Iterator[Text]:
    """What the code changed, a line per place."""
    changed = False
    for one in differences(before, after, ""):
        changed = True
        path = one.path.removeprefix(".")
        if one.got == ABSENT:
            yield line(f"  - {path}: {one.expected}", "red")
        elif one.expected == ABSENT:
            yield line(f"  + {path}: {one.got}", "green")
        else:
            yield line(f"  ~ {path}: {one.expected} → {one.got}", "cyan")
    if not changed:
        yield line(f"  unchanged: {render(after)}", "dim")


def _as_json(event: TappedEvent) -> dict[str, Any]:
    outcome = event.outcome
    told: dict[str, Any] = {
        "time": event.time.isoformat(),
        "version": _short(event.version),
        "message_id": outcome.message_id,
        "status": outcome.status.name.lower(),
        "before": orjson.Fragment(event.before) if event.before else None,
        "after": [orjson.Fragment(output) for output in event.after],
    }
    if outcome.drop_reason:
        told["reason"] = outcome.drop_reason
    if (failure := outcome.failure) is not None:
        told |= {"code": failure.code.text, "message": failure.message, "retryable": failure.retryable}
        if failure.version:
            told["step"] = _short(failure.version)
        if failure.place is not None:
            place = failure.place
            told["place"] = {"line": place.line, "column": place.column, "function": place.function}
    if outcome.logs:
        told["logs"] = list(outcome.logs)
    return told


def _place(outcome: Outcome) -> str:
    failure = outcome.failure
    if failure is None or not failure.version:
        return ""
    place = f":{failure.place.line}" if failure.place is not None else ""
    return f" ({_short(failure.version)}{place})"


def _short(name: str) -> str:
    """`scrub@3` for a version's full name."""
    parts = name.split("/")
    return f"{parts[3]}@{parts[5]}" if len(parts) == 6 else name


TAP = CommandSpec(
    name="tap",
    run=tap,
    settings=SERVER_SETTINGS,
    examples=(
        """transformer tap scrub --outcome failed""",
        """transformer tap scrub@canary --filter 'event.type == "track" && size(outputs) == 0' --sample 0.1 --sticky""",
        """transformer tap scrub --fields type,context.page --count 100 > seen.jsonl""",
    ),
)
