"""What binaries were compiled to, kept: in memory for the workers of now, in a folder for a server that is started again.

A file of the folder is named by what its artefact was made from and by (see `Key`), and ends with a keyed digest of name and
content. The key lies in the folder, for its owner only; so a file that was changed, cut short, given another's name, or put
there by somebody who cannot read the key, is noticed, removed and never used. What is lost is compiled again.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from transformer.engines.base import Report
from transformer.errors import Problem
from transformer.folders import Folder
from transformer.pool.sealed import Sealed
from transformer.uses import Use

__all__ = ["Artefacts", "Built", "Key", "Ready"]

_KEY: Final = "key"
_KEY_BYTES: Final = 32
_DIGEST_BYTES: Final = 32
_HEAD_BYTES: Final = 4
_MAX_REPORT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Key:
    """What an artefact was made from, by what, and for whom: it comes from a worker of that workspace, and serves no other."""

    workspace: str
    engine: str
    binary: str
    """SHA-256, in hexadecimal."""

    fingerprint: str

    @property
    def name(self) -> str:
        """A file's name that stands for all of it."""
        return sha256(json.dumps([self.workspace, self.engine, self.binary, self.fingerprint]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Built:
    """A binary that was looked at; `memory` is what it was compiled to, None where the report has problems."""

    report: Report
    memory: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What a step of a plan is compiled to, for workers of zygotes of this fingerprint."""

    engine: str
    fingerprint: str
    memory: Sealed


class Artefacts:
    """The folder, at most `max_bytes` large. Thread-safe as far as the file system is: servers may share it.

    No method raises: a disk in trouble costs time, nothing else. `trouble` says why the last attempt failed, "" if it did not.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._files = Folder(folder)
        self._max_bytes = max_bytes

    def find(self, key: Key) -> Built | None:
        """What was kept under the key, if it is whole and ours."""
        with self._files.told():
            try:
                descriptor = self._files.open(key.name)
            except FileNotFoundError:
                return None
            try:
                with os.fdopen(descriptor, "rb", buffering=0) as file:
                    built = self._read(key, file.fileno())
                    os.utime(file.fileno())  # it is used: it goes last
            except ValueError:
                (self.folder / key.name).unlink(missing_ok=True)
                return None
            return built
        return None

    def forget(self, key: Key) -> None:
        """What was kept under the key is of no use."""
        with self._files.told():
            (self.folder / key.name).unlink(missing_ok=True)

    def keep(self, key: Key, built: Built) -> None:
        """Remember what was compiled."""
        if built.memory is None or built.memory.size > self._max_bytes:
            return
        with self._files.told():
            self._files.make()
            digest = hmac.new(self._secret(), key.name.encode(), sha256)
            self._files.write(key.name, _sealed(digest, (*_head(built.report), *built.memory.pieces())))
            self._files.sweep()
            self._files.trim(self._max_bytes)

    def _read(self, key: Key, descriptor: int) -> Built:
        """Raises ValueError for what `keep` did not write."""
        found = os.fstat(descriptor)
        left = found.st_size - _DIGEST_BYTES
        if found.st_uid != os.geteuid() or not _HEAD_BYTES < left <= self._max_bytes + _MAX_REPORT:
            raise ValueError("not ours")
        digest = hmac.new(self._secret(), key.name.encode(), sha256)

        def take(size: int) -> bytes:
            nonlocal left
            piece = os.read(descriptor, min(size, left))
            if len(piece) < min(size, left):
                raise ValueError("cut short")
            left -= len(piece)
            digest.update(piece)
            return piece

        report_bytes = int.from_bytes(take(_HEAD_BYTES), "little")
        if report_bytes > min(left, _MAX_REPORT):
            raise ValueError("cut short")
        told = take(report_bytes)
        # Into memory that cannot change first, and only then judged: what is judged is what will be used.
        memory = Sealed.of(iter(lambda: take(1 << 20), b""))
        if not hmac.compare_digest(digest.digest(), os.read(descriptor, _DIGEST_BYTES)):
            raise ValueError("altered")
        return Built(_as_report(json.loads(told)), memory)

    def _secret(self) -> bytes:
        """The folder's key; made where there is none."""
        path = self.folder / _KEY
        with contextlib.suppress(FileExistsError):
            # Whole or not there: somebody may read it in this moment.
            draft = path.with_name(f"{_KEY}.{os.getpid()}-{time.monotonic_ns()}")
            if not path.exists():
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                    file.write(secrets.token_bytes(_KEY_BYTES))
                try:
                    os.link(draft, path)
                finally:
                    draft.unlink()
        if path.is_symlink():
            path.unlink()  # somebody else's idea
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found, secret = os.fstat(descriptor), file.read(_KEY_BYTES + 1)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077 or len(secret) != _KEY_BYTES:
            path.unlink()  # whatever was sealed with it counts no more
            raise OSError(errno.EPERM, "The key of the folder was open to others, or is not whole")
        return secret

    @property
    def trouble(self) -> str:
        """Why the last attempt failed; "" if it did not."""
        return self._files.trouble


def _sealed(digest: hmac.HMAC, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, and their digest at last."""
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield digest.digest()


def _head(report: Report) -> tuple[bytes, bytes]:
    told = json.dumps(
        {
            "entry_point": report.entry_point,
            "uses_metadata": report.uses_metadata,
            "warnings": [[one.message, one.line, one.column] for one in report.warnings],
            "uses": [[use.kind, use.what, use.line, use.column, use.goes_on] for use in report.uses],
        }
    ).encode()
    return len(told).to_bytes(_HEAD_BYTES, "little"), told


def _as_report(told: dict[str, Any]) -> Report:
    return Report(
        entry_point=told["entry_point"],
        uses_metadata=told["uses_metadata"],
        warnings=[Problem(*one) for one in told["warnings"]],
        uses=[Use(*one) for one in told.get("uses", ())],
    )
