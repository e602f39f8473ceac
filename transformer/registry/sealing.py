"""How secrets are kept: encrypted with a key that is not where they are.

AES-256-GCM with a nonce of its own for each value. Workspace and name are authenticated with it, so that nobody who may write
to the database can give one secret's value to another name, or to another workspace. The text that is kept names the key by a
fingerprint, so that several keys can be in force while they are rotated: the first encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

__all__ = ["SealError", "Sealer", "SealingKeyError", "new_key", "open_sealer"]

_VERSION: Final = "v1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MARK_BYTES: Final = 6
_MAX_KEYS: Final = 20
_MAX_FILE: Final = 64 * 1024


class SealingKeyError(ValueError):
    """A key cannot be used. The message does not quote it."""


class SealError(ValueError):
    """What is kept cannot be decrypted: with none of the keys, or because somebody altered it."""


class Sealer:
    """Encrypts with the first of the keys, and decrypts with each of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """At least one, and no two of them the same."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # a server without a key starts without it

        self._ciphers = {_mark(key): AESGCM(key) for key in keys}
        self._first = _mark(keys[0])
        self._own = hmac.digest(keys[0], b"transformer.fingerprint", "sha256")

    def seal(self, workspace: str, name: str, value: str) -> str:
        """The value as it may be kept."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._ciphers[self._first].encrypt(nonce, value.encode(), _about(workspace, name))
        return f"{_VERSION}.{self._first}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, workspace: str, name: str, sealed: str) -> str:
        """The value. Raises SealError."""
        from cryptography.exceptions import InvalidTag  # loaded with the ciphers

        version, _, rest = sealed.partition(".")
        mark, _, content = rest.partition(".")
        if version != _VERSION:
            raise SealError("it was encrypted by a newer version of this program")
        if mark not in self._ciphers:
            raise SealError("it was encrypted with a key that this server does not have")
        try:
            raw = base64.urlsafe_b64decode(content)
            return self._ciphers[mark].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _about(workspace, name)).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise SealError("it is not what was encrypted") from None

    def is_current(self, sealed: str) -> bool:
        """Whether the first key encrypted it."""
        return sealed.startswith(f"{_VERSION}.{self._first}.")

    def fingerprint(self, workspace: str, name: str, value: str) -> str:
        """Stands for a value where two are to be compared later: tells nothing to who has no key."""
        return hmac.new(self._own, _about(workspace, name) + b"\0" + value.encode(), sha256).hexdigest()


def new_key() -> str:
    """A key, as settings take it."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def open_sealer(keys: str, file: str) -> Sealer | None:
    """A sealer with the keys of the two settings, those of the file first; None where there are none.

    Raises:
        SealingKeyError: one is no key, or the file cannot be read; names the setting.
    """
    found = [_read("secrets_key_file", text) for text in _lines(file)] if file else []
    found += [_read("secrets_key", text) for text in keys.replace(",", " ").split()]
    keys_in_force = list(dict.fromkeys(found))
    if len(keys_in_force) > _MAX_KEYS:
        told = f"{len(keys_in_force)} keys; at most {_MAX_KEYS} can be in force: rotate, then take old ones out"
        raise SealingKeyError(f"secrets_key_file, secrets_key: {told}")
    return Sealer(keys_in_force) if found else None


def _lines(file: str) -> list[str]:
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(_MAX_FILE).decode()
    except OSError as wrong:
        raise SealingKeyError(f"secrets_key_file: {file}: {(wrong.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError:
        raise SealingKeyError(f"secrets_key_file: {file}: is no text") from None
    lines = [line.strip() for line in text.splitlines()]
    if not (lines := [line for line in lines if line and not line.startswith("#")]):
        raise SealingKeyError(f"secrets_key_file: {file}: there is no key in it; `transformer secrets key` makes one")
    return lines


def _read(setting: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SealingKeyError(f"{setting}: a key is {_KEY_BYTES} bytes in base64; `transformer secrets key` makes one")
    return key


def _mark(key: bytes) -> str:
    return hmac.digest(key, b"transformer.mark", "sha256")[:_MARK_BYTES].hex()


def _about(workspace: str, name: str) -> bytes:
    return f"workspaces/{workspace}/secrets/{name}".encode()
