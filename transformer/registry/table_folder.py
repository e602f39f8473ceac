"""Tables on disk: what a server served, for the next one that starts here, and for when the database is away.

A file is named by workspace and digest of a table, and counts only if its content has that digest: what is torn, altered or
somebody else's is removed and never used. Beside them lies, for each table, a small file that says which version was live. What
is lost is read from the database again, so nothing is synced.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

from transformer.pool.sealed import Sealed
from transformer.registry.records import TablePointer

__all__ = ["TableFolder"]

_DIGITS: Final = 64
_LIVE: Final = ".live"
_FULL: Final = 0.9
_ABANDONED_SECONDS: Final = 3600
_PIECE: Final = 1 << 20
_MAX_POINTER: Final = 4096


class TableFolder:
    """The folder, at most `max_bytes` large. Servers may share it. No method raises: `trouble` says why the last one failed."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.trouble = ""
        self._max_bytes = max_bytes

    def pointer(self, workspace: str, table: str) -> TablePointer | None:
        """Which version was live when somebody asked last."""
        with self._told(), contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            descriptor = os.open(self.folder / _of(workspace, table, _LIVE), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                found = TablePointer(**json.loads(file.read(_MAX_POINTER)))
            if [type(value) for value in asdict(found).values()] == [int, int, int, str]:
                return found
        return None

    def keep_pointer(self, workspace: str, table: str, pointer: TablePointer | None) -> None:
        """Remember which version is live, or that none is."""
        with self._told():
            path = self.folder / _of(workspace, table, _LIVE)
            if pointer is None:
                path.unlink(missing_ok=True)
                return
            self._write(path, iter([json.dumps(asdict(pointer)).encode()]))

    def find(self, workspace: str, pointer: TablePointer) -> Sealed | None:
        """The table, in memory that cannot change any more; None where it is not here, whole."""
        path = self.folder / _of(workspace, pointer.digest)
        with self._told(), contextlib.suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                found = os.fstat(descriptor)
                if found.st_uid == os.geteuid() and found.st_size == pointer.size:
                    digest = sha256()

                    def pieces() -> Iterator[bytes]:
                        while piece := file.read(_PIECE):
                            digest.update(piece)
                            yield piece

                    # Into memory that cannot change first, and only then judged: what is judged is what will be used.
                    memory = Sealed.of(pieces())
                    if digest.hexdigest() == pointer.digest and memory.size == pointer.size:
                        os.utime(descriptor)  # it is used: it goes last
                        return memory
            path.unlink(missing_ok=True)
        return None

    def keep(self, workspace: str, pointer: TablePointer, memory: Sealed) -> None:
        """Remember a table."""
        if memory.size <= self._max_bytes:
            with self._told():
                self._write(self.folder / _of(workspace, pointer.digest), memory.pieces())
                self._trim()

    def _write(self, path: Path, pieces: Iterator[bytes]) -> None:
        """All of it or nothing, as far as a running system can tell."""
        self._make()
        draft = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.writelines(pieces)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def _make(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.folder.is_symlink() or self.folder.stat().st_uid != os.geteuid():
            raise PermissionError(errno.EPERM, "It belongs to somebody else, or is a link")
        self.folder.chmod(0o700)

    def _trim(self) -> None:
        """Remove what was not used for longest, and what somebody left half written."""
        entries: list[tuple[float, int, str]] = []
        for entry in os.scandir(self.folder):
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if len(entry.name) == _DIGITS:
                    entries.append((found.st_mtime, found.st_size, entry.path))
                elif not entry.name.endswith(_LIVE) and found.st_mtime < time.time() - _ABANDONED_SECONDS:
                    Path(entry.path).unlink(missing_ok=True)
        total = sum(size for _, size, _ in entries)
        if total <= self._max_bytes:
            return
        for _, size, path in sorted(entries):
            if total <= self._max_bytes * _FULL:
                break
            Path(path).unlink(missing_ok=True)
            total -= size

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as wrong:
            self.trouble = wrong.strerror or type(wrong).__name__
        else:
            self.trouble = ""


def _of(workspace: str, name: str, suffix: str = "") -> str:
    return sha256(json.dumps([workspace, name, suffix]).encode()).hexdigest() + suffix
