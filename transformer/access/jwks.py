"""The public keys of whoever signs JWTs: read from an address or a file, kept, and read again.

What cannot be read, or is no JWKS, changes nothing: the keys that are known go on working. Only asymmetric keys are taken, so
that no public key can ever be used as a shared secret.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

import jwt

from transformer.addresses import is_loopback
from transformer.errors import Code, PlatformError
from transformer.observe import Logger
from transformer.settings import SettingsError

__all__ = ["ALGORITHMS", "Jwks", "check_source"]

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What a token may be signed with: never `none`, never a shared secret."""

_MAX_BYTES: Final = 2**20
_FETCH_SECONDS: Final = 5.0
_FILE_SECONDS: Final = 1.0
_MISSING_SECONDS: Final = 10.0
_TOLD_SECONDS: Final = 300.0
_RSA_BITS: Final = 2048


def check_source(source: str) -> None:
    """Raises SettingsError unless `source` is an https:// address, an http:// one of this machine, or a file's path."""
    where = urlsplit(source)
    if where.scheme == "https" and where.hostname:
        return
    if where.scheme == "http" and is_loopback(where.hostname or ""):
        return
    if "://" in source:
        raise SettingsError("jwks: must be an https:// address or a file; whoever can change an http:// answer can sign tokens")


class Jwks:
    """The keys at `source`, for one event loop. Between `start` and `close` they are read again every `seconds`.

    A file is looked at every second and read when it changed.
    """

    def __init__(self, source: str, seconds: float, log: Logger) -> None:
        check_source(source)
        self.edition = 0
        """Counts up whenever the keys change."""
        self.loaded = False
        """Whether there ever was a good answer."""
        self._source = source
        self._is_file = "://" not in source
        self._seconds = _FILE_SECONDS if self._is_file else seconds
        self._log = log
        self._keys: dict[str, list[jwt.PyJWK]] = {}
        self._seen: object = None
        self._told = ("", 0.0)  # what was wrong when it was last logged, and when that was
        self._asked = -_MISSING_SECONDS
        self._reading = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the keys and go on doing so. Keys that cannot be read now are no reason to fail: they are asked for again."""
        await self.refresh()
        self._reader = asyncio.create_task(self._follow(), name="jwks reader")

    async def close(self) -> None:
        """End it. Idempotent."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def candidates(self, kid: str | None) -> list[jwt.PyJWK]:
        """The keys that may have signed a token that names `kid`; an unknown one is looked for, at most every ten seconds.

        Raises:
            PlatformError: REGISTRY_UNAVAILABLE: there never was an answer, so nobody can say whether the token is good.
        """
        found = self._of(kid)
        if not found and time.monotonic() - self._asked >= (_FILE_SECONDS if self._is_file else _MISSING_SECONDS):
            await self.refresh()
            found = self._of(kid)
        if not found and not self.loaded:
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "the keys that JWTs are signed with cannot be read now")
        return found

    async def refresh(self) -> None:
        """Read the keys once. Never raises: what is wrong is logged, and the keys that are known stay."""
        async with self._reading:
            self._asked = time.monotonic()
            try:
                body = await asyncio.to_thread(self._read)
                if body is None:
                    return
                keys = _parse(body)
            except (OSError, ValueError, jwt.PyJWTError) as wrong:
                self._tell(_reason(wrong))
                return
            self._told = ("", 0.0)
            self.loaded = True
            if _texts(keys) != _texts(self._keys):
                self._keys = keys
                self.edition += 1
                self._log.info("jwks read", keys=sum(map(len, keys.values())))

    def _tell(self, reason: str) -> None:
        """Log what is wrong: when it is something else than before, and then now and again."""
        now = time.monotonic()
        if reason != self._told[0] or now - self._told[1] >= _TOLD_SECONDS:
            self._told = (reason, now)
            self._log.warning("jwks cannot be read", reason=reason, known=sum(map(len, self._keys.values())))

    def _of(self, kid: str | None) -> list[jwt.PyJWK]:
        if kid is not None:
            return self._keys.get(kid, [])
        every = [key for keys in self._keys.values() for key in keys]
        return every if len(every) == 1 else []  # a token that names no key is clear only where there is one

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await self.refresh()

    def _read(self) -> bytes | None:
        """What is there now; None for a file that did not change."""
        if not self._is_file:
            return _fetch(self._source)
        path = Path(self._source)
        told = path.stat()
        seen = (told.st_mtime_ns, told.st_size, told.st_ino)
        if seen == self._seen:
            return None
        with path.open("rb") as file:
            self._seen = seen  # one that cannot be opened is tried again
            return _bounded(file)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002 - the signature is the library's
        fp: IO[bytes],  # noqa: ARG002 - the same
        code: int,  # noqa: ARG002 - the same
        msg: str,  # noqa: ARG002 - the same
        headers: Message,  # noqa: ARG002 - the same
        newurl: str,  # noqa: ARG002 - the same
    ) -> None:
        """No redirect is followed: the setting says where the keys are, and nobody else does."""
        return


def _fetch(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"accept": "application/json"})  # noqa: S310 - check_source has looked at it
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=_FETCH_SECONDS) as answer:
        return _bounded(answer)


def _bounded(source: Any) -> bytes:
    body: bytes = source.read(_MAX_BYTES + 1)
    if len(body) > _MAX_BYTES:
        raise ValueError("too large")
    return body


def _parse(body: bytes) -> dict[str, list[jwt.PyJWK]]:
    told = json.loads(body)
    entries = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(entries, list):
        raise ValueError("not a JWKS")  # noqa: TRY004 - told like every other wrong body
    found: dict[str, list[jwt.PyJWK]] = {}
    for entry in entries:
        key = _usable(entry)
        if key is not None:
            found.setdefault(key.key_id or "", []).append(key)
    if not found:
        raise ValueError("no usable key in it")
    return found


def _usable(entry: object) -> jwt.PyJWK | None:
    """The key, if tokens may be signed with it; None for others: a JWKS may hold keys for other uses."""
    if not isinstance(entry, dict) or entry.get("kty") not in {"RSA", "EC", "OKP"} or entry.get("use", "sig") != "sig":
        return None
    public: Mapping[str, Any] = {name: value for name, value in entry.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}
    try:
        key = jwt.PyJWK.from_dict(dict(public))
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    weak = entry["kty"] == "RSA" and key.key.key_size < _RSA_BITS
    return key if key.algorithm_name in ALGORITHMS and not weak else None


def _texts(keys: Mapping[str, list[jwt.PyJWK]]) -> list[tuple[str, str]]:
    return sorted((kid, json.dumps(key._jwk_data, sort_keys=True)) for kid, of_it in keys.items() for key in of_it)  # noqa: SLF001 - it has no other way to be compared


def _reason(wrong: Exception) -> str:
    """Without the address: it may hold a secret."""
    if isinstance(wrong, urllib.error.HTTPError):
        return f"HTTP {wrong.code}"
    if isinstance(wrong, json.JSONDecodeError | UnicodeDecodeError):
        return "not JSON"
    if isinstance(wrong, OSError):
        return wrong.strerror or type(wrong).__name__
    return str(wrong) if isinstance(wrong, ValueError) else type(wrong).__name__
