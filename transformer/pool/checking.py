"""Have code checked, where it can do no harm: in a worker that ends afterwards.

Compiling is dangerous too (constant folding, deep nesting): it happens behind the same wall and under the same deadline as
running.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import orjson

from transformer.engines.base import ALONE, Imported, Report, Surroundings
from transformer.errors import Code, PlatformError, Problem
from transformer.pool.channel import HungUpError
from transformer.pool.deadline import Deadline
from transformer.pool.ended import CHECKED
from transformer.uses import KINDS, MADE, Use
from transformer.wire.frames import FrameError, Kind

if TYPE_CHECKING:
    from transformer.pool.pool import Pool

__all__ = ["check", "read_report"]

_HOST_AND_PORT: Final = re.compile(r"[^\s:]{1,253}:[0-9]{1,5}|\[[0-9a-f:.]{2,45}\]:[0-9]{1,5}")
_MOST_NAMED: Final = 300


async def check(pool: Pool, workspace: str, engine: str, source: str, name: str, around: Surroundings = ALONE) -> Report:
    """See `Pool.check`."""
    order: dict[str, Any] = {"engine": engine, "source": source, "name": name}
    if around != ALONE:
        order["around"] = asdict(around)
    limits = pool.settings.limits
    async with pool.lease(workspace, frozenset({engine})) as worker:
        late: list[asyncio.Task[Any]] = []
        deadline = Deadline(
            worker.mark,
            limits.event_seconds,
            asyncio.get_running_loop().time() + limits.turn_seconds,
            lambda reason: late.append(asyncio.ensure_future(worker.end(reason))),
        )
        try:
            await worker.channel.send(Kind.CHECK, [orjson.dumps(order)])
            return read_report(await worker.channel.receive())[0]
        except (FrameError, HungUpError):
            ended = await worker.end()
        finally:
            deadline.cancel()
            await worker.end(CHECKED)
    if ended.cause in {"zygote", "outside"}:
        raise PlatformError(
            Code.WORKER_LOST, "the worker that checked the code was lost; publish again", retry_after_seconds=1.0
        )
    return Report(problems=[Problem(f"compiling the code ended its worker ({ended}): make it smaller or simpler")])


def _use(told: Any) -> Use:
    """A use as a guest tells it. Raises ValueError for what is none."""
    kind, what, line, column, goes_on = told
    if kind not in KINDS or not (isinstance(what, str) or (what is None and kind in MADE)):
        raise ValueError("a use that does not exist")
    if kind == "hosts" and what is not None and not _HOST_AND_PORT.fullmatch(what):
        raise ValueError("a host without its port")
    return Use(kind, None if what is None else what[:_MOST_NAMED], int(line), int(column), bool(goes_on))


def _imported(told: Any) -> Imported:
    """An import as a guest tells it. Raises ValueError for what is none."""
    module, names, offered = told
    return Imported(str(module), tuple(map(str, names)), bool(offered))


def read_report(frame: tuple[Kind, memoryview]) -> tuple[Report, int]:
    """What a check found, and how large the artefact is that it left; 0 for none. Raises FrameError."""
    if frame[0] is not Kind.CHECKED:
        raise FrameError("no answer to a check")
    try:
        answer = orjson.loads(frame[1])
        entry_point = answer["entry_point"]
        if entry_point not in {"transformEvent", "transformBatch", None}:
            raise FrameError("an entry point that does not exist")
        report = Report(
            problems=[Problem(str(message), int(line), int(column)) for message, line, column in answer["problems"]],
            warnings=[Problem(str(message), int(line), int(column)) for message, line, column in answer["warnings"]],
            entry_point=entry_point,
            uses_metadata=bool(answer["uses_metadata"]),
            uses=list(map(_use, answer.get("uses", ()))),
            imports=list(map(_imported, answer["imports"])) if "imports" in answer else None,
        )
        return report, int(answer["artefact"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise FrameError("an answer to a check that cannot be read") from wrong
