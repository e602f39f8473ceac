"""Source files of transformations: which engine runs one, and what it says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from transformer.capabilities import Capabilities
from transformer.cli.exits import CommandError
from transformer.engines.base import Library
from transformer.library.pins import Own, named, pinned
from transformer.manifest import ManifestError, capabilities_beside
from transformer.workspace.code import FileError, read_code

__all__ = ["SourceFile", "own_libraries", "read_source"]


@dataclass(frozen=True)
class SourceFile:
    """A transformation's source, as a file has it; of a binary, `text` is what stands for it (`engines.binary`)."""

    path: Path
    engine: str
    text: str
    size: int
    """Bytes of the file."""

    own: Mapping[str, Own] = field(default_factory=dict)
    """Libraries of the workspace's own that it may import, by handle."""

    @property
    def where(self) -> str:
        """The file as the user wrote it."""
        return str(self.path)

    @cached_property
    def libraries(self) -> tuple[Library, ...]:
        """What it imports of the library that is shipped, and of the workspace's own."""
        return pinned(self.engine, self.text, self.own)

    @cached_property
    def capabilities(self) -> Capabilities:
        """What the manifest beside it declares. Raises CommandError: it is wrong."""
        try:
            return capabilities_beside(self.path)
        except ManifestError as wrong:
            raise CommandError(str(wrong)) from None

    @property
    def hash(self) -> str:
        """Stands for the content."""
        return hashlib.sha256(f"{self.engine}\0{self.text}".encode()).hexdigest()


def read_source(path: Path, own: Mapping[str, Own] | None = None) -> SourceFile:
    """The source in `path`. Raises CommandError: it cannot be read, is text but not UTF-8, or no engine runs such files."""
    try:
        code = read_code(path)
    except FileError as wrong:
        raise CommandError(str(wrong)) from None
    return SourceFile(path, code.engine, code.source, code.size, own or {})


def own_libraries(given: Sequence[str]) -> dict[str, Own]:
    """The libraries that `--library HANDLE=FILE` names, each with those that it imports.

    Raises:
        CommandError: one is not written so or stands twice, a file cannot be read, or they import each other in a circle.
    """
    files: dict[str, SourceFile] = {}
    for each in given:
        handle, _, file = each.partition("=")
        if not handle or not file:
            raise CommandError(f"--library {each}: write HANDLE=FILE, as in --library address=address.py")
        if handle in files:
            raise CommandError(f"--library: {handle} stands twice")
        files[handle] = read_source(Path(file))
    made: dict[str, Own] = {}

    def make(handle: str, path: tuple[str, ...]) -> Own:
        if handle in path:
            raise CommandError(f"--library: libraries import each other in a circle: {' → '.join([*path, handle])}")
        if handle not in made:
            source = files[handle]
            inner = {
                name: make(name, (*path, handle))
                for name in dict.fromkeys(named(source.engine, source.text))
                if name in files and name != handle
            }
            libraries = pinned(source.engine, source.text, inner)
            digest = hashlib.sha256("\0".join([source.hash, *sorted(library.hash for library in libraries)]).encode())
            made[handle] = Own(handle, source.engine, source.text, digest.hexdigest(), libraries)
        return made[handle]

    return {handle: make(handle, ()) for handle in files}
