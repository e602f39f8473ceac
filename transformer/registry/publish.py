"""Publishing: code becomes a version only after it was checked, tried and tested in a confined worker, as in production.

    1 size and engine      2 check: compile, look, do not run      3 probe: run sample events      4 the author's cases

What does not pass is refused with every problem found in that step, each with its place and a sentence that says what to do.
Later steps do not run then. Nothing is stored before all have passed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from transformer.broker import Broker
from transformer.capabilities import NOTHING, Capabilities
from transformer.cases import Case, load_case
from transformer.engines.base import ALONE, Report, Surroundings
from transformer.errors import CallerError, Code, Problem
from transformer.fixtures import Fixtures
from transformer.library.pins import too_large
from transformer.limits import Limits
from transformer.outcome import Ledger
from transformer.pool import Batch, Plan, Step
from transformer.pool.tables import TableSource
from transformer.registry import names, probe
from transformer.registry.checks import check_code, check_draft
from transformer.registry.content import content_hash
from transformer.registry.records import Call, CaseFile, Version, VersionDraft
from transformer.registry.store import Store
from transformer.uses import hold_against

__all__ = ["MAX_PROBLEMS", "Tries", "publish", "refuse_if"]

MAX_PROBLEMS: Final = 20
"""Problems that one refusal tells; rich errors travel in a header of limited size."""

_MAX_SENTENCE: Final = 1000
_MAX_TOLD: Final = 4000
_CASES_SECONDS: Final = 60.0


class Tries(Protocol):
    """What publishing needs of a pool."""

    async def check(self, workspace: str, engine: str, source: str, name: str, around: Surroundings = ALONE) -> Report:
        """As `Pool.check`."""
        ...

    async def run(
        self,
        plan: Plan,
        batch: Batch,
        *,
        deadline: float | None = None,
        keep_logs: bool = False,
        broker: Broker | None = None,
        tables: TableSource | None = None,
    ) -> Ledger:
        """As `Pool.run`."""
        ...


async def publish(
    pool: Tries,
    store: Store,
    workspace: str,
    transformation: str,
    engine: str,
    source: str,
    cases: Sequence[CaseFile] = (),
    *,
    capabilities: Capabilities = NOTHING,
    allow_missing: bool = False,
    limits: Limits,
    call: Call,
) -> Version:
    """Make code the next version of a transformation. Content that is a version already gives that version, untried.

    With `allow_missing` the transformation is created with its first version where there is none.
    With `call.validate_only` the result is the version that it would become; nothing is stored.

    Raises:
        CallerError: CODE_REFUSED with `problems`; BAD_REQUEST: the engine is unknown, source or cases are too large or not
            well-formed; NOT_FOUND: the transformation; REQUEST_ID_REUSED.
        PlatformError: the code could not be tried, or the database is not available. Nothing was stored.
    """
    await asyncio.to_thread(check_code, engine, source, limits, "version.")  # before anybody reads what may be of any size
    libraries, known = await store.ask(store.libraries.pins, workspace, engine, source)
    refuse_if(too_large(libraries, limits.code_bytes))
    draft = VersionDraft(engine, source, tuple(cases), capabilities=capabilities, libraries=libraries)
    loaded, digest = await asyncio.to_thread(_well_formed, draft)  # a binary takes a moment
    same = await store.ask(store.find_version, workspace, transformation, digest, allow_missing=allow_missing)
    if same is None:
        draft = await _tried(
            pool, names.transformation_name(workspace, transformation), workspace, draft, digest, loaded, limits, known
        )
    return await store.ask(store.add_version, workspace, transformation, draft, allow_missing=allow_missing, call=call)


def _well_formed(draft: VersionDraft) -> tuple[list[Case], str]:
    """The draft's cases and content hash. Raises CallerError (BAD_REQUEST)."""
    check_draft(draft)
    loaded = [load_case(case.body, f"version.cases[{index}] {case.name}") for index, case in enumerate(draft.cases)]
    return loaded, content_hash(
        draft.engine, draft.source, draft.cases, capabilities=draft.capabilities, libraries=draft.libraries
    )


async def _tried(
    pool: Tries,
    parent: str,
    workspace: str,
    draft: VersionDraft,
    digest: str,
    cases: Iterable[Case],
    limits: Limits,
    known: Sequence[str],
) -> VersionDraft:
    """The draft with what was found out about it. Raises CallerError (CODE_REFUSED)."""
    name = f"{parent}/versions/draft"
    report = await pool.check(workspace, draft.engine, draft.source, name, Surroundings(draft.libraries, known))
    undeclared, untold = hold_against(report.uses, draft.capabilities)
    refuse_if([*report.problems, *undeclared])
    if report.entry_point is None:
        refuse_if([Problem("the code has no entry point; define transformEvent(event, metadata)")])
    step = Step(digest, draft.engine, name, draft.source, report.uses_metadata, draft.capabilities, draft.libraries)
    plan, answers = Plan(workspace, (step,), probe.limited(limits)), probe.answers_for_samples()  # nobody's CRM gets samples
    tried = await pool.run(answers.apart(plan), probe.sample_batch(), broker=answers.broker, tables=answers)
    refused, warned = probe.judge(tried, limits, answers)
    refuse_if(refused)
    plan = Plan(workspace, (step,), limits)
    refuse_if(await _differences(pool, plan, cases))
    return replace(
        draft,
        entry_point=report.entry_point or "",
        uses_metadata=report.uses_metadata,
        warnings=tuple(_bounded(one) for one in (*report.warnings, *untold, *warned)[:MAX_PROBLEMS]),
    )


async def _differences(pool: Tries, plan: Plan, cases: Iterable[Case]) -> list[Problem]:
    deadline = asyncio.get_running_loop().time() + _CASES_SECONDS
    problems: list[Problem] = []
    for case in cases:
        if asyncio.get_running_loop().time() >= deadline:
            problems.append(Problem(f"the cases took longer than {_CASES_SECONDS:g} s together; keep fewer or quicker ones"))
            break
        inputs = case.batch()
        answers, batch = Fixtures(case.recorded), Batch(inputs.payloads, inputs.metadata)
        ledger = await pool.run(answers.apart(plan), batch, deadline=deadline, broker=answers.broker, tables=answers)
        if wrong := answers.differences(case.judge(ledger)):
            probe.blame(ledger)
            problems += [Problem(f'case "{case.name}": {difference}', *_place(ledger)) for difference in wrong]
    return problems


def _place(ledger: Ledger) -> tuple[int, int]:
    """Where the only failure of a batch was, if there is one to blame."""
    places = {failure.place for failure in ledger.failures.values() if failure.place is not None}
    if len(places) != 1:
        return 0, 0
    place = places.pop()
    return place.line, place.column


def refuse_if(problems: Sequence[Problem]) -> None:
    """Raises CallerError (CODE_REFUSED) if there are problems."""
    if not problems:
        return
    shown: list[Problem] = []
    room = _MAX_TOLD
    for problem in problems[:MAX_PROBLEMS]:
        shown.append(_bounded(problem))
        room -= len(shown[-1].message)
        if room < 0:
            break
    if len(problems) > len(shown):
        shown.append(Problem(f"and {len(problems) - len(shown)} more"))
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    where = f"line {shown[0].line}: " if shown[0].line else ""
    raise CallerError(Code.CODE_REFUSED, f"The code was refused with {count}; {where}{shown[0].message}", problems=tuple(shown))


def _bounded(problem: Problem) -> Problem:
    """As it may be kept and sent: what a guest says has no size and no range that can be relied on."""
    message = problem.message if len(problem.message) <= _MAX_SENTENCE else f"{problem.message[: _MAX_SENTENCE - 1]}…"
    return Problem(message, *(number if 0 <= number < 2**31 else 0 for number in (problem.line, problem.column)))
