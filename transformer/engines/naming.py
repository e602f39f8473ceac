"""What to say about a library that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["no_library"]


def no_library(written: str, known: Iterable[str]) -> str:
    """The sentence for code that imports `written`; `known` are the libraries that there are, as the code would write them."""
    known = sorted(known)
    if written in known:
        return f"The library {written!r} is written in another language; only code in that one imports it."
    near = get_close_matches(written, known, n=3, cutoff=0.6)
    hint = f": did you mean {' or '.join(near)}?" if near else "; `transformer library list` shows all."
    return f"There is no library {written!r}{hint}"
