"""The two doors by which existing data planes come: theirs are not the event and its outputs, but replies.

    processor   an event, its metadata                  →  its replies, each one output (see `transformer.mappers.replies`)
    router      jobs {message, metadata, destination?}  →  the router's replies, each one output of all its jobs

What a reply only repeats, the host adds from what it was sent: metadata, and a destination. So it is in a reply where a mapper
says more than it was told, and nowhere else. A job brings a destination where that is not the one of the step, and says that it
is `mapped` where its message is what a processor was told to send. In a reply, `order` says in which order its jobs are told,
where that is not theirs, and `bare` that the destination is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn, Protocol

from transformer.engines.base import Explained
from transformer.engines.joined import Joined
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper
from transformer.mappers.replies import Maps, failure, told
from transformer.mappers.router import routed
from transformer.mappers.values import EMPTY
from transformer.mappers.warehouse.warehouse import Warehouse

__all__ = ["Opened", "OpenedMapper", "OpenedWarehouse", "Processor", "Router", "Unopened"]

_Explain = Callable[[BaseException], Explained]


class Opened(Maps, Protocol):
    """A destination that maps events."""

    asks: bool
    """Whether it looks at metadata."""

    def make(self, event: dict[str, Any], metadata: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        """What the destination is to be sent; and the event's metadata, another object if it changed. Raises MappingError."""
        ...


class OpenedMapper:
    """A mapper, with the connection that its events come through."""

    def __init__(self, mapper: Mapper, connection: Mapping[str, Any], *, asks: bool) -> None:
        self._mapper = mapper
        self.asks = asks
        self.name = mapper.name
        self.implementation = mapper.implementation
        self.workflow = mapper.workflow
        self._connection = connection

    def make(self, event: dict[str, Any], metadata: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        """As `Opened` has it."""
        return self._mapper.requests(event, metadata, self._connection), self._mapper.call.metadata


class OpenedWarehouse:
    """A warehouse, which changes no metadata."""

    asks = True
    implementation = "native"
    workflow = ""

    def __init__(self, name: str, warehouse: Warehouse) -> None:
        self.name = name
        self._warehouse = warehouse

    def make(self, event: dict[str, Any], metadata: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        """As `Opened` has it."""
        return self._warehouse.rows(event, metadata), metadata


class Unopened:
    """A destination whose settings are such that it maps nothing: every event is told so."""

    asks = False
    implementation = "native"
    workflow = ""

    def __init__(self, name: str, wrong: MappingError) -> None:
        self.name = name
        self._wrong = wrong

    def make(self, _event: dict[str, Any], _metadata: Mapping[str, Any]) -> NoReturn:
        """As `Opened` has it: raises."""
        raise self._wrong.with_traceback(None)


class Processor:
    """One destination as a data plane's processor asks for it."""

    entry_point: Literal["transformEvent"] = "transformEvent"
    text_only = True
    finite = False
    many = None
    raw = None

    def __init__(self, opened: Opened, explain: _Explain) -> None:
        self._opened = opened
        self._asks = opened.asks
        self.explain = explain

    def call(self, event: dict[str, Any], metadata: Callable[[Any], Any]) -> Any:
        """The replies to an event, or the one."""
        opened = self._opened
        known = metadata(event) if self._asks else EMPTY
        try:
            made, now = opened.make(event, known)
        except MappingError as wrong:
            return failure(opened, wrong, known, "processor")  # whose event it is, the host knows
        replies = told(made)
        if self._asks and now is not known:
            for reply in replies:
                reply["metadata"] = now
        return replies[0] if len(replies) == 1 else replies


class Router:
    """One destination as a data plane's router asks for it."""

    entry_point: Literal["joined"] = "joined"
    text_only = True
    finite = False
    many = None
    raw = None

    def __init__(self, mapper: Mapper, destination: dict[str, Any], explain: _Explain) -> None:
        self._mapper = mapper
        self._destination = destination
        self.explain = explain

    def call(self, items: list[dict[str, Any]], at: Callable[[int | None], None]) -> list[Joined]:
        """The replies to jobs; `at` is told which of them is being mapped."""
        places = {}
        changing = False
        for place, item in enumerate(items):
            if not isinstance(item.get("metadata"), dict):
                item["metadata"] = {}
            places[id(item["metadata"])] = place
            changing = changing or isinstance(item.get("destination"), dict)
            item.setdefault("destination", self._destination)
        try:
            replies = routed(self._mapper, items, lambda item: at(None if item is None else places[id(item["metadata"])]))
        finally:
            if changing:
                self._mapper.settle(self._destination.get("Config"), self._destination)
        return [_joined(reply, places) for reply in replies]


def _joined(reply: dict[str, Any], places: Mapping[int, int]) -> Joined:
    jobs = [places[id(metadata)] for metadata in reply.pop("metadata")]
    if reply.pop("destination", None) is None:
        reply["bare"] = True
    inputs = sorted(jobs)
    if jobs != inputs:
        reply["order"] = [inputs.index(job) for job in jobs]
    return Joined(reply, tuple(inputs))
