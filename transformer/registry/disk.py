"""What was served, kept on disk: a server that restarts while its database is gone serves what it knew.

One folder for each database, one file for each route, version, definition and secret, named by the hash of what it answers. A
file begins with the hash of the rest, so that a torn or altered one is noticed, removed and never served; versions and
definitions have to match their content hash as well. A secret is here as the registry keeps it: encrypted with a key that is
in neither. Only answers are kept here, never the lack of one.

Nothing here needs to be safe: what is lost is asked for again. So nothing is synced, and two servers may share a folder.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeVar

from cachetools import LRUCache

from transformer.folders import Folder
from transformer.registry import disk_records as records
from transformer.registry.definition_records import DefinitionVersion
from transformer.registry.names import Reference
from transformer.registry.records import Pointer, Route, Version

__all__ = ["AUTO", "DiskCache", "cache_folder", "disk_cache"]

AUTO: Final = "auto"
_IDENTITY: Final = "registry"
_BLOCK_BYTES: Final = 4096
_REMEMBERED: Final = 50_000

Record = TypeVar("Record")


def cache_folder(wanted: str, place: str, file: Path | None) -> Path | None:
    """The folder for the database at `place`; None for no cache.

    Args:
        wanted: "" for none; AUTO for beside the database's file, and in the user's cache folder where it is no file; else the
            folder that holds one for each database.
        place: what tells the database from others (`Store.place`).
        file: the database's file, if it is one (`Store.file`).
    """
    if not wanted:
        return None
    if wanted == AUTO and file is not None:
        return file.with_name(f"{file.name}-cache")
    outer = Path("~/.cache/transformer" if wanted == AUTO else wanted).expanduser()
    return outer / sha256(place.encode()).hexdigest()[:32]


def disk_cache(wanted: str, max_bytes: int, place: str, file: Path | None) -> DiskCache | None:
    """The cache of the database at `place`, if one is `wanted`; see `cache_folder`."""
    folder = cache_folder(wanted, place, file)
    if folder is None:
        return None
    # Beside a file no folder is made but the cache's own: a registry that is not there must not come to be.
    return DiskCache(folder, max_bytes, parents=file is None or folder.parent != file.parent)


class DiskCache:
    """The folder of one database, at most `max_bytes` large. For one thread at a time.

    No method raises: a disk in trouble costs the cache and nothing else. `trouble` says why; every answer that is to be kept is
    another attempt. `parents`: make the folders around it, too.
    """

    def __init__(self, folder: Path, max_bytes: int, *, parents: bool = False) -> None:
        self.folder = folder
        self.trouble = ""
        """Why nothing can be kept at the moment; "" while it can."""
        self._max_bytes = max_bytes
        self._files = Folder(folder, parents=parents, block_bytes=_BLOCK_BYTES)
        self._bytes = 0
        self._written: LRUCache[str, str] = LRUCache(_REMEMBERED)
        self._identity = ""
        self._opened = False

    def open(self) -> int:
        """Look at what is there. Returns how many answers, 0 also where they cannot be used. Makes no folder yet."""
        self._opened = False
        with self._told():
            return self._open() if os.path.lexists(self.folder) else 0
        return 0

    def adopt(self, identity: str) -> None:
        """The database has been reached, and this is which registry it holds (`Store.identity`). Forgets those of another."""
        self._identity = identity
        with self._told():
            self._make()

    def route(self, workspace: str, reference: Reference) -> Route | None:
        """Where the reference led when it was last asked for."""
        return self._read(records.route_key(workspace, reference), records.as_route)

    def keep_route(self, workspace: str, reference: Reference, route: Route) -> None:
        """Remember where the reference leads."""
        self._keep(records.route_key(workspace, reference), asdict(route))

    def forget_route(self, workspace: str, reference: Reference) -> None:
        """What the reference names does not exist any more."""
        self._forget(_name(records.route_key(workspace, reference)))

    def version(self, workspace: str, transformation: str, pointer: Pointer) -> Version | None:
        """The code that the pointer means, with its cases; proven by its hash."""

        def read(answer: dict[str, Any]) -> Version:
            return records.as_version(workspace, transformation, pointer, answer)

        return self._read(records.version_key(workspace, transformation, pointer), read)

    def keep_version(self, version: Version) -> None:
        """Remember code; `version` has its cases, which its hash covers."""
        pointer = Pointer(version.number, version.content_hash)
        self._keep(records.version_key(version.workspace, version.transformation, pointer), records.of_version(version))

    def definition(self, workspace: str, kind: str, definition: str, number: int) -> DefinitionVersion | None:
        """A pipeline or a destination as it was when it was last asked for; for 0 what was live then. Proven by its hash."""
        return self._read(records.definition_key(workspace, kind, definition, number), records.as_definition)

    def keep_definition(self, number: int, version: DefinitionVersion) -> None:
        """Remember the answer to a question for `number`."""
        key = records.definition_key(version.workspace, version.kind, version.definition, number)
        self._keep(key, records.of_definition(version))

    def forget_definition(self, workspace: str, kind: str, definition: str, number: int) -> None:
        """There is none any more."""
        self._forget(_name(records.definition_key(workspace, kind, definition, number)))

    def secret(self, workspace: str, secret: str) -> str | None:
        """What the registry keeps of a secret, encrypted."""
        return self._read(records.secret_key(workspace, secret), records.as_secret)

    def keep_secret(self, workspace: str, secret: str, sealed: str | None) -> None:
        """Remember it: as the registry has it, never in clear. None: there is none any more."""
        if sealed is None:
            self.forget_secret(workspace, secret)
        else:
            self._keep(records.secret_key(workspace, secret), {"sealed": sealed})

    def forget_secret(self, workspace: str, secret: str) -> None:
        """There is none any more."""
        self._forget(_name(records.secret_key(workspace, secret)))

    def _read(self, key: records.Key, as_record: Callable[[dict[str, Any]], Record]) -> Record | None:
        """The answer to `key`. None where there is none, or no whole one: that file is removed."""
        if not self._opened:
            return None
        name = _name(key)
        try:
            descriptor = self._files.open(name)
            with os.fdopen(descriptor, "rb") as file:
                digest, _, body = file.read(self._max_bytes + 1).partition(b"\n")
                os.utime(descriptor)
            if sha256(body).hexdigest().encode() != digest:
                raise ValueError("torn or altered")
            told = json.loads(body)
            if told["key"] != key:
                raise ValueError("the answer to another question")
            return as_record(told["answer"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._forget(name)
            return None

    def _keep(self, key: records.Key, answer: dict[str, Any]) -> None:
        name = _name(key)
        body = json.dumps({"key": key, "answer": answer}, separators=(",", ":")).encode()
        digest = sha256(body).hexdigest()
        if self._opened and self._written.get(name) == digest:
            return
        with self._told():
            if not self._opened:
                self._make()  # it may work by now
            path = self.folder / name
            content = digest.encode() + b"\n" + body
            size = self._files.size(len(content))
            if size > self._max_bytes:
                self._forget(name)
                return
            try:
                before = self._files.size(path.lstat().st_size)
            except FileNotFoundError:
                before = 0
            self._files.write(name, [content])
            self._bytes += size - before
            self._written[name] = digest
            self._trim()

    def _open(self) -> int:
        self._files.own()
        self._files.sweep()
        self._opened = True
        entries = list(self._files.entries())
        self._bytes = sum(entry.bytes for entry in entries)
        self._trim()
        return len(entries)

    def _make(self) -> None:
        """The folder as it has to be, for the registry that was met."""
        self._files.make()
        self._open()
        if self._identity:
            self._adopt()

    def _adopt(self) -> None:
        mark = self.folder / _IDENTITY
        try:
            same = mark.read_text(encoding="utf-8") == self._identity
        except FileNotFoundError:
            same = False
        if not same:
            for path in self.folder.iterdir():  # what others keep here, too
                path.unlink(missing_ok=True)
            self._bytes = 0
            self._written.clear()
            self._files.write(_IDENTITY, [self._identity.encode()])

    def _forget(self, name: str) -> None:
        self._written.pop(name, None)
        with contextlib.suppress(OSError):
            size = self._files.size((self.folder / name).lstat().st_size)
            (self.folder / name).unlink()
            self._bytes -= size

    def _trim(self) -> None:
        """Remove what was not used for longest. Counts anew: another server may keep its answers here, too."""
        if self._bytes > self._max_bytes:
            self._bytes, gone = self._files.trim(self._max_bytes)
            for name in gone:
                self._written.pop(name, None)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as wrong:
            self.trouble = wrong.strerror or type(wrong).__name__
            self._opened = False
            self._written.clear()
        else:
            self.trouble = ""


def _name(key: records.Key) -> str:
    return sha256(json.dumps(key).encode()).hexdigest()
