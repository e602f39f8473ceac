"""`transformer dead-letters`: look at events that failed and were kept, and remove them for good.

The commands read the sink itself, with the rights of whoever calls them; no server has to run. What an event holds is shown
only when it is asked for.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from heapq import nlargest
from typing import Annotated, Any

import orjson
import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.letters import (
    SINK_SETTINGS,
    Codes,
    Everywhere,
    Ids,
    Refs,
    Since,
    Until,
    chosen,
    opened_sink,
    short,
)
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_table, say
from transformer.cli.words import many, moment
from transformer.deadletters import Kept, Letter, Selection
from transformer.settings import Settings

__all__ = ["DEAD_LETTERS"]

_MESSAGE_CHARACTERS = 60


def list_letters(
    refs: Refs = None,
    code: Codes = None,
    since: Since = None,
    until: Until = None,
    letter_id: Ids = None,
    everywhere: Everywhere = False,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those that were replayed with success, instead.")] = False,
    count: Annotated[int, typer.Option("--count", "-n", help="How many at most.", min=1)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print the letters as JSON.")] = False,
    payload: Annotated[bool, typer.Option("--payload", help="With --json: also what the events hold.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """List dead letters of the workspace, newest first: when and where an event failed, why, and how often it was replayed.

    Without --replayed, those that wait: they were not replayed, or failed again. What the events hold is not shown.
    """
    if payload and not as_json:
        raise CommandError("--payload needs --json")
    selection = chosen(
        settings, refs, code, since, until, letter_id, everywhere=everywhere, state="replayed" if replayed else "waiting"
    )
    with opened_sink(settings) as sink:
        found = nlargest(count, sink.find(selection), key=lambda kept: kept.letter.id)
        whole = sink.read([kept.where for kept in found]) if payload else [None] * len(found)
        if not found:
            say(f"no dead letter fits; looked in {sink.place}", "dim")
    if as_json:
        print_json([_told(kept, letter) for kept, letter in zip(found, whole, strict=True)])
        return Exit.OK
    headings = ["id", "when", "in", "code", "message", "tries"]
    rows = [
        [
            kept.letter.id,
            moment(kept.letter.time),
            short(kept.failure.version),
            kept.last.status if kept.replayed and kept.last is not None else kept.failure.code,
            "" if kept.replayed else _cut(kept.failure.message),
            str(kept.tries),
        ]
        for kept in found
    ]
    if everywhere:
        headings.insert(2, "workspace")
        for row, kept in zip(rows, found, strict=True):
            row.insert(2, kept.letter.workspace)
    print_table(headings, rows, right=(len(headings) - 1,))
    if len(found) == count:
        say("there may be more; --count shows them", "dim")
    return Exit.OK


def show_letter(
    letter_id: Annotated[str, typer.Argument(help="The id of the letter.", metavar="ID")],
    payload: Annotated[bool, typer.Option("--payload", help="Also what the event holds.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Only the event, byte for byte, for `transformer run`.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Print one dead letter as JSON: how the event was sent, how it failed, what became of its last replay."""
    with opened_sink(settings) as sink:
        kept = next(sink.find(Selection(ids=frozenset({letter_id}), state="all")), None)
        letter = sink.read([kept.where])[0] if kept is not None else None
    if kept is None or letter is None:
        raise CommandError(f"there is no dead letter {letter_id!r}", Exit.REFUSED)
    if raw:
        sys.stdout.buffer.write(letter.payload + b"\n")
        sys.stdout.buffer.flush()
    else:
        print_json(_told(kept, letter if payload else None))
    return Exit.OK


def purge_letters(
    refs: Refs = None,
    code: Codes = None,
    since: Since = None,
    until: Until = None,
    letter_id: Ids = None,
    everywhere: Everywhere = False,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those that were replayed with success, instead.")] = False,
    every: Annotated[
        bool, typer.Option("--every", help="All of the workspace, replayed or not, where nothing else chooses.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Remove dead letters for good, and print how many. Nothing brings them back.

    Something has to choose: a transformation, an option, or --every.
    """
    selection = chosen(
        settings, refs, code, since, until, letter_id, everywhere=everywhere, state="replayed" if replayed else "waiting"
    )
    if selection.unlimited and not (replayed or every):
        raise CommandError("this would remove every letter; choose some, or say --every")
    if every:
        selection = replace(selection, state="all")
    with opened_sink(settings) as sink:
        count = sum(1 for _ in sink.find(selection)) if dry_run else sink.purge(selection)
    verb = "would be" if dry_run else "was" if count == 1 else "were"
    say(f"{many(count, 'dead letter')} {verb} removed")
    return Exit.OK


def _cut(message: str) -> str:
    first = message.splitlines()[0] if message else ""
    return first if len(first) <= _MESSAGE_CHARACTERS else f"{first[: _MESSAGE_CHARACTERS - 1]}…"


def _told(kept: Kept, whole: Letter | None) -> dict[str, Any]:
    """A letter as JSON: as it is kept, with what became of it; without what the event holds, unless `whole` has it."""
    letter = whole or kept.letter
    told: dict[str, Any] = orjson.loads(letter.line())
    if whole is None:
        for hidden in ("payload", "payload_base64"):
            told.pop(hidden, None)
    told["tries"] = kept.tries
    if kept.last is not None:
        told["last"] = orjson.loads(kept.last.line())
        del told["last"]["id"]
    told["replayed"] = kept.replayed
    return told


DEAD_LETTERS = (
    CommandSpec(
        name="dead-letters list",
        run=list_letters,
        settings=("workspace", *SINK_SETTINGS),
        examples=("transformer dead-letters list", "transformer dead-letters list scrub@3 --code T201 --since 6h --json"),
    ),
    CommandSpec(
        name="dead-letters show",
        run=show_letter,
        settings=SINK_SETTINGS,
        examples=(
            "transformer dead-letters show 18a5cf0e2f5a3b005f3a9c01",
            "transformer dead-letters show 18a5cf0e2f5a3b005f3a9c01 --raw | transformer run scrub.py",
        ),
    ),
    CommandSpec(
        name="dead-letters purge",
        run=purge_letters,
        settings=("workspace", *SINK_SETTINGS),
        examples=("transformer dead-letters purge --replayed", "transformer dead-letters purge scrub --until 7d --dry-run"),
    ),
)
