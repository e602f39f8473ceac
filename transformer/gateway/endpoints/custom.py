"""POST /customTransform: events of user transformations, answered as data planes expect it.

Events of one workspace, source, destination and version are a group, and run together; replies keep the order of the events,
and what came out of one event stays together. A group takes its version, libraries and credentials from its first event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct

from transformer.errors import CallerError, Code, PlatformError
from transformer.gateway.code.planning import CodePlans, Named, Planned
from transformer.gateway.code.sources import BackendError
from transformer.gateway.code.steps import CodeRefusedError, note_secrets, read_credentials
from transformer.gateway.replies.answers import Answer, array, element, retry
from transformer.gateway.replies.texts import error_text
from transformer.gateway.requests.bodies import Item, facts, is_readable, object_of, read, read_items
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.requests.jobs import Job
from transformer.gateway.running.patience import Patience
from transformer.gateway.running.pieces import beside_each_other, pieces_of, work_of
from transformer.gateway.running.whole import Poison, run_whole
from transformer.outcome import Failure, Ledger, Status
from transformer.service.planning import Part

__all__ = ["CustomTransform"]

_MIRRORED: Final = 297
_FILTERED: Final = 298
_REFUSED: Final = HTTPStatus.BAD_REQUEST
_NO_METADATA: Final = b"{}"
_TOGETHER: Final = re.compile(r"\btransform(?:Batch)?\b")
_SOURCES: Final = 256
_NO_MESSAGE: Final = "the event has no message"
_NO_VERSION: Final = "Transformation VersionID not found"


class _Transformation(Struct, frozen=True, rename={"version_id": "VersionID", "language": "Language"}):
    version_id: Any = None
    language: Any = None


class _Destination(Struct, frozen=True, rename={"transformations": "Transformations"}):
    transformations: list[_Transformation] | None = None


class _Library(Struct, frozen=True, rename={"version_id": "VersionID", "id": "versionId"}):
    version_id: Any = None
    id: Any = None


_DESTINATION: Final = msgspec.json.Decoder(_Destination)
_NO_DESTINATION: Final = _Destination()
_LIBRARIES: Final = msgspec.json.Decoder(list[_Library])


@dataclass(slots=True)
class _Group:
    """Events that run together: indexes into the request's."""

    workspace: str
    first: Item
    indexes: list[int] = field(default_factory=list)


class CustomTransform:
    """The endpoint."""

    def __init__(self, plans: CodePlans, poison: Poison) -> None:
        """`plans` finds code; `poison` is what every endpoint knows."""
        self._plans = plans
        self._poison = poison
        self._patience = Patience()

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        items = read_items(call.body)
        run = _Request(call, items)
        call.metadatas = [event.metadata or _NO_METADATA for event in run.events]
        try:
            await beside_each_other(self._run(run, group) for group in run.groups())
        except BackendError as error:
            return retry(call.metadatas, error.reason, error.told)
        if run.reached_out and call.parts.settings.gateway_mirror_filter:
            return array((), _MIRRORED)
        return array(run.replies())

    async def _run(self, run: _Request, group: _Group) -> None:
        """Have the events of a group replied to. Raises BackendError where all are to be sent again, PlatformError."""
        call, events = run.call, [run.events[index] for index in group.indexes]
        call.enter(group.workspace)
        version_id, language = next((run.versions[index] for index in group.indexes if run.versions[index][0]), ("", ""))
        if not version_id:
            run.refuse(group.indexes, _REFUSED, _NO_VERSION)
            return
        named = Named(group.workspace, version_id, _libraries(group.first), language)
        keys = [event.facts.text("rudderId") or event.facts.text("messageId") for event in events]
        try:
            planned = await self._plans.find(named, keys)
        except BackendError as error:
            if error.retryable:
                raise
            run.refuse(group.indexes, error.status, error.told)
            return
        except CodeRefusedError as error:
            run.refuse(group.indexes, _REFUSED, error.told)
            return
        note_secrets(call.parts.broker.redactor, group.workspace, group.first.credentials)
        credentials = read_credentials(group.first.credentials)
        fitting = run.fitting(group.indexes, self._plans.limits.event_bytes)
        places = {index: place for place, index in enumerate(group.indexes)}
        await beside_each_other(
            self._run_piece(run, group, _of(planned, [places[index] for index in piece]), piece, credentials)
            for piece in pieces_of(fitting, run.events, self._plans.limits)
        )

    async def _run_piece(
        self, run: _Request, group: _Group, parts: list[Part], indexes: list[int], credentials: dict[str, Any]
    ) -> None:
        """Run one batch of the group."""
        events = [run.events[index] for index in indexes]
        work = work_of(parts, [event.message for event in events], [event.facts.text("messageId") for event in events])
        steps = [step for part in parts for step in part.plan.steps]
        if any(step.uses_metadata for step in steps):
            work.metadata = {}, [{}] * len(events), [event.metadata for event in events]
        work.credentials, work.label = credentials, events[0].facts.text("transformationId")
        # All events of a batch function are one unit: none of them is known to be the one that cost a worker.
        apart = not any(_may_take_batches(step.source) for step in steps)
        try:
            ledger = await run_whole(run.call, work, self._poison, remember=apart)
        except PlatformError as error:
            if not self._patience.is_over(group.workspace, steps, error.code):
                raise
            told = f"{error.message} (for too long: its events are not kept back any more)"
            run.refuse(indexes, _REFUSED, told)
            return
        self._patience.restore(group.workspace, steps)
        run.take(ledger, indexes)


class _Request:
    """One request: its events, and the replies to each."""

    def __init__(self, call: Call, items: Sequence[Item]) -> None:
        self.call = call
        self.items = items
        self.reached_out = False
        """Whether code has tried to reach the network."""
        versions: dict[bytes, tuple[str, str]] = {}
        self.events: list[Job] = []
        self.versions: list[tuple[str, str]] = []
        """Of each event, the version id and the language that its destination says; "" for none."""
        for item in items:
            destination = bytes(item.destination)
            version = versions.get(destination)
            if version is None:
                version = versions[destination] = _version(destination)
            self.versions.append(version)
            # A data plane could not decode metadata that is no object, and so cannot have sent it.
            self.events.append(Job(bytes(item.message), object_of(item.metadata), b"", b"", facts(item.metadata)))
        self._replies: list[list[bytes]] = [[] for _ in items]
        self._filters = "filter-code" in call.features

    def groups(self) -> list[_Group]:
        """Events by workspace, destination, source and version; one that names no version goes with the first of its kind."""
        found: dict[tuple[str, ...], _Group] = {}
        firsts: dict[tuple[str, ...], str] = {}
        workspaces: dict[str, str] = {}
        for index, event in enumerate(self.events):
            spelled = event.facts.text("workspaceId")
            if (workspace := workspaces.get(spelled, "")) == "":
                try:
                    workspace = workspaces[spelled] = workspace_of(event.facts)
                except CallerError as wrong:
                    self.refuse([index], _REFUSED, wrong.message)
                    continue
            pair = (workspace, event.facts.text("destinationId"), event.facts.text("sourceId"))
            version = self.versions[index][0] or firsts.get(pair, "")
            if version and not firsts.get(pair):
                firsts[pair] = version
                if (waiting := found.pop((*pair, ""), None)) is not None:  # those that came before it
                    found[(*pair, version)] = waiting
            found.setdefault((*pair, version), _Group(workspace, self.items[index])).indexes.append(index)
        return list(found.values())

    def fitting(self, indexes: Sequence[int], most: int) -> list[int]:
        """Those of which the event is there, and not too large to be looked at; the others have their replies."""
        found = []
        for index in indexes:
            size = len(self.events[index].message)
            if not size:
                self.refuse([index], _REFUSED, _NO_MESSAGE)
            elif size <= most:
                found.append(index)
            else:
                told = f"the event has {size} bytes; the limit is {most}"
                self.refuse([index], _REFUSED, error_text(Failure(Code.EVENT_TOO_LARGE, told)))
        return found

    def refuse(self, indexes: Sequence[int], status: int, error: str) -> None:
        """These events fail alike."""
        for index in indexes:
            self._replies[index].append(element(status, self._metadata(index), error=error))

    def take(self, ledger: Ledger, indexes: Sequence[int]) -> None:
        """Reply with what became of these events."""
        self.reached_out = self.reached_out or bool(ledger.counts.get("fetches"))
        payloads, inputs = ledger.outputs()
        for payload, of in zip(payloads, inputs, strict=True):
            index = indexes[of[0]]
            if is_readable(payload):
                self._replies[index].append(element(HTTPStatus.OK, self._metadata(index), output=payload))
            else:
                self.refuse([index], _REFUSED, "the output cannot be read")
        for place, failure in ledger.failures.items():
            self.refuse([indexes[place]], _REFUSED, error_text(failure))
        if self._filters and Status.DROPPED in ledger.status:
            for place, status in enumerate(ledger.status):
                if status == Status.DROPPED:
                    index = indexes[place]
                    self._replies[index].append(element(_FILTERED, self._metadata(index)))

    def replies(self) -> Iterator[bytes]:
        """All replies, in the order of the events."""
        return (reply for of_event in self._replies for reply in of_event)

    def _metadata(self, index: int) -> bytes:
        return self.events[index].metadata or _NO_METADATA


def _of(planned: Planned, places: Sequence[int]) -> list[Part]:
    """The parts of a piece: each with those of its events that are in the piece, at their places there."""
    if len(planned.parts) == 1:
        return [Part(planned.parts[0].plan, range(len(places)))]
    at = {place: number for number, place in enumerate(places)}
    parts = [Part(part.plan, [at[place] for place in part.indexes if place in at]) for part in planned.parts]
    return [part for part in parts if part.indexes]


@lru_cache(_SOURCES)
def _may_take_batches(source: str) -> bool:
    """Whether code may have a batch function: none goes by another name."""
    return _TOGETHER.search(source) is not None


def _version(destination: bytes) -> tuple[str, str]:
    """Version id and language of the first transformation of a destination; of what names none, nothing."""
    listed = read(_DESTINATION, destination, _NO_DESTINATION).transformations
    first = listed[0] if listed else None
    if first is None:
        return "", ""
    return _text(first.version_id), _text(first.language)


def _libraries(item: Item) -> tuple[str, ...]:
    """The version ids of the libraries that came with an event."""
    listed = read(_LIBRARIES, item.libraries, [])
    found = (_text(each.version_id) or _text(each.id) for each in listed)
    return tuple(dict.fromkeys(filter(None, found)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
