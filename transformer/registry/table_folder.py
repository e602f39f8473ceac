"""Tables on disk: what a server served, for the next one that starts here, and for when the database is away.

A file is named by workspace and digest of a table, and counts only if its content has that digest: what is torn, altered or
somebody else's is removed and never used. Beside them lies, for each table, a small file that says which version was live. What
is lost is read from the database again, so nothing is synced.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Final

from transformer.folders import Folder
from transformer.pool.sealed import Sealed
from transformer.registry.records import TablePointer

__all__ = ["TableFolder"]

_LIVE: Final = ".live"
_PIECE: Final = 1 << 20
_MAX_POINTER: Final = 4096


class TableFolder:
    """The folder, at most `max_bytes` large. Servers may share it. No method raises: `trouble` says why the last one failed."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._files = Folder(folder)
        self._max_bytes = max_bytes

    def pointer(self, workspace: str, table: str) -> TablePointer | None:
        """Which version was live when somebody asked last."""
        with self._files.told(), contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            descriptor = self._files.open(_of(workspace, table, _LIVE))
            with os.fdopen(descriptor, "rb") as file:
                found = TablePointer(**json.loads(file.read(_MAX_POINTER)))
            if [type(value) for value in asdict(found).values()] == [int, int, int, str]:
                return found
        return None

    def keep_pointer(self, workspace: str, table: str, pointer: TablePointer | None) -> None:
        """Remember which version is live, or that none is."""
        with self._files.told():
            path = self.folder / _of(workspace, table, _LIVE)
            if pointer is None:
                path.unlink(missing_ok=True)
                return
            self._files.make()
            self._files.write(path.name, [json.dumps(asdict(pointer)).encode()])

    def find(self, workspace: str, pointer: TablePointer) -> Sealed | None:
        """The table, in memory that cannot change any more; None where it is not here, whole."""
        path = self.folder / _of(workspace, pointer.digest)
        with self._files.told(), contextlib.suppress(FileNotFoundError):
            descriptor = self._files.open(path.name)
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
            with self._files.told():
                self._files.make()
                self._files.write(_of(workspace, pointer.digest), memory.pieces())
                self._files.sweep()
                self._files.trim(self._max_bytes)

    @property
    def trouble(self) -> str:
        """Why the last attempt failed; "" if it did not."""
        return self._files.trouble


def _of(workspace: str, name: str, suffix: str = "") -> str:
    return sha256(json.dumps([workspace, name, suffix]).encode()).hexdigest() + suffix
