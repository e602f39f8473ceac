"""Files of lines that several processes append to, rewrite and remove, and that survive a crash at any moment.

Who changes a file holds its lock and makes sure, once it has it, that the file is still the one of that name. An append is
whole and on disk when it returns, or was taken back. What a crash leaves of one is a line without an end, which readers pass
over and the next append ends first.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["append", "lines", "locked", "remove", "rewrite", "sync_folder", "temporary"]

_PRIVATE = 0o600


def append(path: Path, data: bytes, *, create: bool) -> None:
    """Append whole lines. Raises OSError, with nothing appended: FileNotFoundError if there is no such file and no `create`."""
    with _held(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)) as descriptor:
        size = os.fstat(descriptor).st_size
        try:
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write(descriptor, b"\n" + data if torn else data)
            os.fdatasync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
                if size == 0:
                    path.unlink()
            raise
    if size == 0:
        sync_folder(path.parent)


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The whole lines of a file and where each begins; none if there is no such file."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return
    offset = 0
    with source:
        for line in source:
            if line.endswith(b"\n"):
                yield offset, line
            offset += len(line)


def rewrite(path: Path, keep: Callable[[bytes], bool]) -> int:
    """Leave only the lines that are to be kept, and no file without lines. Returns how many were removed."""
    removed = 0
    try:
        with _held(path, os.O_RDONLY):
            kept = temporary(path)
            target = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE)
            try:
                for _, line in lines(path):
                    if keep(line):
                        _write(target, line)
                    else:
                        removed += 1
                os.fsync(target)
                size = os.fstat(target).st_size
            except OSError:
                kept.unlink(missing_ok=True)
                raise
            finally:
                os.close(target)
            if size:
                kept.replace(path)
            else:
                kept.unlink()
                path.unlink()
    except FileNotFoundError:
        return 0
    sync_folder(path.parent)
    return removed


def remove(path: Path) -> bool:
    """Remove a file when nobody is writing to it. Returns whether it was there."""
    try:
        with _held(path, os.O_RDONLY):
            path.unlink()
    except FileNotFoundError:
        return False
    return True


def temporary(path: Path) -> Path:
    """What a file is rewritten as. A crash may leave it."""
    return path.with_name(f".{path.name}.tmp")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file. Raises BlockingIOError at once if somebody else does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _held(path: Path, flags: int) -> Iterator[int]:
    """A descriptor of the file, locked. Raises FileNotFoundError if it is gone, or was replaced while we waited."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not _is(descriptor, path):
            raise FileNotFoundError(path)
        yield descriptor
    finally:
        os.close(descriptor)


def _is(descriptor: int, path: Path) -> bool:
    ours, named = os.fstat(descriptor), path.stat()
    return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
