"""Binaries and what was compiled from them, as they reach a worker: descriptors of memory that the host has sealed.

A frame announces them, and one byte that carries them follows it. The worker maps the memory, shared and read-only: it costs
no copy, and does not count against what code may allocate.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from transformer.engines.compiled import Artefact
from transformer.worker.lockdown import SOCKET
from transformer.worker.opening import offered

__all__ = ["SPARE_DESCRIPTORS", "DescriptorsError", "fill", "map_shared", "mapped", "receive", "unmap"]

SPARE_DESCRIPTORS: Final = 20
"""How many a worker of binaries may hold beyond one for each version that it has loaded."""

_PATH: Final = "artefact"
_FAILED: Final = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


class DescriptorsError(Exception):
    """The host did not send what it had announced, or there is no room for it."""


def receive(count: int) -> list[int]:
    """The descriptors that were announced. Raises DescriptorsError unless all of them came."""
    # Told what it is: to find out, the class would ask the kernel for what the lockdown forbids.
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=SOCKET)
    try:
        _, descriptors, flags, _ = socket.recv_fds(sock, 1, count)
    finally:
        sock.detach()
    if len(descriptors) != count or flags & socket.MSG_CTRUNC:
        for descriptor in descriptors:
            os.close(descriptor)
        raise DescriptorsError(f"{len(descriptors)} descriptors of {count}")
    return descriptors


@contextmanager
def mapped(descriptor: int, size: int, *, by_path: bool = False) -> Iterator[Artefact]:
    """The memory behind `descriptor`, for the length of the block; the descriptor is somebody else's, or closed, after it.

    `by_path`: `opening` is in force, so that it may be opened by a path, too, once.
    """
    if not size:  # an empty file, which cannot be mapped
        os.close(descriptor)
        yield Artefact(memoryview(b""), 0)
        return
    try:
        address = _map(descriptor, size, mmap.PROT_READ)
    except OSError:
        os.close(descriptor)
        raise
    view = memoryview((ctypes.c_char * size).from_address(address)).cast("B").toreadonly()
    try:
        if by_path:
            with offered(descriptor):
                yield Artefact(view, address, _PATH)
        else:
            os.close(descriptor)
            yield Artefact(view, address)
    finally:
        _libc.munmap(address, size)


def fill(descriptor: int, room: int, content: bytes | bytearray | memoryview) -> bool:
    """Write `content` to the start of the memory behind `descriptor`, which is closed. False: there is not enough room."""
    try:
        if len(content) > room:
            return False
        address = _map(descriptor, room, mmap.PROT_READ | mmap.PROT_WRITE)
        memoryview((ctypes.c_char * room).from_address(address)).cast("B")[: len(content)] = content
        _libc.munmap(address, room)
        return True
    finally:
        os.close(descriptor)


def map_shared(descriptor: int, size: int) -> int:
    """Map the memory behind a descriptor, read-only, and return where it lies. Raises OSError."""
    return _map(descriptor, size, mmap.PROT_READ)


def unmap(address: int, size: int) -> None:
    """Give up what was mapped. Nobody may look there any more."""
    _libc.munmap(address, size)


def _map(descriptor: int, size: int, protection: int) -> int:
    # Not Python's mmap: that makes a second descriptor, which a worker may not.
    address: int = _libc.mmap(None, size, protection, mmap.MAP_SHARED, descriptor, 0)
    if address == _FAILED:
        raise OSError(ctypes.get_errno(), "memory of the host cannot be mapped")
    return address
