"""Code without a server: checked and run in this process's own workers, confined and limited as in production."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from transformer.cases.recorded import Recorded, recorded_in
from transformer.cli.code import SourceFile
from transformer.cli.exits import CommandError
from transformer.cli.values import with_each
from transformer.engines.base import Report, Surroundings
from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError, Code, PlatformError, Problem
from transformer.fixtures import Fixtures
from transformer.library.pins import known_names
from transformer.library.steps import step_of
from transformer.limits import Limits
from transformer.outcome import Failure, Ledger
from transformer.pool import Batch, Plan, Pool, Step
from transformer.uses import hold_against

__all__ = ["artefact_folder", "check_file", "library_steps", "plan_of", "read_fixtures", "run_to_the_end"]

_WORKSPACE: Final = "offline"
_TRIES_WITHOUT_PROGRESS: Final = 3
_WAIT_SECONDS: Final = 0.1


def artefact_folder() -> Path | None:
    """Where binaries stay compiled from one command to the next. None: this user has no home."""
    try:
        return Path("~/.cache/transformer/offline-artefacts").expanduser()
    except RuntimeError:
        return None


def read_fixtures(path: Path | None) -> Recorded:
    """The recorded answers in a file; none where there is none. Raises CommandError."""
    if path is None:
        return Recorded()
    try:
        return recorded_in(path.read_bytes(), str(path))
    except OSError as wrong:
        raise CommandError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    except CallerError as wrong:
        raise CommandError(wrong.message) from None


async def check_file(pool: Pool, source: SourceFile, limits: Limits) -> Report:
    """What publishing would find in the code."""
    binary = ENGINES[source.engine].binary
    most, limit = (limits.binary_bytes, "binary_bytes") if binary else (limits.code_bytes, "code_bytes")
    if (size := source.size) > most:
        return Report(problems=[Problem(f"the source has {size} bytes; the limit ({limit}) is {most}")])
    known, declared = known_names(source.engine, source.text, source.libraries, source.own), source.capabilities
    around = Surroundings(source.libraries, known)
    report = await pool.check(_WORKSPACE, source.engine, source.text, source.path.name, around)
    problems, warnings = hold_against(report.uses, declared)
    report.problems += problems
    report.warnings += warnings
    return report


def plan_of(sources: list[SourceFile], reports: list[Report], limits: Limits, more: Sequence[Step] = ()) -> Plan:
    """The plan that runs `sources`, which hold, one after the other, and then `more`."""
    steps = tuple(
        Step(
            *(source.hash, source.engine, source.where, source.text, report.uses_metadata),
            capabilities=source.capabilities,
            libraries=source.libraries,
        )
        for source, report in zip(sources, reports, strict=True)
    )
    return Plan(_WORKSPACE, (*steps, *more), limits)


def library_steps(use: Sequence[str], parameters: Sequence[str]) -> list[Step]:
    """A step for each `--use`, with the parameters of its `--with`. Raises CommandError."""
    try:
        return [step_of(name, given, "--use") for name, given in with_each(use, parameters)]
    except CallerError as wrong:
        raise CommandError(wrong.message) from None


async def run_to_the_end(pool: Pool, plan: Plan, batch: Batch, fixtures: Fixtures, *, keep_logs: bool) -> Ledger:
    """A batch's ledger, where events that the platform owes an answer are run again, as a data plane would send them again.

    So code that hangs or crashes on many events of a batch fails for each of them, not because the batch cost too many workers.
    What user code itself wants to have sent again (Retry) stays failed: whether to wait is not ours to decide. So does what a
    recorded answer calls unavailable.
    """
    total = Ledger(len(batch.payloads))
    indexes: Sequence[int] = range(total.size)
    tries = 0
    while True:
        part = await _run(pool, plan, _chosen(batch, indexes), fixtures, keep_logs=keep_logs)
        again = [index for index, failure in sorted(part.failures.items()) if _owed(failure)]
        tries = tries + 1 if len(again) == len(indexes) else 0
        if not again or tries == _TRIES_WITHOUT_PROGRESS:
            total.merge(part, indexes)
            return total
        total.merge(part, indexes, leaving=frozenset(again))
        indexes = [indexes[index] for index in again]


async def _run(pool: Pool, plan: Plan, batch: Batch, fixtures: Fixtures, *, keep_logs: bool) -> Ledger:
    while True:
        try:
            return await pool.run(fixtures.apart(plan), batch, keep_logs=keep_logs, broker=fixtures.broker, tables=fixtures)
        except PlatformError as wrong:
            # Our own batches in front of this one: there is nobody else whose turn it could be, and time enough.
            if wrong.code is not Code.NO_CAPACITY:
                raise
        await asyncio.sleep(_WAIT_SECONDS)


def _owed(failure: Failure) -> bool:
    return failure.code.retryable and failure.code not in {Code.RETRY, Code.CALL_UNAVAILABLE}


def _chosen(batch: Batch, indexes: Sequence[int]) -> Batch:
    if len(indexes) == len(batch.payloads):
        return batch
    return Batch(
        payloads=[batch.payloads[index] for index in indexes],
        metadata=None if batch.metadata is None else [batch.metadata[index] for index in indexes],
        common=batch.common,
    )
