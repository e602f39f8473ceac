"""Source files of transformations: which engine runs one, and what it says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from transformer.capabilities import Capabilities
from transformer.cli.exits import CommandError
from transformer.engines.base import Library
from transformer.engines.binary import encode_binary
from transformer.engines.catalog import engine_of_file
from transformer.library.pins import pinned
from transformer.manifest import ManifestError, capabilities_beside

__all__ = ["SourceFile", "read_source"]


@dataclass(frozen=True)
class SourceFile:
    """A transformation's source, as a file has it; of a binary, `text` is what stands for it (`engines.binary`)."""

    path: Path
    engine: str
    text: str
    size: int
    """Bytes of the file."""

    @property
    def where(self) -> str:
        """The file as the user wrote it."""
        return str(self.path)

    @cached_property
    def libraries(self) -> tuple[Library, ...]:
        """What it imports of the library that is shipped."""
        return pinned(self.engine, self.text)

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


def read_source(path: Path) -> SourceFile:
    """The source in `path`. Raises CommandError: it cannot be read, is text but not UTF-8, or no engine runs such files."""
    if path.is_dir():
        raise CommandError(f"{path}: is a folder; name a source file")
    try:
        engine = engine_of_file(path.name)
        content = path.read_bytes()
        text = encode_binary(content) if engine.binary else content.decode()
    except UnicodeDecodeError:
        raise CommandError(f"{path}: is not UTF-8 text") from None
    except ValueError as wrong:
        raise CommandError(str(wrong)) from None
    except OSError as wrong:
        raise CommandError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    return SourceFile(path, engine.name, text, len(content))
