"""The body of a request: what `data=`, `json=` and `files=` become."""

from __future__ import annotations

import json as stdlib_json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from transformer.engines.python.requests.exceptions import InvalidJSONError

__all__ = ["encoded_pairs", "make_body"]

_FORM = "application/x-www-form-urlencoded"


def make_body(data: Any, json: Any, files: Any) -> tuple[bytes | None, str | None]:
    """The body, and its content type where the kind of body decides it. `data` wins over `json`, `files` are sent with `data`.

    Raises:
        InvalidJSONError: `json` has values that JSON does not have.
    """
    if files:
        return _multipart(data, files)
    if data:
        return _plain(data)
    if json is not None:
        return _json(json), "application/json"
    return None, None


def _plain(data: Any) -> tuple[bytes, str | None]:
    if isinstance(data, str):
        return data.encode(), None
    if isinstance(data, (bytes, bytearray)):
        return bytes(data), None
    if isinstance(data, Mapping) or (isinstance(data, (list, tuple)) and all(_is_pair(each) for each in data)):
        return encoded_pairs(data).encode(), _FORM
    try:
        return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in data), None
    except TypeError:
        raise TypeError(f"data must be a dict, a list of pairs, text or bytes, not {type(data).__name__}") from None


def _json(value: Any) -> bytes:
    try:
        return stdlib_json.dumps(value, allow_nan=False).encode()
    except ValueError as wrong:
        raise InvalidJSONError(str(wrong)) from None


def _is_pair(each: Any) -> bool:
    return isinstance(each, (list, tuple)) and len(each) == 2


def encoded_pairs(data: Any) -> str:
    """Pairs, or a mapping, as a form or a query writes them; a value may be a list, and None is left out."""
    if isinstance(data, str):
        return data
    if isinstance(data, (bytes, bytearray)):
        return data.decode()
    pairs = []
    for key, value in data.items() if isinstance(data, Mapping) else data:
        values = [value] if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") else value
        pairs += [(key, each) for each in values if each is not None]
    return urlencode(pairs)


def _multipart(data: Any, files: Any) -> tuple[bytes, str]:
    boundary = os.urandom(16).hex()
    parts = []
    for name, value in _pairs(data or {}):
        values = value if isinstance(value, (list, tuple)) else [value]
        parts += [_part(boundary, name, each, None, None) for each in values if each is not None]
    for name, given in _pairs(files):
        filename, content, kind = name, given, None
        if isinstance(given, (list, tuple)):
            filename, content, kind = (*given, None)[:3]
        parts.append(_part(boundary, name, content, filename, kind))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _pairs(given: Any) -> list[tuple[Any, Any]]:
    return list(given.items() if isinstance(given, Mapping) else given)


def _part(boundary: str, name: Any, content: Any, filename: Any, kind: Any) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_in_quotes(name)}"'
    if filename is not None:
        head += f'; filename="{_in_quotes(filename)}"'
    if kind:
        head += f"\r\nContent-Type: {_in_quotes(kind)}"
    body = content.read() if hasattr(content, "read") else content
    return head.encode() + b"\r\n\r\n" + (bytes(body) if isinstance(body, (bytes, bytearray)) else str(body).encode()) + b"\r\n"


def _in_quotes(text: Any) -> str:
    return str(text).replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
