"""Encrypts fields, so that only who has the key can read them again; and decrypts them."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from library.digest.v1 import keyring
from library.paths.v1 import finders, remove, settle
from natives.sealing import seal, unseal

_SEALED = re.compile(r"enc:1:[A-Za-z0-9_-]{38,}", re.ASCII)
_PURPOSE = b"transformer/encrypt_fields/v1"


def encrypt(value: Any, secret: str, context: str = "", repeatable: bool = False) -> str:
    """The value, of any type, as `enc:1:…`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    sealed = seal(_key(secret), text, context.encode(), repeatable=repeatable)
    return "enc:1:" + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def decrypt(text: Any, secrets: Any, context: str = "") -> Any:
    """The value that was encrypted with one of the secrets in the context.

    Raises:
        ValueError: it was not, or was changed since.
    """
    if not isinstance(text, str) or not _SEALED.fullmatch(text):
        raise ValueError("a value is not encrypted")
    body = text[6:]
    try:
        sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        raise ValueError("an encrypted value is broken") from None
    for secret in secrets:
        opened = unseal(_key(secret), sealed, context.encode())
        if opened is not None:
            return json.loads(opened.decode("utf-8", "surrogatepass"))
    raise ValueError("no key opens an encrypted value")


def _key(secret: str) -> bytes:
    """Keys are used for one thing each: this one follows from the secret."""
    return hmac.digest(secret.encode(), _PURPOSE, "sha256")


_find = finders(parameters["fields"])
_opens = parameters["action"] == "decrypt"
_context, _repeatable, _on_error = parameters["context"], parameters["repeatable"], parameters["on_error"]
_secret: Callable[[], str] = keyring(parameters)
_old = [keyring({"secret": name}) for name in (parameters["old_secret"],) if name]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Encrypt or decrypt the fields."""
    places = [(container, key) for container, key in _find(event) if container[key] is not None]
    if not places:
        return event
    secret = _secret()
    if not _opens:
        for container, key in places:
            if not (isinstance(container[key], str) and _SEALED.fullmatch(container[key])):
                container[key] = encrypt(container[key], secret, _context, _repeatable)
        return event
    secrets = [secret, *(old() for old in _old)]
    lost = []
    for container, key in places:
        try:
            container[key] = decrypt(container[key], secrets, _context)
        except ValueError as wrong:
            if settle(container, key, _on_error, str(wrong)):
                lost.append((container, key))
    remove(lost)
    return event
