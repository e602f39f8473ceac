"""A folder of ours alone, of a bounded size: files are there whole or not at all, and go when they were not used for longest.

What is kept is named by 64 digits; other names are their owner's, and stay. Nothing is synced: what is lost is made again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Entry", "Folder"]

_FULL: Final = 0.9
_ABANDONED_SECONDS: Final = 3600
_KEPT: Final = re.compile(r"[0-9a-f]{64}")
_DRAFT: Final = re.compile(r".+\.\d+-\d+")


class Entry(NamedTuple):
    """A file that is kept."""

    used: float
    """When it was used last, in seconds since 1970."""

    bytes: int
    path: Path


class Folder:
    """The folder at `path`; `parents`: it may make the folders around it, too. Processes may share it. Raises OSError."""

    def __init__(self, path: Path, *, parents: bool = True, block_bytes: int = 1) -> None:
        """A file counts as whole blocks of so many bytes."""
        self.path = path
        self.trouble = ""
        """Why the last block of `told` failed; "" if it did not."""
        self._parents = parents
        self._block_bytes = block_bytes

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """A block in which the disk may be in trouble: no OSError leaves it, and `trouble` says what was wrong."""
        try:
            yield
        except OSError as wrong:
            self.trouble = wrong.strerror or type(wrong).__name__
        else:
            self.trouble = ""

    def make(self) -> None:
        """Make it where it is not, and see to it that nobody else looks in."""
        self.path.mkdir(mode=0o700, parents=self._parents, exist_ok=True)
        self.own()

    def own(self) -> None:
        """See to it that it is ours, and that nobody else looks in."""
        if self.path.is_symlink() or self.path.stat().st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "It belongs to somebody else, or is a link")
        self.path.chmod(0o700)

    def open(self, name: str) -> int:
        """A descriptor, to read from; a link is not followed."""
        return os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """All of it or nothing, as far as a running system can tell."""
        path = self.path / name
        draft = path.with_name(f"{name}.{os.getpid()}-{time.monotonic_ns()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.writelines(pieces)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def size(self, bytes_: int) -> int:
        """What a file of so many bytes takes."""
        return -(-bytes_ // self._block_bytes) * self._block_bytes

    def entries(self) -> Iterator[Entry]:
        """What is kept."""
        with os.scandir(self.path) as listed:
            for entry in listed:
                if _KEPT.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        found = entry.stat(follow_symlinks=False)
                        yield Entry(found.st_mtime, self.size(found.st_size), Path(entry.path))

    def sweep(self) -> None:
        """Remove what processes that are long gone left half written."""
        with os.scandir(self.path) as listed:
            for entry in listed:
                if _DRAFT.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat(follow_symlinks=False).st_mtime < time.time() - _ABANDONED_SECONDS:
                            Path(entry.path).unlink(missing_ok=True)

    def trim(self, max_bytes: int) -> tuple[int, list[str]]:
        """Remove what was not used for longest, if all is larger than that. Returns how large it is, and what went."""
        entries = sorted(self.entries())
        total = sum(entry.bytes for entry in entries)
        gone: list[str] = []
        for entry in entries if total > max_bytes else ():
            if total <= max_bytes * _FULL:
                break
            entry.path.unlink(missing_ok=True)
            total -= entry.bytes
            gone.append(entry.path.name)
        return total, gone
