"""Host calls of code that hands text over: their arguments, and what came of them, as JSON.

Bytes have no place in JSON. An argument named `body64` is base64 and is sent as the bytes `body`; a text named `body` is sent
in UTF-8. In values, bytes named k come as k where they are text in UTF-8, else in base64 as k with 64 behind it.

The guest imports this file.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from transformer.wire.calls import CallError, Reply

__all__ = ["arguments_of", "error_of", "value_of"]

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def arguments_of(told: object) -> dict[str, Any]:
    """The arguments that code has told, as a host call takes them. Raises CallError if they are none."""
    if not isinstance(told, dict):
        raise CallError("invalid", "the arguments of a host call are an object")
    arguments = dict(told)
    body = arguments.pop("body64", None)
    try:
        if body is not None:
            arguments["body"] = base64.b64decode(body, validate=True)
        elif isinstance(arguments.get("body"), str):
            arguments["body"] = arguments["body"].encode("utf-8", "replace")
    except (binascii.Error, ValueError, TypeError):
        raise CallError("invalid", "body64 is not base64") from None
    return arguments


def value_of(reply: Reply) -> Any:
    """The value of an answer, without bytes."""
    value = reply.value
    return dict(_sayable(name, part) for name, part in value.items()) if isinstance(value, dict) else value


def error_of(error: CallError) -> tuple[str, str, dict[str, Any]]:
    """Kind, message and details of an answer without a value."""
    return error.kind, error.message, dict(error.details)


def _sayable(name: str, part: Any) -> tuple[str, Any]:
    if not isinstance(part, bytes):
        return name, part
    try:
        if not part.startswith(_BYTE_ORDER_MARK):
            return name, part.decode()
    except UnicodeDecodeError:
        pass
    return f"{name}64", base64.b64encode(part).decode()
