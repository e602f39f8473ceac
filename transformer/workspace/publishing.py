"""Code of a folder, checked by a server or published there; and what is wrong with it, with file and line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from transformer.client import Client, LibraryVersion, Version
from transformer.errors import CallerError, Code, Problem
from transformer.workspace import folder

__all__ = ["library_version", "problems_in", "transformation_version"]

T = TypeVar("T")

_SECONDS: Final = 180.0
"""A large binary is compiled for a while, behind others perhaps, and cases run."""

_OF_THE_FILE: Final = frozenset({Code.CODE_REFUSED, Code.BAD_REQUEST, Code.BATCH_TOO_LARGE, Code.PRECONDITION})


def transformation_version(client: Client, workspace: str, name: str, code: folder.Code, *, check: bool) -> Version:
    """The version that code is, or would be. Raises CallerError."""
    return client.create_version(
        workspace,
        name,
        code.file.source,
        engine=code.file.engine,
        cases=code.cases,
        capabilities=code.capabilities,
        allow_missing=True,
        validate_only=check,
        timeout=_SECONDS,
    )


def library_version(client: Client, workspace: str, handle: str, code: folder.Code, *, check: bool) -> LibraryVersion:
    """The version that a library is, or would be. Raises CallerError."""
    return client.create_library_version(
        workspace, handle, code.file.engine, code.file.source, validate_only=check, timeout=_SECONDS
    )


def problems_in(where: str, ask: Callable[[], T]) -> tuple[T | None, list[str]]:
    """What `ask` gives, or what the server finds wrong with a file. Raises what is no matter of the file."""
    try:
        return ask(), []
    except CallerError as wrong:
        if wrong.code not in _OF_THE_FILE:
            raise
        return None, [_told(where, problem) for problem in wrong.problems] or [f"{where}: {wrong.message}"]


def _told(where: str, problem: Problem) -> str:
    place = f"{where}:{problem.line}" if problem.line else where
    place += f":{problem.column}" if problem.line and problem.column else ""
    return f"{place}: {problem.message}"
