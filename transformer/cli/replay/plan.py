"""Which letters go together: a batch has one workspace and one list of transformations, everything else is per event.

Letters that were never replayed come before those that failed again, and older ones before newer ones. So a replay that is
begun again after it was interrupted goes on where it stopped, and what fails again and again keeps nothing else waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from transformer.deadletters import Selection, Sink

__all__ = ["Due", "Group", "batches", "plan"]

_BATCH_BYTES: Final = 4 * 2**20


class Due(NamedTuple):
    """A letter to replay, in the order in which it is replayed."""

    tries: int
    id: str
    size: int
    where: object


@dataclass(frozen=True, slots=True)
class Group:
    """Letters that may share a batch."""

    workspace: str
    transformations: tuple[str, ...]
    letters: list[Due] = field(default_factory=list)


def plan(sink: Sink, selection: Selection, through: Sequence[str] = ()) -> list[Group]:
    """The letters of a selection, in groups, in order. `through` stands for the transformations that were asked for first."""
    groups: dict[tuple[str, tuple[str, ...]], Group] = {}
    for kept in sink.find(selection):
        letter = kept.letter
        to = tuple(through) or letter.transformations
        group = groups.get((letter.workspace, to))
        if group is None:
            group = groups[letter.workspace, to] = Group(letter.workspace, to)
        group.letters.append(Due(kept.tries, letter.id, kept.size, kept.where))
    for group in groups.values():
        group.letters.sort(key=lambda due: due[:2])
    return sorted(groups.values(), key=lambda group: group.letters[0][:2])


def batches(letters: Sequence[Due], most: int) -> Iterator[list[Due]]:
    """Cut letters into batches of at most `most`, and of a size that servers take."""
    batch: list[Due] = []
    size = 0
    for due in letters:
        if batch and (len(batch) == most or size + due.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(due)
        size += due.size
    if batch:
        yield batch
