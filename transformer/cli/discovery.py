"""Find the cases of a transformation: where they lie says to which code they belong.

transform.py + cases/*.json     a folder of its own: the cases beside the code, where the folder holds one source file
scrub.py + scrub.cases.json     several transformations in a folder: the file's name; scrub.ts and scrub.wasm likewise
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transformer.cases import Case, load_cases
from transformer.cli.code import SourceFile, read_source
from transformer.cli.exits import CommandError
from transformer.errors import CallerError
from transformer.library.pins import Own
from transformer.workspace.code import FileError, case_files, is_source, named_cases, read_file

__all__ = ["Tested", "case_files", "find", "publishable"]


@dataclass(frozen=True, slots=True)
class Tested:
    """A source file and its cases; none if there are none."""

    source: SourceFile
    cases: tuple[Case, ...]


def find(path: Path, own: Mapping[str, Own] | None = None) -> list[Tested]:
    """What there is to test at `path`: one source file, or every one in a folder and its subfolders that has cases.

    `own` are libraries of the workspace's own, which they may import.

    Raises:
        CommandError: `path` does not exist, or a file cannot be read or is not what it should be; the message says where.
    """
    if not path.exists():
        raise CommandError(f"{path}: no such file or folder")
    if path.is_file():
        return [_tested(path, own)]
    found = (source for source in sorted(path.rglob("*")) if is_source(source))
    return [_tested(source, own) for source in found if case_files(source)]


def publishable(files: list[Path]) -> dict[str, bytes]:
    """The cases in `files` by name, as the registry takes them. Raises CommandError: one is wrong, or two have one name."""
    try:
        return named_cases(files)
    except FileError as wrong:
        raise CommandError(str(wrong)) from None


def _tested(path: Path, own: Mapping[str, Own] | None) -> Tested:
    source = read_source(path, own)
    return Tested(source, tuple(_all_cases(path)))


def _all_cases(source: Path) -> Iterator[Case]:
    for path in case_files(source):
        try:
            yield from load_cases(read_file(path), str(path))
        except FileError as wrong:
            raise CommandError(str(wrong)) from None
        except CallerError as wrong:
            raise CommandError(wrong.message) from None
