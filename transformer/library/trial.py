"""Runs the cases of transforms, in every language that each has, in confined workers as in production."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from transformer.cases import Difference
from transformer.fixtures import Fixtures
from transformer.library.cases import LibraryCase
from transformer.library.parameters import ParametersError
from transformer.pool import Batch, Plan, Pool

__all__ = ["Tried", "try_cases"]

_WORKSPACE: Final = "offline"


@dataclass(frozen=True, slots=True)
class Tried:
    """How a case went in one language, or "" where no code ran: it held if nothing differs."""

    case: LibraryCase
    engine: str
    differences: tuple[Difference, ...]
    logs: tuple[str, ...] = ()


async def try_cases(pool: Pool, cases: Sequence[LibraryCase]) -> AsyncIterator[Tried]:
    """Each case in each of its languages, one after the other: they share workers."""
    for case in cases:
        if case.case is None:
            yield Tried(case, "", tuple(case.refusal()))
            continue
        for engine in case.engines:
            yield await _try(pool, case, engine)


async def _try(pool: Pool, case: LibraryCase, engine: str) -> Tried:
    assert case.case is not None
    try:
        step = case.step(engine)
    except ParametersError as wrong:
        return Tried(case, engine, (Difference("parameters", "those that the schema takes", str(wrong)),))
    assert step is not None
    inputs = case.case.batch()
    plan = Plan(_WORKSPACE, (step,), pool.settings.limits)
    answers = Fixtures(case.case.recorded)
    batch = Batch(inputs.payloads, inputs.metadata)
    ledger = await pool.run(answers.apart(plan), batch, keep_logs=True, broker=answers.broker, tables=answers)
    logs = tuple(logged for _, lines in sorted(ledger.logs.items()) for logged in lines)
    return Tried(case, engine, tuple(answers.differences(case.judge(ledger))), logs)
