"""metadata(event): what the data plane knows about an event, for user code that asks.

Nothing is built before it is asked for. The event is found by being the object that the code was called with, or else by its
messageId, where of several events with one id the last counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import orjson

from transformer.errors import Code
from transformer.wire.turns import Turn
from transformer.worker.json_values import EventError

__all__ = ["Metadata"]


class _Located(Protocol):
    value: dict[str, Any]
    index: int


class Metadata:
    """The metadata of one turn's events. `lookup` is the function that user code gets."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._by_id: dict[object, int] | None = None
        self._by_object: dict[int, int] = {}
        self.current: object = None
        """The event that user code is looking at, and its index in the turn."""
        self.index = 0

    def remember(self, items: Iterable[_Located]) -> None:
        """The events that a batch function is about to look at. They stay alive while it does."""
        self._by_object = {id(item.value): item.index for item in items}
        self.current = None

    def lookup(self, event: object = None) -> dict[str, Any]:
        """A fresh dict: only what the data plane sent, so keys may be missing; empty for an event that is not of this batch.

        Raises:
            EventError: the attributes that were sent with the event are not a JSON object.
        """
        if event is self.current:
            return self.of(self.index)
        index = self._by_object.get(id(event))
        if index is None and isinstance(event, dict):
            message_id = event.get("messageId")
            if isinstance(message_id, (str, int)):
                index = self._ids().get(message_id)
        return {} if index is None else self.of(index)

    def of(self, index: int) -> dict[str, Any]:
        """What is known about the event at `index` of the turn. Raises as `lookup` does."""
        head = self._turn.head
        found: dict[str, Any] = dict(head.get("common") or {})
        if own := head.get("metadata"):
            found.update(own[index])
        attributes, offsets = self._turn.attributes, self._turn.attribute_offsets
        if attributes is not None and offsets[index] < offsets[index + 1]:
            try:
                extra = orjson.loads(attributes[offsets[index] : offsets[index + 1]])
            except orjson.JSONDecodeError:
                extra = None
            if not isinstance(extra, dict):
                raise EventError(Code.METADATA_INVALID, "the metadata attributes of the event are not a JSON object")
            found.update(extra)
        return found

    def _ids(self) -> dict[object, int]:
        if self._by_id is None:
            self._by_id = {}
            payloads, offsets = self._turn.payloads, self._turn.offsets
            for i in range(len(offsets) - 1):
                try:
                    message_id = orjson.loads(payloads[offsets[i] : offsets[i + 1]])["messageId"]
                except (orjson.JSONDecodeError, KeyError, TypeError):
                    continue
                if isinstance(message_id, (str, int)):
                    self._by_id[message_id] = i
        return self._by_id
