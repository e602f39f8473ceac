"""`transformer events`: realistic events to try code with."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Annotated

import orjson
import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.spec import CommandSpec
from transformer.sample_events import EVENT_TYPES, event_stream

__all__ = ["EVENTS"]


def events(
    count: Annotated[int, typer.Option("--count", "-n", help="How many.", min=0)] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 0,
    types: Annotated[
        list[str] | None, typer.Option("--type", help=f"Only this type; may be repeated. One of {', '.join(EVENT_TYPES)}.")
    ] = None,
) -> Exit:
    """Print generated events, one JSON object per line: track, page, identify, screen, group, alias.

    They look like a shop's: nested properties, products, contexts, about 1 KB each. Nobody real is in them.
    """
    try:
        stream = event_stream(seed, types or EVENT_TYPES)
    except ValueError as wrong:
        raise CommandError(str(wrong)) from None
    for event in islice(stream, count):
        sys.stdout.buffer.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
    return Exit.OK


EVENTS = CommandSpec(
    name="events",
    run=events,
    examples=("transformer events --count 3", "transformer events -n 100000 --seed 7 --type track > events.jsonl"),
)
