"""Surveys what a data plane runs today: its code, from where that is, and its destinations, as `review` sees each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from transformer.errors import PlatformError
from transformer.gateway.code.sources import BackendError, CodeSource, Document
from transformer.gateway.code.steps import CodeRefusedError, rudder_documents
from transformer.gateway.survey.review import ReviewedCode, ReviewedDestination, review_code, review_destination, review_plan
from transformer.gateway.survey.workspaces import ConfiguredDestination, ConfiguredWorkspace
from transformer.pool import Pool
from transformer.settings import Settings

__all__ = ["Code", "Surveyed", "survey_codes", "survey_workspace"]

_AT_ONCE: Final = 4

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Code:
    """A transformation to be looked at. `document` is None where it could not be had, and `why` says so."""

    version_id: str
    name: str
    used_by: tuple[str, ...]
    hint: str = ""
    document: Document | None = None
    why: str = ""


@dataclass(frozen=True)
class Surveyed:
    """A workspace, looked at. `trouble` are libraries and tracking plans that cannot be had or used, and why."""

    id: str
    sources: int
    codes: Sequence[tuple[Code, ReviewedCode]]
    destinations: Sequence[tuple[ConfiguredDestination, ReviewedDestination]] = ()
    plans: Sequence[tuple[str, str]] = ()
    trouble: Sequence[str] = ()

    @property
    def held(self) -> bool:
        """Whether all of it runs here as it is, and is mapped."""
        codes = all(found.verdict == "unchanged" for _, found in self.codes)
        destinations = all(found.mapped and not found.problems for _, found in self.destinations)
        return codes and destinations and not self.trouble


async def survey_workspace(
    pool: Pool, workspace: ConfiguredWorkspace, source: CodeSource | None, settings: Settings
) -> Surveyed:
    """Look at a workspace. `source` has its code; None: it cannot be had."""
    used: dict[str, list[ConfiguredDestination]] = {}
    hints: dict[str, str] = {}
    for destination in workspace.destinations:
        for one in destination.transformations[:1]:
            used.setdefault(one.version_id, []).append(destination)
            hints.setdefault(one.version_id, one.language)

    async def code_of(version_id: str) -> Code:
        names = tuple(each.name or each.id for each in used[version_id])
        document, why = await _fetched(source, lambda one: one.transformation(workspace.id, version_id))
        return Code(version_id, document.name if document else "", names, hints[version_id], document, why)

    async def library_of(version_id: str) -> tuple[Document | None, str]:
        document, why = await _fetched(source, lambda one: one.library(workspace.id, version_id))
        return document, f"library {version_id}: {why}" if why else ""

    async def plan_of(plan: tuple[str, str]) -> list[str]:
        named = f"tracking plan {plan[0]}, version {plan[1]}"
        if source is None:
            return []
        try:
            found = await review_plan(pool, await source.tracking_plan(workspace.id, *plan))
        except BackendError as wrong:
            found = (wrong.told.removeprefix("Error: "),)
        return [f"{named}: {one}" for one in found]

    async def destination_of(destination: ConfiguredDestination) -> tuple[ConfiguredDestination, ReviewedDestination]:
        return destination, await review_destination(pool, destination, settings)

    codes = await _each(used, code_of)
    found = await _each(workspace.libraries if source is not None else (), library_of)
    libraries = [document for document, _ in found if document is not None]
    return Surveyed(
        workspace.id,
        workspace.sources,
        await survey_codes(pool, codes, libraries, source, settings),
        await _each(workspace.destinations, destination_of),
        workspace.plans,
        [why for _, why in found if why] + [why for told in await _each(workspace.plans, plan_of) for why in told],
    )


async def _fetched(source: CodeSource | None, ask: Callable[[CodeSource], Awaitable[Any]]) -> tuple[Document | None, str]:
    """A document, or why it cannot be had."""
    if source is None:
        return None, "its code is in the config backend: name that with --config-backend-url"
    try:
        found = await ask(source)
    except BackendError as wrong:
        return None, wrong.told.removeprefix("Error: ")
    return (found, "") if isinstance(found, Document) else (None, "it is in our own registry")


async def survey_codes(
    pool: Pool, codes: Sequence[Code], libraries: Sequence[Document], source: CodeSource | None, settings: Settings
) -> list[tuple[Code, ReviewedCode]]:
    """Look at code, with the libraries that it may import; `source` has those of RudderStack."""

    async def review(code: Code) -> tuple[Code, ReviewedCode]:
        if code.document is None:
            return code, ReviewedCode("unknown", code.hint, (code.why,))
        try:
            rudder = {} if source is None else await rudder_documents(source, [code.document, *libraries])
            return code, await review_code(pool, code.document, libraries, rudder, settings, hint=code.hint)
        except BackendError as wrong:
            return code, ReviewedCode(
                "unknown" if wrong.retryable else "refused", code.hint, (wrong.told.removeprefix("Error: "),)
            )
        except CodeRefusedError as wrong:
            return code, ReviewedCode("refused", code.hint, (wrong.told.removeprefix("Error: "),))
        except PlatformError as wrong:
            return code, ReviewedCode("unknown", code.hint, (f"{wrong.code.text} {wrong.message}",))

    return await _each(codes, review)


async def _each(items: Iterable[Item], make: Callable[[Item], Awaitable[Made]]) -> list[Made]:
    """What is made of each, in their order; some at a time."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Made:
        async with room:
            return await make(item)

    return list(await asyncio.gather(*map(one, items)))
