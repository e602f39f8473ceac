"""The valid keys, kept on disk beside the versions: a server that restarts while its database is gone knows its callers.

What is kept recognises keys and gives none away. Whoever may write this file may make keys up, as whoever may write to the
database may: it is in the same folder as the code that is served (`cache_dir`), which is its owner's alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from transformer.registry.records import ApiKey, KeyChange

__all__ = ["Snapshot"]

_MAX_BYTES: Final = 2**24
_TIMES: Final = ("created", "expires", "revoked")


class Snapshot:
    """The file `api-keys` in a folder. No method raises: without it a restart in an outage knows nobody, and that is all."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "api-keys"

    def keep(self, keys: Iterable[KeyChange]) -> None:
        """Keep these, and forget all others. Nothing is kept in a folder that is not there."""
        body = json.dumps([_packed(change) for change in keys], separators=(",", ":")).encode()
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}-{time.monotonic_ns()}")
        with contextlib.suppress(OSError):
            try:
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(sha256(body).hexdigest().encode() + b"\n" + body)
                draft.replace(self._path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise

    def read(self) -> list[KeyChange]:
        """What was kept; nothing where it is torn, altered, or somebody else's."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                if os.fstat(descriptor).st_uid != os.geteuid():
                    return []
                digest, _, body = file.read(_MAX_BYTES).partition(b"\n")
            if sha256(body).hexdigest().encode() != digest:
                return []
            return [_unpacked(packed) for packed in json.loads(body)]
        except (OSError, ValueError, KeyError, TypeError):
            return []


def _packed(change: KeyChange) -> dict[str, Any]:
    key = change.key
    times = {name: moment and moment.isoformat() for name in _TIMES for moment in [getattr(key, name)]}
    return {
        "id": key.id,
        "label": key.label,
        "workspace": key.workspace,
        "role": key.role,
        "requests_per_second": key.requests_per_second,
        "actor": key.actor,
        "revoked_by": key.revoked_by,
        **times,
        "digest": change.digest,
    }


def _unpacked(packed: dict[str, Any]) -> KeyChange:
    digest = packed.pop("digest")
    times: dict[str, Any] = {name: value and datetime.fromisoformat(value) for name in _TIMES for value in [packed.pop(name)]}
    return KeyChange(ApiKey(**packed, **times), digest)
