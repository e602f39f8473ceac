"""Where what replayed letters became goes: stdout, or a file that is only ever appended to."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from transformer.cli.exits import CommandError, Exit
from transformer.client import TransformResult
from transformer.deadletters import Letter

__all__ = ["Output", "opened_output"]


class Output:
    """Writes lines to `target`. What was given has left this process, and is on disk if that is a file, when `give` returns.

    outcomes  an object for every letter instead of only what was emitted
    """

    def __init__(self, target: BinaryIO, *, outcomes: bool) -> None:
        self._target = target
        self._outcomes = outcomes
        self._is_file = target is not sys.stdout.buffer

    def give(self, letters: list[Letter], result: TransformResult) -> None:
        """Write what became of letters. Raises CommandError, or BrokenPipeError; a file then has nothing of it."""
        lines = (
            [orjson.dumps(told) for told in _told(letters, result)]
            if self._outcomes
            else [output.payload for output in result.outputs]
        )
        if not lines:
            return
        before = os.fstat(self._target.fileno()).st_size if self._is_file else 0
        try:
            self._target.write(b"\n".join(lines) + b"\n")
            self._target.flush()
            if self._is_file:
                os.fsync(self._target.fileno())
        except BrokenPipeError:
            raise
        except OSError as wrong:
            if self._is_file:
                with suppress(OSError):
                    os.ftruncate(self._target.fileno(), before)
            reason = (wrong.strerror or "").lower()
            raise CommandError(f"what was emitted cannot be written: {reason}; its letters stay", Exit.BROKEN) from None


@contextmanager
def opened_output(path: Path | None, *, outcomes: bool) -> Generator[Output]:
    """An output to a file, which is made for its owner only, or to stdout."""
    if path is None:
        yield Output(sys.stdout.buffer, outcomes=outcomes)
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with open(descriptor, "wb", buffering=0) as target:  # noqa: PTH123 - a descriptor, for its mode
        yield Output(target, outcomes=outcomes)


def _told(letters: list[Letter], result: TransformResult) -> list[dict[str, Any]]:
    """One object per letter. An output stands with its first letter; where it has others, they name that one."""
    told: list[dict[str, Any]] = [
        {
            "id": letter.id,
            "workspace": letter.workspace,
            "message_id": letter.message_id,
            "source_id": letter.metadata.source_id,
            "destination_id": letter.metadata.destination_id,
            "status": outcome.status.name.lower(),
        }
        for letter, outcome in zip(letters, result.outcomes, strict=True)
    ]
    for output in result.outputs:
        first, *others = output.inputs
        told[first].setdefault("outputs", []).append(orjson.Fragment(output.payload))
        for other in others:
            told[other].setdefault("joined", []).append(letters[first].id)
    for one, outcome in zip(told, result.outcomes, strict=True):
        if outcome.failure is not None:
            one |= {"code": outcome.failure.code.text, "message": outcome.failure.message}
        elif outcome.drop_reason:
            one["reason"] = outcome.drop_reason
    return told
