"""POST /routerTransform and /batch: jobs of a data plane's router, mapped and put together. Each is in exactly one reply.

A router does not honour a 503, nor what it says: whatever becomes of a job is said in the reply for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson

from transformer.destinations.step import Asked, asks_connection, routed_kinds
from transformer.errors import CallerError, PlatformError
from transformer.gateway.endpoints.destinations import AT_ONCE
from transformer.gateway.endpoints.passing import PassesOn
from transformer.gateway.replies.answering import BROKEN, failed_jobs, read_router_reply, router_reply, status_of
from transformer.gateway.replies.answers import Answer, array, refused, told
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.requests.jobs import Job, read_jobs
from transformer.gateway.running.doors import Doors, read_destination
from transformer.gateway.running.pieces import beside_each_other, pieces_of, work_of
from transformer.gateway.running.whole import Poison, run_whole
from transformer.outcome import Ledger
from transformer.pool import Plan
from transformer.service.planning import Part

__all__ = ["Router"]

_BAD: Final = HTTPStatus.BAD_REQUEST
_OURS: Final = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(slots=True)
class _Group:
    """Jobs for one destination, whose `destination` is that of the first: others bring theirs."""

    workspace: str
    destination: bytes
    indexes: list[int] = field(default_factory=list)


class Router:
    """The endpoint. `wrapped`: replies are the `output` of an object; else an array, and events were mapped before."""

    def __init__(self, doors: Doors, poison: Poison, passes_on: PassesOn, *, wrapped: bool) -> None:
        self._doors = doors
        self._poison = poison
        self._passes_on = passes_on
        self._wrapped = wrapped

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        asked = read_jobs(call)
        if asked.jobs is None:
            named = {} if asked.kind is None else {"destType": asked.kind}
            reply = {"metadata": [named], "batched": False, "statusCode": int(_BAD), "error": "Invalid event array"}
            return told({"output": [reply]} if self._wrapped else [reply])
        jobs = asked.jobs
        kind = asked.kind.lower() if isinstance(asked.kind, str) else ""
        if kind not in routed_kinds():
            return await self._passes_on(call, refused(HTTPStatus.NOT_FOUND, f"Unknown destination: {kind[:64]}"), jobs)
        await self._doors.ready(kind)
        replies: list[bytes] = []
        groups = self._grouped(kind, jobs, replies)
        answers: list[list[bytes]] = [[] for _ in groups]
        room = asyncio.Semaphore(AT_ONCE)

        async def run(group: _Group, said: list[bytes]) -> None:
            for piece in pieces_of(group.indexes, jobs, self._doors.limits):
                async with room:
                    said += await self._answer(call, kind, group, [jobs[index] for index in piece], asked.secret)

        await beside_each_other(run(group, said) for group, said in zip(groups, answers, strict=True))
        for said in answers:
            replies += said
        return self._told(replies)

    def _told(self, replies: Sequence[bytes]) -> Answer:
        answer = array(replies)
        return Answer(answer.status, b'{"output":' + answer.body + b"}") if self._wrapped else answer

    def _grouped(self, kind: str, jobs: Sequence[Job], replies: list[bytes]) -> list[_Group]:
        """Jobs by destination. One for which there can be none has its reply."""
        groups: dict[tuple[str, bytes], _Group] = {}
        keys: dict[bytes, bytes] = {}
        for index, job in enumerate(jobs):
            try:
                workspace, lack = workspace_of(job.facts), job.lacks
            except CallerError as wrong:
                workspace, lack = "", wrong.message
            if lack:
                replies += failed_jobs(_BAD, lack, [job], kind)
                continue
            key = keys.get(job.destination)
            if key is None:
                key = keys[job.destination] = _alike(job.destination)
            group = groups.setdefault((workspace, key), _Group(workspace, job.destination))
            group.indexes.append(index)
        return list(groups.values())

    async def _answer(self, call: Call, kind: str, group: _Group, jobs: Sequence[Job], secret: bytes) -> list[bytes]:
        """The replies to jobs of one destination. Never raises but for who may not ask: a job that cannot be run is told so."""
        try:
            plan = self._doors.plan(group.workspace, kind, Asked("router", group.destination, b"", call.features))
        except UnicodeDecodeError:
            return failed_jobs(_BAD, "the event's destination is not UTF-8", jobs, kind)
        asks = asks_connection(kind)
        payloads = [_payload(job, group.destination, secret, asks=asks, mapped=not self._wrapped) for job in jobs]
        try:
            ledger = await self._run(call, plan, jobs, payloads, remember=len(jobs) == 1)
        except PlatformError as error:
            return failed_jobs(_OURS, error.message, jobs, kind)
        if ledger.failures and len(jobs) > 1 and not ledger.payloads:
            # Together they failed, and one of them may be to blame: each by itself.
            return [reply for job in jobs for reply in await self._answer(call, kind, group, [job], secret)]
        return _replies(ledger, jobs, kind)

    async def _run(self, call: Call, plan: Plan, jobs: Sequence[Job], payloads: list[bytes], *, remember: bool) -> Ledger:
        work = work_of([Part(plan, range(len(payloads)))], payloads, [job.facts.text("messageId") for job in jobs])
        work.metadata = {}, [{}] * len(payloads), None
        return await run_whole(call, work, self._poison, remember=remember)


def _alike(destination: bytes) -> bytes:
    """What jobs have in common that leave together: the destination's id, and its settings where those depend on events."""
    found = read_destination(destination)
    if found.has_dynamic_config is False:
        return bytes(found.ID)
    try:
        settings: Any = orjson.loads(bytes(found.Config) or b"null")
        return orjson.dumps([orjson.loads(bytes(found.ID) or b"null"), settings], option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return destination


def _payload(job: Job, destination: bytes, secret: bytes, *, asks: bool, mapped: bool) -> bytes:
    """A job as the worker gets it."""
    parts = [b'{"message":', job.message]
    if metadata := _metadata(job.metadata, secret):
        parts += [b',"metadata":', metadata]
    if job.destination != destination:
        parts += [b',"destination":', job.destination]
    if asks and job.connection:
        parts += [b',"connection":', job.connection]
    if mapped:
        parts.append(b',"mapped":true')
    parts.append(b"}")
    return b"".join(parts)


def _metadata(metadata: bytes, secret: bytes) -> bytes:
    if not secret:
        return metadata
    own = metadata[1:-1].strip()
    return b'{%b%b"secret":%b}' % (own, b"," if own else b"", secret)


def _replies(ledger: Ledger, jobs: Sequence[Job], kind: str) -> list[bytes]:
    """What is said of the jobs. Whatever a worker says, each of them is in exactly one reply."""
    replies: list[bytes] = []
    told_of: set[int] = set()
    for payload, inputs in zip(ledger.payloads, ledger.inputs, strict=True):
        new = told_of.isdisjoint(inputs)
        told_of.update(inputs)
        reply = read_router_reply(payload, len(inputs)) if new else None
        own = [jobs[index] for index in inputs]
        if reply is not None:
            replies.append(router_reply(reply, own))
        elif new:
            replies += failed_jobs(_OURS, BROKEN, own, kind)
        else:  # said twice: nothing of it is believed
            return failed_jobs(_OURS, BROKEN, jobs, kind)
    failures: Mapping[int, Any] = ledger.failures
    for index, job in enumerate(jobs):
        if index in failures:
            replies += failed_jobs(status_of(failures[index]), failures[index].message, [job], kind)
        elif index not in told_of:
            replies += failed_jobs(_OURS, BROKEN, [job], kind)
    return replies
