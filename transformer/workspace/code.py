"""Code as files have it: the source, the language, the cases beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from transformer.cases import load_cases
from transformer.engines.binary import encode_binary
from transformer.engines.catalog import SUFFIXES, engine_of_file
from transformer.errors import CallerError

__all__ = ["CodeFile", "FileError", "case_files", "is_source", "named_cases", "read_code", "read_file", "stem"]

_MAX_BYTES: Final = 256 * 1024 * 1024
"""Of any file: more than any server takes."""


class FileError(ValueError):
    """A file cannot be used: the message begins with its name."""


@dataclass(frozen=True, slots=True)
class CodeFile:
    """Code, as the registry takes it; of a binary, `source` is what stands for it (`engines.binary`)."""

    engine: str
    source: str
    size: int
    """Bytes of the file."""


def read_code(path: Path) -> CodeFile:
    """The code in a file. Raises FileError: it cannot be read, is text but not UTF-8, or no engine runs such files."""
    if path.is_dir():
        raise FileError(f"{path}: is a folder; name a source file")
    try:
        engine = engine_of_file(path.name)
    except ValueError as wrong:
        raise FileError(str(wrong)) from None
    content = read_file(path)
    try:
        return CodeFile(engine.name, encode_binary(content) if engine.binary else content.decode(), len(content))
    except UnicodeDecodeError:
        raise FileError(f"{path}: is not UTF-8 text") from None


def read_file(path: Path, most: int = _MAX_BYTES) -> bytes:
    """The bytes of a file. Raises FileError: it cannot be read, or is too large."""
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as wrong:
        raise FileError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    if len(content) > most:
        raise FileError(f"{path}: is too large; at most {most} bytes")
    return content


def is_source(path: Path) -> bool:
    """Whether a file is code: it ends as such files do, and its name begins with neither `_` nor a point."""
    return path.name.endswith(SUFFIXES) and not path.name.startswith(("_", ".")) and path.is_file()


def stem(path: Path) -> str:
    """The name of a source file without its ending."""
    return path.name.removesuffix(next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), ""))


def case_files(source: Path) -> list[Path]:
    """The case files of a source file, in the order of their names."""
    found = []
    named = source.with_name(f"{source.stem}.cases.json")
    if named.is_file():
        found.append(named)
    if sum(1 for one in source.parent.iterdir() if is_source(one)) == 1:
        found += sorted((source.parent / "cases").glob("*.json"))
    return found


def named_cases(files: Sequence[Path]) -> dict[str, bytes]:
    """The cases in `files`, one by one, under their names, as the registry takes them.

    Raises:
        FileError: a file cannot be read, is no case file, or two cases have one name.
    """
    found: dict[str, bytes] = {}
    for path in files:
        body = read_file(path)
        try:
            cases = load_cases(body, str(path))
        except CallerError as wrong:
            raise FileError(wrong.message) from None
        parsed = json.loads(body.decode("utf-8-sig"))
        for case, one in zip(cases, parsed if isinstance(parsed, list) else [parsed], strict=True):
            if case.name in found:
                raise FileError(f'{path}: a second case is named "{case.name}"; give each its own name')
            found[case.name] = _compact(one)
    return found


def _compact(case: object) -> bytes:
    """The same case in the same bytes, however its file was laid out."""
    try:
        return json.dumps(case, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(case).encode()
