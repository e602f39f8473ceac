"""POST /v0/validate: events held against the tracking plan of their source, one reply for each, in their order.

Whatever the answer is, it has as many replies as there were events: a data plane ignores any other, and its events go on
unvalidated. For the same reason nothing that goes wrong here costs an event. Where a plan cannot be had for now, the data plane
is to send the same again; where it is not there, or is of no use, or our limits end before all events were looked at, events go
on as they came, with a word why. An event that cannot be judged (it took too long, or too much memory) breaks its plan in a way
that nobody knows, and its source's configuration says what is done with those.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal, Protocol

import msgspec
import orjson
from cachetools import LRUCache
from msgspec import Raw, Struct

from transformer.errors import CallerError, Code, PlatformError
from transformer.gateway.code.sources import BackendError
from transformer.gateway.replies.answers import Answer, array, element, retry
from transformer.gateway.requests.bodies import ABSENT, Facts, Item, is_absent, is_object, object_of, read, read_items
from transformer.gateway.requests.calls import Call, workspace_of
from transformer.gateway.running.pieces import beside_each_other, pieces_of
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger, Status
from transformer.pool import Batch, Plan, Step
from transformer.pool.blame import LOADING

__all__ = ["PlanSource", "Validation"]

_KNOWN_BYTES: Final = 64 * 2**20
"""Of text of tracking plans that are ready to be run; what was used last is kept."""
_AT_ONCE: Final = 4
"""Batches of one request that run at a time."""
_NOT_REACHED: Final = frozenset({Code.KILLS_EXHAUSTED, Code.BATCH_TIME, Code.QUARANTINED, Code.MAPPER_FAULT, Code.CODE_BROKEN})
"""What says nothing about an event: others took the time, or the plan is of no use. It goes on."""
_UNKNOWN: Final = "Unknown-Violation"
_WELL: Final = b'{"statusCode":200}'
_UNREADABLE: Final = "the event is no JSON object that can be read"
_BROKEN: Final = "not validated: its worker said nothing that can be read"


class PlanSource(Protocol):
    """What is needed of a `CodeSource`."""

    async def tracking_plan(self, workspace: str, plan: str, version: str) -> bytes:
        """See `CodeSource.tracking_plan`."""
        ...


class _Planned(Struct, frozen=True, rename="camel"):
    """What an event's metadata says about its tracking plan."""

    workspace_id: Any = ""
    tracking_plan_id: Any = ""
    tracking_plan_version: Any = ""
    merged_tp_config: Raw = ABSENT
    source_tp_config: Raw = ABSENT

    @property
    def workspace(self) -> str:
        """As it is spelled; "" for none."""
        return self.workspace_id if isinstance(self.workspace_id, str) else ""

    @property
    def plan(self) -> tuple[str, str, str] | None:
        """Workspace as it is spelled, id and version of the plan; None: there is none."""
        plan, version = self.tracking_plan_id, self.tracking_plan_version
        if not isinstance(plan, str) or not plan:
            return None
        known = isinstance(version, (str, int)) and not isinstance(version, bool) and version
        return self.workspace, plan, str(version) if known else ""

    @property
    def config(self) -> bytes:
        """What is to be done with violations, as attributes of the event; b"" for nothing."""
        parts = [
            b'"%s":%s' % (name, bytes(raw))
            for name, raw in ((b"mergedTpConfig", self.merged_tp_config), (b"sourceTpConfig", self.source_tp_config))
            if not is_absent(raw)
        ]
        return b"{" + b",".join(parts) + b"}" if parts else b""

    @property
    def drops_unknown(self) -> bool:
        """Whether events with violations of no known kind are not to go on."""
        try:
            config = orjson.loads(bytes(self.merged_tp_config)) if not is_absent(self.merged_tp_config) else None
        except orjson.JSONDecodeError:
            return False
        return isinstance(config, dict) and str(config.get("anyOtherViolation")).strip().lower() == "drop"


class _Violation(Struct, forbid_unknown_fields=True):
    type: str
    message: str
    meta: dict[str, str]
    property: str = ""


class _Verdict(Struct, forbid_unknown_fields=True, rename="camel"):
    """What a worker may say of an event: what a data plane can decode."""

    status_code: Literal[200, 400]
    validation_errors: list[_Violation] = []
    error: str = ""


_NO_PLAN: Final = _Planned()
_PLANNED: Final = msgspec.json.Decoder(_Planned)
_VERDICT: Final = msgspec.json.Decoder(_Verdict)
_ANYTHING: Final = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class _Asked:
    """An event of a request: its bytes, and what they say."""

    item: Item
    planned: _Planned

    @property
    def metadata(self) -> bytes:
        """As it came, where that is an object."""
        return object_of(self.item.metadata)

    @property
    def message(self) -> bytes:
        """As it came, where that is an object."""
        return object_of(self.item.message)

    @property
    def size(self) -> int:
        """What it takes of a batch, in bytes."""
        return len(self.message)

    def passed(self, told: str = "") -> bytes:
        """The reply where it goes on without a verdict, and why that is so."""
        if not _is_sound(self.message):
            return self.unreadable
        return element(200, self.metadata, output=self.message, error=told)

    @property
    def unreadable(self) -> bytes:
        """The reply where a data plane could not decode it, were it sent back."""
        return element(400, self.metadata, error=_UNREADABLE)

    def judged(self, verdict: bytes, changed: bytes | None) -> bytes:
        """The reply of a verdict, an object that is not empty; `changed` is the event, where that is not as it was."""
        known = b"{"
        for name, value in ((b"output", changed or self.message), (b"metadata", self.metadata)):
            known += b'"%s":%s,' % (name, value) if value else b""
        return known + verdict[1:]

    def unknown(self, told: str) -> bytes:
        """The reply where it cannot be judged, through its own fault."""
        if not _is_sound(self.message):
            return self.unreadable
        violation = {"type": _UNKNOWN, "message": told, "meta": {"instancePath": "", "schemaPath": ""}}
        status = 400 if self.planned.drops_unknown else 200
        error = orjson.dumps({_UNKNOWN: [told]}).decode()
        return self.judged(orjson.dumps({"statusCode": status, "validationErrors": [violation], "error": error}), None)


class Validation:
    """The endpoint."""

    def __init__(self, plans: PlanSource) -> None:
        self._plans = plans
        self._ready: LRUCache[tuple[str, ...], tuple[bytes, Plan]] = LRUCache(_KNOWN_BYTES, getsizeof=lambda one: len(one[0]))

    async def __call__(self, call: Call) -> Answer:
        """See `Endpoint`."""
        asked = [_Asked(item, read(_PLANNED, item.metadata, _NO_PLAN)) for item in read_items(call.body)]
        call.metadatas = [one.metadata for one in asked]
        call.incoming.line["events"] = len(asked)
        nobodys: dict[str, str] = {}
        for spelled in {one.planned.workspace for one in asked}:
            try:
                workspace = workspace_of(Facts(workspaceId=spelled))
            except CallerError as wrong:
                nobodys[spelled] = f"not validated: {wrong.message}"
            else:
                call.enter(workspace)
        replies: list[bytes] = [b""] * len(asked)
        groups: dict[tuple[str, str, str], list[int]] = {}
        for index, one in enumerate(asked):
            plan = one.planned.plan
            if plan is None or one.planned.workspace in nobodys:
                replies[index] = one.passed("" if plan is None else nobodys[one.planned.workspace])
            else:
                groups.setdefault(plan, []).append(index)
        room = asyncio.Semaphore(_AT_ONCE)
        try:
            await beside_each_other(self._group(call, key, indexes, asked, replies, room) for key, indexes in groups.items())
        except BackendError as error:
            return retry(call.metadatas, error.reason, error.told)
        return array(replies)

    async def _group(
        self,
        call: Call,
        key: tuple[str, str, str],
        indexes: Sequence[int],
        asked: Sequence[_Asked],
        replies: list[bytes],
        room: asyncio.Semaphore,
    ) -> None:
        """Fill in the replies of the events of one plan. Raises BackendError (to be sent again), PlatformError."""
        workspace = workspace_of(Facts(workspaceId=key[0]))
        limits = call.parts.settings.limits
        try:
            text = await self._plans.tracking_plan(*key)
        except BackendError as error:
            if error.retryable:
                raise
            for index in indexes:
                replies[index] = asked[index].passed(f"not validated: {error.told}")
            return
        plan = self._plan(workspace, key, text, limits)
        call.incoming.line.setdefault("versions", []).append(plan.steps[0].name)

        async def run(piece: Sequence[int]) -> None:
            async with room:
                for index, reply in zip(piece, await _run(call, plan, [asked[index] for index in piece]), strict=True):
                    replies[index] = reply

        await beside_each_other(map(run, pieces_of(indexes, asked, limits)))

    def _plan(self, workspace: str, key: tuple[str, str, str], text: bytes, limits: Limits) -> Plan:
        known = self._ready.get((workspace, *key))
        if known is not None and known[0] is text:
            return known[1]
        digest = sha256(b"tracking plan\0%s\0" % workspace.encode() + text).hexdigest()
        name = f"tracking plan {key[1][:100]}" + (f", version {key[2][:20]}" if key[2] else "")
        plan = Plan(workspace, (Step(digest, "tracking_plan", name, text.decode(errors="replace")),), limits)
        if len(text) <= self._ready.maxsize:
            self._ready[(workspace, *key)] = text, plan
        return plan


async def _run(call: Call, plan: Plan, events: Sequence[_Asked]) -> list[bytes]:
    """The replies of events that fit one batch. Raises PlatformError: they are to be sent again."""
    batch = Batch(
        [one.message or b"{}" for one in events],
        attributes=[one.planned.config for one in events],
    )
    # Past those who watch batches, or keep what fails in them: no event is lost here, and none is transformed.
    ledger: Ledger = await call.parts.pool.run(plan, batch, deadline=call.incoming.deadline)
    return _replies(ledger, events)


def _replies(ledger: Ledger, events: Sequence[_Asked]) -> list[bytes]:
    outputs: dict[int, list[bytes]] = {}
    for payload, inputs in zip(*ledger.outputs(), strict=True):
        outputs.setdefault(inputs[0], []).append(payload)
    replies = []
    for index, one in enumerate(events):
        if ledger.status[index] == Status.FAILED:
            replies.append(_failed(one, ledger.failures[index]))
            continue
        verdict, *changed = outputs.get(index, [b""])
        # A worker is not trusted: code of the workspace may have run in it, too.
        sound = verdict == _WELL or read(_VERDICT, verdict, None) is not None
        sound = sound and all(map(_is_sound, changed))
        replies.append(one.judged(verdict, changed[0] if changed else None) if sound else one.passed(_BROKEN))
    return replies


def _is_sound(told: bytes) -> bool:
    """Whether it is an object that a data plane can decode, to the last number in it."""
    return is_object(told) and read(_ANYTHING, told, None) is not None


def _failed(one: _Asked, failure: Failure) -> bytes:
    if failure.code in _NOT_REACHED or failure.message.startswith(LOADING):
        return one.passed(f"not validated: {failure.message} ({failure.code.text})")
    if failure.retryable:
        raise PlatformError(failure.code, failure.message, retry_after_seconds=failure.retry_after_seconds)
    return one.unknown(f"cannot be validated: {failure.message} ({failure.code.text})")
