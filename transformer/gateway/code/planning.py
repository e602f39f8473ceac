"""From the version id that a request names to plans: code fetched, libraries and all, and made into steps once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache

from transformer.engines.catalog import ENGINES
from transformer.errors import Code, PlatformError
from transformer.gateway.code.sources import BackendError, CodeSource, Document, Registered
from transformer.gateway.code.steps import refuse_large, rudder_documents, step_of
from transformer.pool import Plan, Step
from transformer.service.planning import Part
from transformer.settings import Settings

__all__ = ["CodePlans", "Named", "Planned", "fetch_libraries"]

_PLANS: Final = 2000
_HELD_BYTES: Final = 1 << 17
"""So much source counts as one plan more."""
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Named:
    """What a group of events names: a version, the libraries of its workspace, and the language, where that is said there."""

    workspace: str
    version_id: str
    libraries: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """Events by what they run through: indexes into the ordering keys that were asked about."""

    parts: Sequence[Part]

    @property
    def steps(self) -> list[Step]:
        """All of them."""
        return [step for part in self.parts for step in part.plan.steps]


@dataclass(frozen=True, slots=True)
class _Known:
    """A plan, and what it was made of: good for as long as the source hands out the same objects."""

    documents: tuple[Document, ...]
    plan: Plan


class CodePlans:
    """Plans for what requests name. `bound`: callers are bound to workspaces, and documents of others are not theirs."""

    def __init__(self, settings: Settings, source: CodeSource, *, bound: bool = False) -> None:
        limits = settings.limits
        self.limits = replace(limits, turn_wait_seconds=max(limits.turn_wait_seconds, settings.gateway_wait_seconds))
        """Under which they run."""
        self._source = source
        self._bound = bound
        self._mirrored = settings.gateway_mirror_filter
        self._documents: LRUCache[Named, _Known] = LRUCache(_PLANS, getsizeof=_weight)
        self._registered: LRUCache[tuple[str, tuple[Step, ...]], Plan] = LRUCache(_PLANS)

    async def find(self, named: Named, keys: Sequence[str]) -> Planned:
        """The plans of events with these ordering keys.

        Raises:
            BackendError: the code, or a library, cannot be had.
            CodeRefusedError: it cannot be run here.
            PlatformError: our registry is away, or the engine is not installed.
        """
        found = await self._source.transformation(named.workspace, named.version_id)
        if isinstance(found, Document):
            return Planned([Part(await self._of_documents(named, found), range(len(keys)))])
        return Planned(self._parts(named.workspace, found, keys))

    async def _of_documents(self, named: Named, code: Document) -> Plan:
        _refuse_foreign(named.workspace, code, bound=self._bound)
        libraries = await fetch_libraries(self._source, named.workspace, named.libraries, bound=self._bound)
        documents = (code, *libraries)
        known = self._documents.get(named)
        if known is not None and all(one is ours for one, ours in zip(documents, known.documents, strict=True)):
            return known.plan
        rudder = await rudder_documents(self._source, documents)
        step = step_of(code, documents[1:], rudder, workspace=named.workspace, hint=named.language, mirrored=self._mirrored)
        refuse_large(step, self.limits)
        if missing := ENGINES[step.engine].missing:
            raise PlatformError(Code.INTERNAL, missing)
        plan = Plan(named.workspace, (step,), self.limits)
        self._documents[named] = _Known(documents, plan)
        return plan

    def _parts(self, workspace: str, found: Registered, keys: Sequence[str]) -> list[Part]:
        indexes: dict[tuple[Step, ...], list[int]] = {}
        for index, key in enumerate(keys):
            indexes.setdefault(found.steps(key), []).append(index)
        return [Part(self._plan(workspace, steps), places) for steps, places in indexes.items()]

    def _plan(self, workspace: str, steps: tuple[Step, ...]) -> Plan:
        plan = self._registered.get((workspace, steps))
        if plan is None:
            made = tuple(map(_alone, steps)) if self._mirrored else steps
            plan = self._registered[workspace, steps] = Plan(workspace, made, self.limits)
        return plan


def _alone(step: Step) -> Step:
    """The step, kept from the network."""
    return replace(step, capabilities=replace(step.capabilities, hosts=()))


async def fetch_libraries(
    source: CodeSource, workspace: str, versions: Sequence[str], *, bound: bool = False
) -> list[Document]:
    """Libraries by their version ids. All of them, imported or not: one that cannot be had may be one that is.

    `bound`: the caller may act in this workspace only.

    Raises:
        BackendError: one cannot be had, or is another workspace's.
        PlatformError: our registry is away.
    """
    asked = [asyncio.ensure_future(source.library(workspace, each)) for each in versions]
    try:
        found = list(await asyncio.gather(*asked))
    finally:
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    for document in found:
        _refuse_foreign(workspace, document, bound=bound)
    return found


def _refuse_foreign(workspace: str, document: Document, *, bound: bool) -> None:
    """Raises BackendError: the document belongs to another workspace than the caller may act in."""
    if bound and document.workspace and document.workspace.lower() != workspace:
        raise BackendError("missing", f"Error: there is no version {document.version_id[:100]!r} here", _NOT_FOUND)


def _weight(known: _Known) -> int:
    return min(_PLANS, 1 + sum(len(one.code) for one in known.documents) // _HELD_BYTES)
