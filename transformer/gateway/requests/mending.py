"""Bodies that no parser reads as they are, because of one event in them: that event is made unreadable, and no other is lost.

It takes up to half a microsecond for a byte, so what is large is mended beside the event loop (`app`).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Raw

__all__ = ["AT_ONCE_BYTES", "mend"]

AT_ONCE_BYTES: Final = 2**18
"""So large a body may be mended in the event loop."""
# (?>…*) and not …*+, which Python before 3.11.5 matches wrongly where what is repeated can go back (gh-106052).
_HALF: Final = re.compile(
    rb"((?>(?:[^\\]|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[^u]|u(?![dD][89a-fA-F][0-9a-fA-F]{2})))*))"
    rb"(?:(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|(\\?)\Z)",
    re.DOTALL,
)
"""Text of JSON up to an escape that is half of a character, or to its end."""
_BRACKET: Final = re.compile(rb'[^"\[\]{}]*+(?>(?:"(?>(?:[^"\\]++|\\.)*)"[^"\[\]{}]*+)*)([\[\]{}])', re.DOTALL)
"""Text of JSON up to a bracket, and that."""
_DEEPEST: Final = 500
"""So deep bodies are read: deeper than any event may be (`limits.JSON_DEPTH`), not as deep as the parser goes."""
_NO_TEXT: Final = {b"[": b'"\xff"', b"{": b'"":"\xff"'}
_MOST_BRACKETS: Final = 8_000_000
_MOST_HALVES: Final = 2_000_000
"""Some seconds of looking. A data plane takes 4 MB of events from one caller, which hold half as many brackets."""
_ANYTHING: Final = msgspec.json.Decoder(Raw)


def mend(body: bytes | Raw) -> bytes:
    """The body as it can be read, as far as there is a way.

    Programs escape halves of characters, which are no text: each is U+FFFD then, as Go reads it. What is nested deeper than
    the parser goes becomes a text that is none, so that no worker takes what is left for the event.
    """
    whole = bytes(body)
    try:
        _ANYTHING.decode(whole)
    except RecursionError:
        whole = _cut(whole)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return _HALF.sub(_whole, whole, count=_MOST_HALVES)


def _cut(whole: bytes) -> bytes:
    """Without what is nested deeper than `_DEEPEST`. As it is, where finding that would take too long."""
    parts: list[bytes] = []
    kept = depth = 0
    for count, found in enumerate(_BRACKET.finditer(whole)):
        if count == _MOST_BRACKETS:
            return whole
        if found[1] in b"[{":
            depth += 1
            if depth == _DEEPEST:
                parts += whole[kept : found.end()], _NO_TEXT[found[1]]
        else:
            if depth == _DEEPEST:
                kept = found.end() - 1
            depth -= 1
    return b"".join([*parts, whole[kept:]]) if depth == 0 else whole


def _whole(found: re.Match[bytes]) -> bytes:
    return found[1] + (rb"\ufffd" if found[2] else found[3])
