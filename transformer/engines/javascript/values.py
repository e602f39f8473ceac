"""Values on their way out of V8.

What JSON cannot say becomes Python objects that it cannot say either: whatever encodes the output refuses them then, with their
path and type, in the same words in every language.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import orjson

from transformer.limits import JSON_DEPTH

__all__ = ["read", "unmarked"]

_MOST_NAME: Final = 80
_HALVES: Final = re.compile(r"(\\\\)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
"""An escaped backslash, or half of a surrogate pair: V8 escapes no others."""


def read(text: str, *, mend: bool = False) -> Any:
    """What JSON text says. Halves of surrogate pairs, which orjson refuses to read, are left for the encoder to refuse.

    `mend`: they become U+FFFD, as code of older services expects.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(_HALVES.sub(_mended, text) if mend else text)


def _mended(found: re.Match[str]) -> str:
    return found[1] or "\ufffd"


def unmarked(value: Any, mark: str, *, mend: bool = False) -> Any:
    """`value` with Python's nearest object in place of each string that begins with `mark` (prelude/20_values.js).

    `mend`: numbers that are none become null, as in JSON.stringify.
    """
    if isinstance(value, str):
        return _stand_in(value.removeprefix(mark), mend=mend) if value.startswith(mark) else value
    if not isinstance(value, (dict, list)):
        return value
    stack = [value]
    while stack:
        holder = stack.pop()
        for key, part in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if isinstance(part, (dict, list)):
                stack.append(part)
            elif isinstance(part, str) and part.startswith(mark):
                holder[key] = _stand_in(part.removeprefix(mark), mend=mend)
    return value


def _stand_in(told: str, *, mend: bool) -> Any:
    kind, _, detail = told.partition(" ")
    if kind == "number":
        return None if mend else float(detail.replace("Infinity", "inf"))
    if kind == "bigint":
        return int(detail) if len(detail) <= 20 else 10**20  # longer than any integer of 64 bits
    if kind == "deep":
        return _nested(JSON_DEPTH + 1)
    if kind == "cycle":
        itself: list[Any] = []
        itself.append(itself)
        return itself
    return type((detail or kind)[:_MOST_NAME], (), {})()


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value
