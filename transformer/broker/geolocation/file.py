"""Geolocation from a MaxMind database (.mmdb), read again when its file changes.

The reader maps memory, and a file that is overwritten in place under a mapping ends the process that reads it (SIGBUS). So what
is mapped is a copy in memory, which nobody can write to; the file may be replaced in any way, at any time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final

import maxminddb

from transformer.broker.geolocation.place import place
from transformer.capabilities import Capabilities
from transformer.observe import Logger
from transformer.settings import SettingsError
from transformer.wire.calls import CallError

__all__ = ["GeolocationFile"]

_LOOK_SECONDS: Final = 1.0
_TRIES: Final = 3


class GeolocationFile:
    """Knows what the file at `path` says. Belongs to one event loop.

    Raises:
        SettingsError: it is not there, or no database.
    """

    def __init__(self, path: str, log: Logger | None = None) -> None:
        self._path = Path(path)
        self._log = log
        self._failures = 0
        try:
            self._reader, self._seen = _open(self._path)
        except OSError as wrong:
            raise SettingsError(f"geolocation: {path}: {wrong.strerror}") from None
        except (maxminddb.InvalidDatabaseError, ValueError):
            raise SettingsError(f"geolocation: {path} is no MaxMind database") from None
        self._looked = monotonic()
        self._reading: asyncio.Task[None] | None = None

    async def answer(self, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - a handler's signature
        """As `Geolocation.answer`."""
        ip = arguments.get("ip")
        if not isinstance(ip, str):
            raise CallError("invalid", "geolocation takes a single string argument, an IP address")
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            raise CallError("invalid", "geolocation: invalid ip address") from None
        self._look()
        try:
            record = self._reader.get(getattr(address, "ipv4_mapped", None) or address)
        except ValueError:  # the database is about IPv4 only
            record = None
        except maxminddb.InvalidDatabaseError:
            raise CallError("unavailable", "geolocation: the database is broken") from None
        return dict(place(ip, record if isinstance(record, Mapping) else {}))

    async def close(self) -> None:
        """Close the database."""
        if self._reading is not None:
            await self._reading
        self._reader.close()

    def _look(self) -> None:
        """Have the file read again if it has changed. Meanwhile, and if that fails, what it said before is good."""
        now = monotonic()
        if now - self._looked < _LOOK_SECONDS or self._reading is not None:
            return
        self._looked = now
        self._reading = asyncio.create_task(self._read_again())

    async def _read_again(self) -> None:
        try:
            if await asyncio.to_thread(_state, self._path) == self._seen:
                self._failures = 0
                return
            reader, seen = await asyncio.to_thread(_open, self._path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as wrong:
            self._tell(wrong)  # being written, or gone: looked at again in a second
        else:
            self._reader.close()
            self._reader, self._seen, self._failures = reader, seen, 0
            if self._log is not None:
                self._log.info("geolocation database read")
        finally:
            self._reading = None

    def _tell(self, wrong: Exception) -> None:
        """Log why the file is not read, once, and not while it may only be on its way."""
        self._failures += 1
        if self._log is not None and self._failures == _TRIES:
            reason = wrong.strerror if isinstance(wrong, OSError) else "it is no MaxMind database"
            self._log.warning("geolocation database cannot be read", reason=reason, meanwhile="what it said before is served")


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _open(path: Path) -> tuple[maxminddb.Reader, tuple[int, int, int]]:
    seen = _state(path)
    if not hasattr(os, "memfd_create"):
        return maxminddb.open_database(path), seen
    descriptor = os.memfd_create("geolocation", os.MFD_CLOEXEC)
    with path.open("rb") as file, os.fdopen(descriptor, "wb") as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        return maxminddb.open_database(f"/proc/self/fd/{descriptor}"), seen
