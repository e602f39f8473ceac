"""Answers of a config backend, kept on disk: a server that restarts while the backend is away serves what it knew.

An answer is kept under the whole address that it was asked for, with the hash of both before it, so that a torn or altered
file is noticed. Only answers that were usable are kept. Nothing here is needed: what is lost is asked for again.
"""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from pathlib import Path
from typing import Final

from transformer.folders import Folder

__all__ = ["KeptDocuments"]

_BLOCK_BYTES: Final = 4096
_WRITES_WAITING: Final = 1000


class KeptDocuments:
    """A folder of answers, at most `max_bytes` large. No method raises: a disk in trouble costs the cache and nothing else.

    `parents`: make the folders around it, too.
    """

    def __init__(self, folder: Path, max_bytes: int, *, parents: bool = False) -> None:
        self._folder = Folder(folder, parents=parents, block_bytes=_BLOCK_BYTES)
        self._max_bytes = max_bytes
        self._opened = False
        self._writing: set[asyncio.Future[None]] = set()

    @property
    def trouble(self) -> str:
        """Why nothing could be kept when that was last tried; "" if it could."""
        return self._folder.trouble

    async def open(self) -> None:
        """Make the folder, and see what is there."""
        await asyncio.to_thread(self._open)

    async def read(self, address: str) -> bytes | None:
        """The answer that is kept, None for none."""
        return await asyncio.to_thread(self._read, address) if self._opened else None

    def keep(self, address: str, body: bytes) -> None:
        """Keep an answer, soon. Nobody waits for it."""
        if self._opened and len(self._writing) < _WRITES_WAITING:
            writing = asyncio.ensure_future(asyncio.to_thread(self._keep, address, body))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _open(self) -> None:
        with self._folder.told():
            self._folder.make()
            self._folder.sweep()
            self._opened = True

    def _read(self, address: str) -> bytes | None:
        name = _name(address)
        with self._folder.told():
            try:
                descriptor = self._folder.open(name)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as file:
                digest, _, body = file.read().partition(b"\n")
                os.utime(descriptor)
            if _digest(address, body) == digest:
                return body
            (self._folder.path / name).unlink(missing_ok=True)
        return None

    def _keep(self, address: str, body: bytes) -> None:
        if self._folder.size(len(body)) > self._max_bytes // 2:
            return
        with self._folder.told():
            self._folder.write(_name(address), [_digest(address, body), b"\n", body])
            self._folder.trim(self._max_bytes)


def _digest(address: str, body: bytes) -> bytes:
    return sha256(address.encode() + b"\n" + body).hexdigest().encode()


def _name(address: str) -> str:
    return sha256(address.encode()).hexdigest()
