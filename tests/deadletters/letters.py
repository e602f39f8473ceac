"""Letters and marks as the tests need them."""

from datetime import UTC, datetime
from typing import Any

from transformer.deadletters import Letter, LetterFailure, Line, Mark, Metadata, Sink, next_id
from transformer.outcome import Place

VERSION = "workspaces/w/transformations/scrub/versions/3"
FAILURE = LetterFailure("T201", "KeyError: 'x'", version=VERSION, place=Place(3, 5, "transformEvent"))


def make_letter(payload: bytes = b'{"n":1}', **fields: Any) -> Letter:
    """A letter that failed now, in version 3 of `scrub`."""
    usual = {
        "id": next_id(),
        "time": datetime.now(UTC),
        "workspace": "w",
        "transformations": ("transformations/scrub",),
        "failure": FAILURE,
        "message_id": "m1",
        "metadata": Metadata("source", "destination", "key", "2026-09-01T12:30:00.123456789Z", b'{"a":1}'),
        "versions": (VERSION,),
    }
    return Letter(payload=payload, **(usual | fields))


def make_mark(letter: Letter, status: str = "emitted", failure: LetterFailure | None = None) -> Mark:
    """What became of a replay of a letter."""
    return Mark(letter.id, datetime.now(UTC), status, "ada", failure, (VERSION,))


def keep(sink: Sink, *letters: Letter) -> None:
    """Keep letters as the writer does: those of a workspace together."""
    for workspace in dict.fromkeys(letter.workspace for letter in letters):
        assert sink.keep(workspace, [Line(one.id, one.time, one.line()) for one in letters if one.workspace == workspace]) == 0
