"""POST /v0/destinations/{type}: events, mapped for a data plane's processor. The replies keep the order of the events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from transformer.destinations.step import Asked, asks_connection, kinds
from transformer.errors import CallerError
from transformer.gateway.endpoints.passing import PassesOn
from transformer.gateway.replies.answering import failed, processor_reply, status_of
from transformer.gateway.replies.answers import Answer, array, refused
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.requests.jobs import Job, read_events
from transformer.gateway.running.doors import Doors
from transformer.gateway.running.pieces import beside_each_other, pieces_of, work_of
from transformer.gateway.running.whole import Poison, run_whole
from transformer.outcome import Ledger
from transformer.pool import Plan
from transformer.service.planning import Part

__all__ = ["AT_ONCE", "Destinations"]

AT_ONCE: Final = 8
"""Destinations of one request that are mapped for at the same time."""
_VERSION: Final = re.compile(r"v[0-9]{1,3}")
_QUERY: Final = ("whSchemaVersion", "whIDResolve", "chEnableArraySupport")
_QUERY_CHARACTERS: Final = 64
_BAD: Final = HTTPStatus.BAD_REQUEST


@dataclass(slots=True)
class _Group:
    """Events for one destination."""

    plan: Plan
    indexes: list[int] = field(default_factory=list)


class Destinations:
    """The endpoint. `passes_on` answers for destinations that are not known here."""

    def __init__(self, doors: Doors, poison: Poison, passes_on: PassesOn) -> None:
        self._doors = doors
        self._poison = poison
        self._passes_on = passes_on

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        kind = call.path["destination"].lower()
        jobs = read_events(call)
        if kind not in kinds() or not _VERSION.fullmatch(call.path["version"]):
            unknown = refused(HTTPStatus.NOT_FOUND, f"Unknown destination: {call.path['destination'][:64]}")
            return await self._passes_on(call, unknown, jobs)
        call.metadatas = [job.metadata for job in jobs]
        await self._doors.ready(kind)
        replies: list[list[bytes]] = [[] for _ in jobs]
        groups = self._grouped(call, kind, jobs, replies)
        room = asyncio.Semaphore(AT_ONCE)

        async def run(group: _Group) -> None:
            for piece in pieces_of(group.indexes, jobs, self._doors.limits):
                async with room:
                    await self._run(call, kind, jobs, group.plan, piece, replies)

        await beside_each_other(map(run, groups))
        return array(reply for of_event in replies for reply in of_event)

    def _grouped(self, call: Call, kind: str, jobs: Sequence[Job], replies: list[list[bytes]]) -> list[_Group]:
        """Events by the destination that they are for. One for which there can be none has its reply."""
        asks, features = asks_connection(kind), call.features
        query = tuple((name, call.query[name][:_QUERY_CHARACTERS]) for name in _QUERY if name in call.query)
        groups: dict[tuple[str, bytes, bytes], _Group] = {}
        for index, job in enumerate(jobs):
            connection = job.connection if asks else b""
            try:
                workspace, lack = workspace_of(job.facts), job.lacks
            except CallerError as wrong:
                workspace, lack = "", wrong.message
            if lack:
                replies[index].append(failed(_BAD, lack, job, kind, "processor"))
                continue
            key = (workspace, job.destination, connection)
            group = groups.get(key)
            if group is None:
                try:
                    asked = Asked("processor", job.destination, connection, features, query)
                    group = groups[key] = _Group(self._doors.plan(workspace, kind, asked))
                except UnicodeDecodeError:
                    replies[index].append(failed(_BAD, "the event's destination is not UTF-8", job, kind, "processor"))
                    continue
            group.indexes.append(index)
        return list(groups.values())

    async def _run(
        self, call: Call, kind: str, jobs: Sequence[Job], plan: Plan, indexes: Sequence[int], replies: list[list[bytes]]
    ) -> None:
        payloads = [jobs[index].message for index in indexes]
        work = work_of([Part(plan, range(len(payloads)))], payloads, [jobs[index].facts.text("messageId") for index in indexes])
        if plan.steps[0].uses_metadata:
            work.metadata = {}, [{}] * len(payloads), [jobs[index].metadata for index in indexes]
        ledger = await run_whole(call, work, self._poison)
        _take(ledger, kind, [jobs[index] for index in indexes], [replies[index] for index in indexes])


def _take(ledger: Ledger, kind: str, jobs: Sequence[Job], replies: Sequence[list[bytes]]) -> None:
    for payload, inputs in zip(*ledger.outputs(), strict=True):
        replies[inputs[0]].append(processor_reply(payload, jobs[inputs[0]], kind))
    for index, failure in ledger.failures.items():
        replies[index].append(failed(status_of(failure), failure.message, jobs[index], kind, "processor"))
