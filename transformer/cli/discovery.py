"""Find the cases of a transformation: where they lie says to which code they belong.

transform.py + cases/*.json     a folder of its own: the cases beside the code, where the folder holds one source file
scrub.py + scrub.cases.json     several transformations in a folder: the file's name; scrub.ts and scrub.wasm likewise
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transformer.cases import Case, load_cases
from transformer.cli.code import SourceFile, read_source
from transformer.cli.exits import CommandError
from transformer.engines.catalog import SUFFIXES
from transformer.errors import CallerError
from transformer.library.pins import Own

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
    found = (source for source in sorted(path.rglob("*")) if _is_source(source))
    return [_tested(source, own) for source in found if case_files(source)]


def case_files(source: Path) -> list[Path]:
    """The case files of a source file, in the order of their names."""
    found = []
    named = source.with_name(f"{source.stem}.cases.json")
    if named.is_file():
        found.append(named)
    if sum(1 for one in source.parent.iterdir() if _is_source(one)) == 1:
        found += sorted((source.parent / "cases").glob("*.json"))
    return found


def publishable(files: list[Path]) -> dict[str, bytes]:
    """The cases in `files`, one by one, under their names, as the registry takes them.

    Raises:
        CommandError: a file cannot be read, is no case file, or two cases have one name.
    """
    found: dict[str, bytes] = {}
    for path in files:
        body = _read(path)
        cases = _load(body, path)
        parsed = json.loads(body.decode("utf-8-sig"))
        for case, one in zip(cases, parsed if isinstance(parsed, list) else [parsed], strict=True):
            if case.name in found:
                raise CommandError(f'{path}: a second case is named "{case.name}"; give each its own name')
            found[case.name] = _compact(one)
    return found


def _tested(path: Path, own: Mapping[str, Own] | None) -> Tested:
    source = read_source(path, own)
    return Tested(source, tuple(_all_cases(path)))


def _all_cases(source: Path) -> Iterator[Case]:
    for path in case_files(source):
        yield from _load(_read(path), path)


def _is_source(path: Path) -> bool:
    return path.name.endswith(SUFFIXES) and not path.name.startswith(("_", ".")) and path.is_file()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise CommandError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None


def _load(body: bytes, path: Path) -> list[Case]:
    try:
        return load_cases(body, str(path))
    except CallerError as wrong:
        raise CommandError(wrong.message) from None


def _compact(case: object) -> bytes:
    """The same case in the same bytes, however its file was laid out."""
    try:
        return json.dumps(case, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(case).encode()
