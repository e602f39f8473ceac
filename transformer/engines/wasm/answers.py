"""What a line of a guest's answer says: an output, several, none, or a verdict.

    {…}     [{…},{…}]     null, or nothing
    drop "reason"     retry {"after_seconds": 5, "reason": "…"}     invalid "message"     error "message"

After the word comes one value in JSON, or nothing.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

import orjson

from transformer.engines.base import Drop, Invalid, Retry
from transformer.engines.wasm.faults import GuestError
from transformer.errors import Code

__all__ = ["value_of"]

_WORDS: Final = frozenset({b"drop", b"retry", b"invalid", b"error"})


def value_of(line: bytes) -> Any:
    """The value that a line says. Raises the verdict, if it is one, and GuestError for what is neither."""
    line = line.strip()
    if not line:
        return None
    word, _, rest = line.partition(b" ")
    if word in _WORDS:
        _verdict(word, rest)
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as wrong:
        if line[:1] not in b'{["':
            told = "an answer must be a JSON object, an array of them, null, or a verdict: drop, retry, invalid, error"
            raise GuestError(Code.BAD_RETURN, told) from None
        told = f"the output is not JSON: {wrong.msg.partition(':')[0]} at character {wrong.pos}"
        raise GuestError(Code.OUTPUT_NOT_JSON, told) from None


def _verdict(word: bytes, rest: bytes) -> NoReturn:
    try:
        value = orjson.loads(rest) if rest.strip() else ""
    except orjson.JSONDecodeError:
        told = f"what follows {word.decode()} in an answer must be one value in JSON"
        raise GuestError(Code.BAD_RETURN, told) from None
    if word == b"drop":
        raise Drop(value)
    if word == b"invalid":
        raise Invalid(value)
    if word == b"retry":
        given = value if isinstance(value, dict) else {"reason": value}
        raise Retry(given.get("after_seconds"), given.get("reason", ""))
    raise GuestError(Code.EXCEPTION, str(value)[:1024] or "the code said that it failed")
