"""Looks at what a data plane runs today, and says what of it runs here as it is, what differs, and why.

Nothing is sent anywhere: code is read and tried on sample events in confined workers, whose host calls have no answers, and
destinations are opened with their settings there. What is told quotes no setting: some are secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, Final, Literal, TypeAlias, TypeVar

from transformer.destinations.lines import DefinitionError
from transformer.destinations.step import destination_step, kinds, routed_kinds
from transformer.engines.base import Report, Surroundings
from transformer.errors import Code, PlatformError, Problem
from transformer.gateway.code.sources import Document
from transformer.gateway.code.steps import CodeRefusedError, refuse_large, step_of
from transformer.gateway.survey.workspaces import ConfiguredDestination
from transformer.library.pins import known_names
from transformer.pool import Plan, Pool, Step
from transformer.registry import probe
from transformer.settings import Settings
from transformer.uses import Use

__all__ = ["Needs", "ReviewedCode", "ReviewedDestination", "Verdict", "review_code", "review_destination", "review_plan"]

Made = TypeVar("Made")
Verdict: TypeAlias = Literal["unchanged", "differs", "refused", "unknown"]

_WORKSPACE: Final = "review"
_LEGACY: Final = "0"
_NAMES_OF_THIS_MACHINE: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_SETTINGS: Final = frozenset({Code.DESTINATION_SETTINGS, Code.CODE_BROKEN, Code.MAPPER_FAULT})
_SHORTEST_SECRET: Final = 3
_SAMPLE: Final = "sample"
_WAIT_SECONDS: Final = 0.1
_BLOCKED: Final = f" failed: {Code.FORBIDDEN.text} "
_REFUSED_EVERYWHERE: Final = "getattr() is not supported"
"""What the service of today refuses as well."""
_LIST: Final = " Modules that may be imported: "
"""After this the message about an import lists all that could be meant."""
_HIDDEN: Final = "…"


@dataclass(frozen=True, slots=True)
class Needs:
    """What code asks its host for, as far as reading it tells. `made`: some of it is made while it runs."""

    hosts: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    geolocation: bool = False
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedCode:
    """What is to be said of a transformation.

    verdict   unchanged: it runs as it is. differs: it runs, but not all of it as it did. refused: it does not run.
              unknown: it could not be looked at
    reasons   why it is not unchanged
    notes     what may be good to know
    """

    verdict: Verdict
    language: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    needs: Needs = field(default_factory=Needs)
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedDestination:
    """What is to be said of a destination: whether its type is mapped here, also for routers, and what its settings lack."""

    mapped: bool
    router: bool
    problems: tuple[str, ...] = ()


async def review_code(
    pool: Pool,
    document: Document,
    libraries: Sequence[Document],
    rudder: Mapping[str, Document],
    settings: Settings,
    *,
    hint: str = "",
) -> ReviewedCode:
    """Look at a transformation with the libraries that it may import. Never raises for code that is broken.

    Raises:
        PlatformError: it could not be looked at, for no fault of its own.
    """
    try:
        step = step_of(document, libraries, rudder, hint=hint)
        refuse_large(step, settings.limits)
    except CodeRefusedError as refused:
        return ReviewedCode("refused", document.language or hint, (refused.told.removeprefix("Error: "),))
    own = [each.import_name or each.handle for each in libraries]
    known = known_names(step.engine, step.source, step.libraries, [*filter(None, own), *rudder])
    around = Surroundings(step.libraries, known, legacy=step.legacy)
    report = await _patiently(lambda: pool.check(_WORKSPACE, step.engine, step.source, "transformation", around))
    needs = _needs(report.uses)
    blocked = [] if report.problems else await _try(pool, step, report, needs, settings)
    reasons = tuple(map(_line, report.problems)) or (*map(_line, blocked), *_differences(needs, settings))
    verdict: Verdict = "refused" if report.problems else "differs" if reasons else "unchanged"
    notes = tuple(map(_line, report.warnings))
    if document.code_version == _LEGACY:
        notes += ("codeVersion 0: an event that keeps its messageId keeps its metadata, too; so far it got a new one",)
    imports = tuple(sorted(library.name for library in step.libraries if library.direct))
    return ReviewedCode(verdict, step.engine, reasons, notes, needs, imports)


async def _try(pool: Pool, step: Step, report: Report, needs: Needs, settings: Settings) -> list[Problem]:
    """Run the code on sample events, which have no answers to what it asks for. Returns what of it is blocked here."""
    answers = probe.answers_for_samples()
    plan = answers.apart(Plan(_WORKSPACE, (step,), probe.limited(settings.limits), once=True))
    batch = replace(probe.sample_batch(), credentials=dict.fromkeys(needs.credentials, _SAMPLE))
    ledger = await _patiently(lambda: pool.run(plan, batch, broker=answers.broker, tables=answers))
    refused, warned = probe.judge(ledger, settings.limits, answers)
    report.problems += refused
    blocked = [one for one in warned if _BLOCKED in one.message and _REFUSED_EVERYWHERE not in one.message]
    report.warnings += [one for one in warned if one not in blocked and one.message != probe.NO_ANSWERS]
    return [] if refused else blocked


async def _patiently(ask: Callable[[], Awaitable[Made]]) -> Made:
    """What is asked of a pool that only our own batches are in front of: there is time enough."""
    while True:
        try:
            return await ask()
        except PlatformError as wrong:
            if wrong.code is not Code.NO_CAPACITY:
                raise
        await asyncio.sleep(_WAIT_SECONDS)


def _needs(uses: Sequence[Use]) -> Needs:
    def named(kind: str) -> tuple[str, ...]:
        return tuple(sorted({use.what for use in uses if use.kind == kind and use.what is not None}))

    made = {"hosts": "hosts", "secrets": "credentials"}
    return Needs(
        hosts=named("hosts"),
        credentials=named("secrets"),
        geolocation=any(use.kind == "geolocation" for use in uses),
        made=tuple(word for kind, word in made.items() if any(use.kind == kind and use.what is None for use in uses)),
    )


def _differences(needs: Needs, settings: Settings) -> Iterator[str]:
    private = [host for host in needs.hosts if _is_private(host)]
    if private and not settings.fetch_private:
        yield f"asks {', '.join(private)}: private addresses are refused unless fetch_private names them"
    if needs.geolocation and settings.geolocation in {"", "none"}:
        yield "asks for geolocation: there is none until the setting geolocation names a file or a service"


def _is_private(host: str) -> bool:
    """Whether a host as uses name it, with its port, is one that is not public by its looks."""
    name = host.rpartition(":")[0].strip("[]").lower()
    try:
        return not ip_address(name).is_global
    except ValueError:
        return "." not in name or name.endswith(_NAMES_OF_THIS_MACHINE)


def _line(problem: Problem) -> str:
    told = problem.message.partition(_LIST)[0]
    return f"line {problem.line}: {told}" if problem.line else told


async def review_plan(pool: Pool, plan: bytes) -> tuple[str, ...]:
    """What is wrong with a tracking plan: it is none, or some of its schemas cannot be used.

    Raises:
        PlatformError: it could not be looked at, for no fault of its own.
    """
    text = plan.decode(errors="replace")
    report = await _patiently(lambda: pool.check(_WORKSPACE, "tracking_plan", text, "tracking plan"))
    return tuple(map(_line, [*report.problems, *report.warnings]))


async def review_destination(pool: Pool, destination: ConfiguredDestination, settings: Settings) -> ReviewedDestination:
    """Open a destination with its settings, and map sample events for it.

    Raises:
        PlatformError: it could not be tried, for no fault of its own.
    """
    kind = destination.type.lower()
    if kind not in kinds():
        return ReviewedDestination(mapped=False, router=False)
    try:
        step = destination_step(kind, f"destinations/{kind}", destination.settings)
    except (DefinitionError, TypeError):
        return ReviewedDestination(mapped=True, router=kind in routed_kinds(), problems=("its settings are not JSON",))
    plan = Plan(_WORKSPACE, (step,), settings.limits)
    ledger = await _patiently(lambda: pool.run(plan, probe.sample_batch()))
    told: dict[str, None] = {}
    for failure in ledger.failures.values():
        if failure.code in _SETTINGS:
            told[_hidden(failure.message, destination.settings)] = None
        elif failure.retryable:
            raise PlatformError(failure.code, failure.message, retry_after_seconds=failure.retry_after_seconds)
    return ReviewedDestination(mapped=True, router=kind in routed_kinds(), problems=tuple(told))


def _hidden(message: str, settings: Mapping[str, Any]) -> str:
    """The message without any text that is a setting."""
    for text in sorted(set(_texts(settings)), key=len, reverse=True):
        if len(text) >= _SHORTEST_SECRET:
            message = message.replace(text, _HIDDEN)
    return message


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers of a value, at any depth; names of keys are none of them."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, (str, int, float)) and not isinstance(one, bool):
            yield str(one)
