"""From a request to what the pool is asked to run: which versions, over which events, under which limits.

Everything about the request as a whole is refused here, before a worker is touched. Events are not looked into: what is wrong
with one of them is found in the worker and is that event's outcome. Where a canary takes its share, the batch becomes several
parts, each with its own plan; a batch function then sees the events of its part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cachetools import LRUCache

from transformer.errors import CallerError, Code, Violation
from transformer.library.steps import is_step, step_of
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Step
from transformer.registry.cache import Catalogue, Resolved
from transformer.registry.names import parse_reference, parse_workspace
from transformer.registry.records import Version
from transformer.service.pipelines import Pipelines
from transformer.wire.pb import transform_pb2
from transformer.wire.request import has_metadata, ordering_keys, read_events, read_metadata

__all__ = ["MAX_TRANSFORMATIONS", "Chosen", "Part", "Planner", "Work"]

MAX_TRANSFORMATIONS: Final = 16
_KNOWN: Final = 2000
_KNOWN_STEPS: Final = 500
_PARAMETER_BYTES: Final = 1 << 16
_HELD_BYTES: Final = 1 << 17
"""So much source counts as one plan more: it is held for as long as the plan is known."""


class Part(NamedTuple):  # there is one for every batch, and a frozen dataclass takes three times as long to make
    """Events of a batch that run through the same versions: their indexes in the batch, ascending."""

    plan: Plan
    indexes: Sequence[int]


@dataclass(slots=True)
class Work:
    """A request, planned.

    metadata      common, own and attributes as `read_metadata` gives them, None where no step asks
    credentials   as `Batch` has them
    label         what a data plane calls it, for the metrics that its dashboards read; None: no data plane asked for it
    """

    workspace: str
    parts: list[Part]
    payloads: list[bytes]
    ids: list[str]
    metadata: tuple[dict[str, Any], list[dict[str, Any]], list[bytes] | None] | None = None
    versions: list[str] = field(default_factory=list)
    size: int = 0
    """Payload bytes."""
    credentials: dict[str, Any] | None = field(default=None, repr=False)
    label: str | None = None

    def batch(self, part: Part) -> Batch:
        """The events of a part."""
        common, own, attributes = self.metadata if self.metadata is not None else ({}, None, None)
        if len(part.indexes) == len(self.payloads):
            return Batch(self.payloads, own, attributes, common, self.credentials)
        return Batch(
            [self.payloads[i] for i in part.indexes],
            [own[i] for i in part.indexes] if own is not None else None,
            [attributes[i] for i in part.indexes] if attributes is not None else None,
            common,
            self.credentials,
        )


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A step that is what it is, as what a workspace's own transformation resolves to."""

    version: Step
    canary: None = None

    def serving(self, _key: str) -> Step:
        return self.version


@dataclass(slots=True)
class _Known:
    """The plan of an earlier request for the same transformations. Good for as long as they resolve to the same versions.

    epoch   the catalogue's, in which they are known to; None: to be asked
    names   of the versions, each once
    """

    workspace: str
    versions: list[Version | Step]
    plan: Plan
    epoch: int | None = None
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = _names(self.plan.steps)

    def fits(self, resolved: Sequence[Resolved | _Fixed]) -> bool:
        """Whether it is the plan of these. Versions never change, so one that is the same object is the same version."""
        return all(one.canary is None and one.version is ours for one, ours in zip(resolved, self.versions, strict=True))


class _Asked(NamedTuple):
    """What a request asks for: steps by reference, with parameters, and the destination that comes after them."""

    references: Sequence[str]
    parameters: Sequence[bytes]
    destination: Step | None
    field: str
    """Which field of the request names the steps."""

    def same(self, workspace: str) -> tuple[str | bytes, ...]:
        """What two requests have in common that ask for the same."""
        last = "" if self.destination is None else self.destination.key
        return (workspace, *self.references, *self.parameters, last)


class Chosen:
    """What a transformation or a pipeline means now. The same object for as long as it means the same and has no canary."""

    def __init__(self, resolved: Sequence[Resolved | _Fixed]) -> None:
        self._resolved = resolved
        self.versions: list[Version | Step] = [one.version for one in resolved]
        self.split = any(one.canary is not None for one in resolved)
        """Whether some ordering keys run through other versions."""

        self._all = tuple(map(_step, self.versions))

    def steps(self, key: str) -> tuple[Step, ...]:
        """What the events with this ordering key run through; "" for events that have none."""
        if not (self.split and key):
            return self._all
        return tuple(_step(one.serving(key)) for one in self._resolved)

    def means(self, resolved: Sequence[Resolved | _Fixed]) -> bool:
        """Whether it is what these are. Versions never change, so one that is the same object is the same version."""
        return not self.split and all(
            one.canary is None and one.version is ours for one, ours in zip(resolved, self.versions, strict=True)
        )


class Planner:
    """Plans requests, from what the catalogue and the pipelines know."""

    def __init__(self, catalogue: Catalogue, limits: Limits, pipelines: Pipelines) -> None:
        self._catalogue = catalogue
        self._limits = limits
        self._pipelines = pipelines
        self._steps: LRUCache[tuple[str, bytes], _Fixed] = LRUCache(_KNOWN_STEPS)
        self._known: LRUCache[tuple[str | bytes, ...], _Known] = LRUCache(_KNOWN, getsizeof=_weight)
        self._chosen: LRUCache[tuple[str, str], Chosen] = LRUCache(_KNOWN, getsizeof=_weight)

    async def choose(self, workspace: str, reference: str) -> Chosen:
        """What a transformation or a pipeline (`pipelines/p`) of a workspace, an id, means now.

        Raises:
            CallerError: BAD_REQUEST, NOT_FOUND.
            PlatformError: REGISTRY_UNAVAILABLE.
        """
        asked = _Asked([reference], (), None, "transformations")
        if "pipelines" in reference.split("/", 3)[:3:2]:  # of pipelines/p, and of workspaces/w/pipelines/p
            asked = await self._of_pipeline(workspace, reference)
        resolved = [await self._resolve(workspace, index, asked) for index in range(len(asked.references))]
        if asked.destination is not None:
            resolved.append(_Fixed(asked.destination))
        known = self._chosen.get((workspace, reference))
        if known is None or len(known.versions) != len(resolved) or not known.means(resolved):
            known = self._chosen[workspace, reference] = Chosen(resolved)
        return known

    async def plan(self, request: transform_pb2.TransformRequest) -> Work:
        """The work that a request asks for.

        Raises:
            CallerError: BAD_REQUEST, BATCH_TOO_LARGE, or NOT_FOUND naming what does not exist.
            PlatformError: REGISTRY_UNAVAILABLE.
        """
        asked = _Asked(request.transformations, request.parameters, None, "transformations")
        if request.pipeline:
            if request.transformations or request.parameters:
                raise CallerError.about("pipeline", "names all that is to run; leave transformations and parameters empty")
            asked = await self._of_pipeline(parse_workspace(request.workspace, "workspace"), request.pipeline)
        key = asked.same(request.workspace)
        known = self._known.get(key)
        workspace = _workspace(request, asked) if known is None else known.workspace
        payloads, ids, size = self._events(request)
        if known is not None and known.epoch == self._catalogue.epoch:
            self._catalogue.count_hits(len(known.versions))
        else:
            resolved = [await self._resolve(workspace, index, asked) for index in range(len(asked.references))]
            if asked.destination is not None:
                resolved.append(_Fixed(asked.destination))
            known = self._learn(key, workspace, asked, resolved)
        if known is not None:
            work = Work(workspace, [Part(known.plan, range(len(payloads)))], payloads, ids, None, known.names.copy(), size)
        else:
            parts = self._parts(workspace, resolved, request)
            names = _names(step for part in parts for step in part.plan.steps)
            work = Work(workspace, parts, payloads, ids, None, names, size)
        if any(part.plan.uses_metadata and _is_asked(part.plan, request) for part in work.parts):
            work.metadata = read_metadata(request)
        return work

    def _events(self, request: transform_pb2.TransformRequest) -> tuple[list[bytes], list[str], int]:
        """Payloads, message ids, and how many bytes the payloads have. Raises CallerError: BATCH_TOO_LARGE."""
        limits = self._limits
        if (count := len(request.events)) > limits.batch_events:
            raise _too_large(f"{count} events", f"{limits.batch_events} events", "batch_events")
        payloads, ids = read_events(request)
        if (size := sum(map(len, payloads))) > limits.batch_bytes:
            raise _too_large(f"{size} payload bytes", f"{limits.batch_bytes} bytes", "batch_bytes")
        return payloads, ids, size

    def _learn(
        self, key: tuple[str | bytes, ...], workspace: str, asked: _Asked, resolved: Sequence[Resolved | _Fixed]
    ) -> _Known | None:
        """The plan of what was asked for, to be used again; None where a canary takes its share."""
        if any(one.canary is not None for one in resolved):
            return None
        known = self._known.get(key)
        if known is None or not known.fits(resolved):
            versions: list[Version | Step] = [one.version for one in resolved]
            known = self._known[key] = _Known(workspace, versions, self._plan(workspace, versions))
        known.epoch = self._catalogue.epoch if self._is_current(known, asked) else None
        return known

    def _is_current(self, known: _Known, asked: _Asked) -> bool:
        """Whether nothing has to be asked about it before the registry changes. Answers may be out of date."""
        for reference, version in zip(asked.references, known.versions, strict=False):  # a destination has no reference
            if not is_step(reference):
                now = self._catalogue.recall(known.workspace, reference)
                if now is None or now.version is not version:
                    return False
        return True

    async def _of_pipeline(self, workspace: str, reference: str) -> _Asked:
        found = await self._pipelines.find(workspace, reference)
        steps = found.form.steps
        return _Asked([step.reference for step in steps], [step.parameters for step in steps], found.destination, "pipeline")

    async def _resolve(self, workspace: str, index: int, asked: _Asked) -> Resolved | _Fixed:
        reference = asked.references[index]
        parameters = asked.parameters[index] if index < len(asked.parameters) else b""
        if is_step(reference):
            return self._of_library(index, reference, parameters)
        if parameters:
            told = "only a transform of the library takes parameters"
            raise CallerError.about(f"parameters[{index}]", told)
        try:
            return await self._catalogue.resolve(workspace, reference)
        except CallerError as error:
            if error.code is Code.BAD_REQUEST:
                parse_reference(workspace, reference, f"{asked.field}[{index}]")  # refuses it too, with the place
            raise

    def _of_library(self, index: int, reference: str, parameters: bytes) -> _Fixed:
        asked = (reference, parameters)
        found = self._steps.get(asked)
        if found is None:
            if len(parameters) > _PARAMETER_BYTES:
                told = f"{len(parameters)} bytes are too many; at most {_PARAMETER_BYTES}"
                raise CallerError.about(f"parameters[{index}]", told)
            found = self._steps[asked] = _Fixed(step_of(reference, parameters, f"transformations[{index}]"))
        return found

    def _parts(self, workspace: str, resolved: list[Resolved | _Fixed], request: transform_pb2.TransformRequest) -> list[Part]:
        indexes: dict[tuple[str, ...], list[int]] = {}
        chosen: dict[tuple[str, ...], list[Version | Step]] = {}
        for index, key in enumerate(ordering_keys(request)):
            # Without a key there is nothing to be stable about: such events stay with `live`.
            versions: list[Version | Step] = [one.serving(key) if key else one.version for one in resolved]
            names = tuple(version.name for version in versions)
            indexes.setdefault(names, []).append(index)
            chosen[names] = versions
        if not indexes:
            return [Part(self._plan(workspace, [one.version for one in resolved]), range(0))]
        return [Part(self._plan(workspace, chosen[names]), indexes[names]) for names in indexes]

    def _plan(self, workspace: str, versions: Iterable[Version | Step]) -> Plan:
        return Plan(workspace, tuple(map(_step, versions)), self._limits)


def _workspace(request: transform_pb2.TransformRequest, asked: _Asked) -> str:
    """Its id. Raises CallerError: BAD_REQUEST, also for a request that asks for nothing, or for too much."""
    workspace = parse_workspace(request.workspace, "workspace")
    if not 1 <= len(asked.references) + (asked.destination is not None) <= MAX_TRANSFORMATIONS:
        raise CallerError.about(
            "transformations", f"name 1 to {MAX_TRANSFORMATIONS} transformations, not {len(asked.references)}"
        )
    return workspace


def _is_asked(plan: Plan, request: transform_pb2.TransformRequest) -> bool:
    """Whether code looks at metadata. A mapper only asks for what is said beside an event: of ids it has the event's own."""
    return any(step.uses_metadata and step.engine != "mapper" for step in plan.steps) or has_metadata(request)


def _names(steps: Iterable[Step]) -> list[str]:
    return list(dict.fromkeys(step.name for step in steps))


def _step(version: Version | Step) -> Step:
    if isinstance(version, Step):
        return version
    return Step(
        version.content_hash,
        version.engine,
        version.name,
        version.source,
        version.uses_metadata,
        version.capabilities,
        version.libraries,
    )


def _weight(known: _Known | Chosen) -> int:
    held = sum(len(one.source) + sum(len(library.source) for library in one.libraries) for one in known.versions)
    return min(_KNOWN, 1 + held // _HELD_BYTES)


def _too_large(sent: str, limit: str, setting: str) -> CallerError:
    sentence = f"the batch has {sent}; the limit is {limit} ({setting}); send smaller batches"
    return CallerError(Code.BATCH_TOO_LARGE, sentence, violations=(Violation("events", sentence),))
