"""Memory with a descriptor, that nobody can change any more: how binaries and artefacts are handed to workers.

Workers that map it share its pages with each other. It takes no room in this process beyond the descriptor.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["Sealed"]

_PIECE_BYTES: Final = 1 << 20
_ALL_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Sealed:
    """`size` bytes behind `descriptor`, which is closed when nobody holds this object any more."""

    __slots__ = ("__weakref__", "descriptor", "size")

    def __init__(self, descriptor: int, size: int) -> None:
        """Seal the memory behind `descriptor`, `size` bytes of it, and own it.

        Raises:
            OSError: somebody may still write to it. It is closed.
        """
        try:
            os.ftruncate(descriptor, size)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _ALL_SEALS)
        except OSError:
            os.close(descriptor)
            raise
        self.descriptor = descriptor
        self.size = size
        weakref.finalize(self, os.close, descriptor)

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> Sealed:
        """Memory that holds these, one after the other."""
        descriptor, size = cls.room(0), 0
        try:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    written = os.write(descriptor, view)
                    size += written
                    view = view[written:]
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor, size)

    @staticmethod
    def room(size: int) -> int:
        """The descriptor of memory that may be written and sealed. It is there as far as something was written to it."""
        descriptor = os.memfd_create("artefact", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, size)
        return descriptor

    def apart(self) -> int:
        """A descriptor of the same memory with a place of its own in it, read-only; the caller's to close. Raises OSError."""
        return os.open(f"/proc/self/fd/{self.descriptor}", os.O_RDONLY | os.O_CLOEXEC)

    def pieces(self) -> Iterator[bytes]:
        """What it holds, bit by bit."""
        at = 0
        while piece := os.pread(self.descriptor, _PIECE_BYTES, at):
            yield piece
            at += len(piece)
