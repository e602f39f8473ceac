"""Which event an output of a batch function belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from transformer.errors import Code
from transformer.worker.json_values import OutputError, json_kind

__all__ = ["attribute", "message_id"]


class _Located(Protocol):
    value: dict[str, Any]
    index: int


def attribute(
    returned: object, items: Sequence[_Located], message_ids: Sequence[object], most_per_item: int, *, adopts: bool = False
) -> list[tuple[dict[str, Any], int]]:
    """Each output of a batch function with the index of its event, in the order of the outputs. None is no output.

    An output that is the same object as an event belongs to it; otherwise its messageId decides: the k-th output with an id
    belongs to the k-th event that had that id when the function was called (`message_ids`, one per item), any more to the
    last of them. With `adopts`, what belongs to no event is the first one's, and None among the outputs is none.

    Raises:
        OutputError: not a list of dicts, an output that belongs to no event, or too many outputs.
    """
    if returned is None:
        return []
    if not isinstance(returned, list):
        told = f"transformBatch returned {json_kind(returned)}; return an array of objects, or nothing"
        raise OutputError(Code.BAD_RETURN, told)
    if len(returned) > most_per_item * max(1, len(items)):
        raise OutputError(Code.OUTPUT_LIMIT, f"transformBatch returned {len(returned)} outputs for {len(items)} events")
    owner_of_object = {id(item.value): item.index for item in items}
    owners_of_id: dict[object, list[int]] = {}
    for item, of_item in zip(items, message_ids, strict=True):
        owners_of_id.setdefault(of_item, []).append(item.index)
    used: dict[object, int] = {}
    found = []
    for at, value in enumerate(returned):
        if not isinstance(value, dict):
            if value is None and adopts:
                continue
            told = f"transformBatch returned an array whose item {at} is {json_kind(value)}; every item must be an object"
            raise OutputError(Code.BAD_RETURN, told)
        owner = owner_of_object.get(id(value))
        its_id = message_id(value)
        owners = owners_of_id.get(its_id) if its_id is not None else None
        if owners:
            nth = used.get(its_id, 0)
            used[its_id] = nth + 1
            owner = owners[min(nth, len(owners) - 1)] if owner is None else owner
        if owner is None and not adopts:
            told = f"output {at} of transformBatch belongs to no event: keep the messageId of the event that it comes from"
            raise OutputError(Code.OUTPUT_UNKNOWN, told)
        found.append((value, items[0].index if owner is None else owner))
    return found


def message_id(value: dict[str, Any]) -> object:
    """The id in an event, None where there is none that could be compared."""
    found = value.get("messageId")
    return found if isinstance(found, (str, int, float)) else None
