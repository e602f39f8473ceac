"""Exit codes, once: what each means, and which one an error gets. Help and documentation print this table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from transformer.errors import CallerError, Code, PlatformError, TransformerError

__all__ = ["MEANINGS", "CommandError", "Exit", "exit_of"]


class Exit(IntEnum):
    """How a command ended, for scripts."""

    OK = 0
    NOT_HELD = 1
    USAGE = 2
    REFUSED = 3
    TRY_AGAIN = 4
    BROKEN = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS: Final[Mapping[Exit, str]] = MappingProxyType(
    {
        Exit.OK: "done",
        Exit.NOT_HELD: "done, but something did not hold: an event failed, a case or a workspace differs, code was refused",
        Exit.USAGE: "the command line, a setting or an input file is wrong; nothing was done",
        Exit.REFUSED: "the server refused: it does not exist, exists already, is in the wrong state; or a folder is wrong",
        Exit.TRY_AGAIN: "the server cannot be reached or is busy; the same command may succeed later",
        Exit.BROKEN: "this machine cannot do it (confinement is missing), or a fault of ours",
        Exit.INTERRUPTED: "interrupted",
        Exit.PIPE_CLOSED: "whoever read the output closed it",
    }
)


class CommandError(Exception):
    """A command cannot go on. The message is one line for the person at the keyboard."""

    def __init__(self, message: str, exit_code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


_OF_CALLER: Final = MappingProxyType({Code.BAD_REQUEST: Exit.USAGE, Code.CODE_REFUSED: Exit.NOT_HELD})


def exit_of(error: TransformerError) -> Exit:
    """The exit code that an error ends a command with."""
    if isinstance(error, CallerError):
        return _OF_CALLER.get(error.code, Exit.REFUSED)
    if isinstance(error, PlatformError):
        return Exit.BROKEN if error.code is Code.INTERNAL else Exit.TRY_AGAIN
    return Exit.NOT_HELD
