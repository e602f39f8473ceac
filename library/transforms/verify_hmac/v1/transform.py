"""Checks a signature that a server made of an id."""

from __future__ import annotations

import hmac
from typing import Any

from library.digest.v1 import sha256, text_of
from library.paths.v1 import finder, get, remove, writer

_signed = parameters["signed"]
_find_signature = finder(parameters["signature"])
_secrets = tuple(parameters.get("secrets", ()))
_on_wrong, _keeps = parameters["on_wrong"], parameters["unsigned"] == "keep"
_write = writer(parameters["target"])
_forget = parameters["remove_signature"]


def matches(value: Any, signature: Any, key: str) -> bool:
    """Whether the signature is the HMAC-SHA256 of the value under the key, in hexadecimal or base64, URL-safe or not."""
    if not isinstance(signature, str) or not signature or not key or value is None or value == "":
        return False
    text = text_of(value)
    told = signature.strip().encode("utf-8", "replace")
    right = False
    for encoding in ("hex", "base64", "base64url"):
        made = sha256(text, key, encoding)
        given = told.lower() if encoding == "hex" else told.rstrip(b"=")
        right |= hmac.compare_digest(made.rstrip("=").encode(), given)  # every one is tried: the time tells nothing
    return right


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Check the signature."""
    value = get(event, _signed)
    places = list(_find_signature(event))
    signature = places[0][0][places[0][1]] if places else None
    if _forget:
        remove(places)
    if _keeps and (value is None or value == ""):
        return event
    keys = [key for name in _secrets if (key := getCredential(name))]
    if not keys:
        raise ValueError("there is none of the secrets that parameters.secrets names: set them")
    right = [key for key in keys if matches(value, signature, key)]
    if not right and _on_wrong == "drop":
        raise Drop("the signature is wrong or missing")
    if not right and _on_wrong == "fail":
        raise Invalid("the signature is wrong or missing")
    _write(event, bool(right))
    return event
