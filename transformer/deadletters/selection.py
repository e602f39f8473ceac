"""Which letters: the one filter of every command, with the same meaning over every sink."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from transformer.deadletters.letter import FAILED, Letter, LetterFailure, Mark

__all__ = ["Kept", "Selection", "State"]

State = Literal["waiting", "replayed", "all"]

_VERSION_PARTS: Final = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter in its sink, without payload and attributes.

    where   what the sink finds it by
    size    the bytes that it takes
    tries   how often it was replayed
    last    what became of the last replay
    """

    letter: Letter
    where: object
    size: int
    tries: int = 0
    last: Mark | None = None

    @property
    def replayed(self) -> bool:
        """Whether a replay succeeded: its event was emitted or dropped."""
        return self.last is not None and self.last.status != FAILED

    @property
    def failure(self) -> LetterFailure:
        """Why it failed last."""
        return self.last.failure if self.last is not None and self.last.failure is not None else self.letter.failure


@dataclass(frozen=True, slots=True)
class Selection:
    """A letter is taken if it fits every part that says something.

    workspace   its id, None for all
    refs        transformations and version numbers, one of which is to blame; 0 is any version, and then a letter that blames
                none fits too if the transformation was among those asked for
    codes       such as T201, of the last failure
    since       it failed at this time or later; `until`: before
    state       waiting: not replayed with success yet
    """

    workspace: str | None = None
    refs: tuple[tuple[str, int], ...] = ()
    codes: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    ids: frozenset[str] = frozenset()
    state: State = "waiting"

    @property
    def unlimited(self) -> bool:
        """Whether nothing but the workspace and the state chooses."""
        return not (self.refs or self.codes or self.since or self.until or self.ids)

    def takes(self, kept: Kept) -> bool:
        """Whether it is one of these."""
        letter = kept.letter
        return (
            (self.workspace is None or letter.workspace == self.workspace)
            and (self.state == "all" or kept.replayed == (self.state == "replayed"))
            and (not self.ids or letter.id in self.ids)
            and (not self.codes or kept.failure.code in self.codes)
            and (self.since is None or letter.time >= self.since)
            and (self.until is None or letter.time < self.until)
            and (not self.refs or any(_blames(kept, *ref) for ref in self.refs))
        )


def _blames(kept: Kept, transformation: str, number: int) -> bool:
    version = kept.failure.version
    if not version:
        return not number and any(_transformation(asked) == transformation for asked in kept.letter.transformations)
    parts = version.split("/")
    return len(parts) == _VERSION_PARTS and parts[3] == transformation and (not number or parts[5] == str(number))


def _transformation(reference: str) -> str:
    """The id in `transformations/scrub/aliases/live`, or in a full name."""
    parts = reference.split("/")
    return parts[parts.index("transformations") + 1] if "transformations" in parts[:-1] else ""
