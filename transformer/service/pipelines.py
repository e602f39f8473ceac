"""Pipelines of requests: which steps the live version has, and its destination as the last of them.

What is found is kept for as long as it is the same version with the same secrets, and then is the same object: so plans that
were made of it fit again.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol

from cachetools import LRUCache

from transformer.broker.redaction import Redactor
from transformer.destinations.lines import DefinitionError
from transformer.errors import CallerError, Code, PlatformError
from transformer.pool import Step
from transformer.registry.definition_cache import DefinitionCache
from transformer.registry.definition_records import DefinitionVersion
from transformer.registry.names import parse_pipeline_reference

if TYPE_CHECKING:
    from transformer.pipelines.reading import DestinationForm, PipelineForm

__all__ = ["Pipelines", "PlannedPipeline"]

_KNOWN: Final = 2000
_READING: Final = "transformer.pipelines.reading"


class _Values(Protocol):
    async def value(self, workspace: str, secret: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PlannedPipeline:
    """What a pipeline is: its steps, and its destination's step, None for none."""

    form: PipelineForm
    destination: Step | None


@dataclass(frozen=True, slots=True)
class _Opened:
    values: tuple[str, ...]
    step: Step


class Pipelines:
    """Finds pipelines for the planner. `values` has secrets; what is handed to a mapper, `redactor` knows from then on."""

    def __init__(self, definitions: DefinitionCache, values: _Values, redactor: Redactor) -> None:
        self._definitions = definitions
        self._values = values
        self._redactor = redactor
        self._pipelines: LRUCache[DefinitionVersion, PipelineForm] = LRUCache(_KNOWN)
        self._destinations: LRUCache[DefinitionVersion, DestinationForm] = LRUCache(_KNOWN)
        self._steps: LRUCache[DefinitionVersion, _Opened] = LRUCache(_KNOWN)

    async def find(self, workspace: str, reference: str) -> PlannedPipeline:
        """The pipeline that a request names.

        Raises:
            CallerError: BAD_REQUEST, NOT_FOUND; PRECONDITION: a secret of its destination is gone.
            PlatformError: REGISTRY_UNAVAILABLE; INTERNAL: an older server than the one that took the definition.
        """
        pipeline, number = parse_pipeline_reference(workspace, reference)
        version = await self._definitions.find(workspace, "pipelines", pipeline, number)
        if (
            _READING not in sys.modules
        ):  # in a thread, for the first pipeline: where nobody asks for one, a server starts without
            await asyncio.to_thread(import_module, _READING)
        form = self._pipelines.get(version)
        if form is None:
            from transformer.pipelines.reading import read_pipeline

            try:
                form = self._pipelines[version] = read_pipeline(version.content, version.name)
            except DefinitionError as wrong:
                raise _unreadable(version, wrong) from None
        if not form.destination:
            return PlannedPipeline(form, None)
        return PlannedPipeline(form, await self._destination(workspace, form.destination))

    async def _destination(self, workspace: str, definition: str) -> Step:
        version = await self._definitions.find(workspace, "destinations", definition)
        names = version.uses.secrets
        values = tuple([await self._secret(workspace, version, name) for name in names])
        known = self._steps.get(version)
        if known is not None and known.values == values:
            return known.step
        from transformer.destinations.step import destination_step  # loaded with the pipeline that names it
        from transformer.pipelines.reading import read_destination, with_secrets

        try:
            form = self._destinations.get(version) or read_destination(version.content, version.name)
            self._destinations[version] = form
            settings = with_secrets(form.settings, dict(zip(names, values, strict=True)))
            step = destination_step(form.kind, version.name, settings, {"ID": definition, "Name": definition})
        except (DefinitionError, KeyError) as wrong:
            raise _unreadable(version, wrong) from None
        self._steps[version] = _Opened(values, step)
        return step

    async def _secret(self, workspace: str, version: DefinitionVersion, name: str) -> str:
        value = await self._values.value(workspace, name)
        if value is None:
            told = f"{version.name}: the workspace has no secret {name}; `transformer secrets set {name}` makes it"
            raise CallerError(Code.PRECONDITION, told, resource=version.name)
        self._redactor.note(workspace, value)
        return value


def _unreadable(version: DefinitionVersion, wrong: Exception) -> PlatformError:
    """It was read when it was pushed: this server knows less than the one that did."""
    return PlatformError(Code.INTERNAL, f"{version.name} cannot be read by this server: {str(wrong)[:500]}")
