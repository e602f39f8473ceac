"""The builtins of user code: a reviewed dictionary for each program.

Types and functions that act on the values given to them are Python's own; those that write text or reach into objects are ours.
What is not here does not exist for user code.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

from transformer.engines.python.calls import CALLS
from transformer.engines.python.names import ABSENT_BUILTINS, GUARDED, forbidden
from transformer.engines.python.text import Refused, clean, quoted, safe_ascii, safe_hash, spelled, spelled_by
from transformer.engines.python.verdicts import Drop, Invalid, Retry

__all__ = ["NAMES", "make_builtins"]

_OWN_VALUE: Final = (
    "abs all any bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float frozenset "
    "hex int isinstance issubclass iter len list map max min next object oct ord pow property range reversed round set "
    "slice sorted staticmethod str sum super tuple zip True False None Ellipsis NotImplemented "
)
"""Python's own, because they touch nothing but the values they are given."""

_EXCEPTIONS: Final = tuple(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and name not in ABSENT_BUILTINS
)


def _unsupported(name: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(*_args: object, **_named: object) -> NoReturn:
        raise Refused(f"{name}() is not supported: {instead}")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def safe_hasattr(thing: object, name: object, /) -> bool:
    """`hasattr(thing, name)` for names that code could write. Raises Refused for a name that is not exactly a str."""
    if type(name) is not str:
        raise Refused("hasattr() is not supported with a name that is not a plain str")
    return not (name.startswith("_") or forbidden(name) or name in GUARDED) and hasattr(thing, name)


_SHARED: Final[dict[str, Any]] = {
    **{name: getattr(builtins, name) for name in (*_OWN_VALUE.split(), *_EXCEPTIONS)},
    "repr": quoted,
    "ascii": safe_ascii,
    "format": spelled_by,
    "hash": safe_hash,
    "hasattr": safe_hasattr,
    "getattr": _unsupported("getattr", "write x.name, or keep values in a dict"),
    "setattr": _unsupported("setattr", "write x.name = value, or keep values in a dict"),
    "delattr": _unsupported("delattr", "write del x.name, or keep values in a dict"),
    "Drop": Drop,
    "Retry": Retry,
    "Invalid": Invalid,
}

NAMES: Final = frozenset({*_SHARED, *CALLS, "type", "log", "print", "__name__"})
"""What user code may read without defining it."""


def log_line(values: tuple[object, ...], separator: str = " ") -> str:
    """The values joined by blanks: strings as they are, dicts and lists as JSON, everything else as `str()` shows it."""
    parts = []
    for value in values:
        if isinstance(value, (dict, list)):
            try:
                parts.append(clean(json.dumps(value, ensure_ascii=False, default=spelled)))
                continue
            except (TypeError, ValueError, RecursionError):
                pass  # cyclic, or with keys that JSON does not have: show what Python shows
        parts.append(spelled(value))
    return separator.join(parts)


def make_builtins(
    log: Callable[[str], None], imports: Callable[..., object], guards: dict[str, object], calls: dict[str, object]
) -> dict[str, object]:
    """The builtins of one program: shared ones, its own log, import, guards and calls. No code can reach the dictionary."""

    def user_log(*values: object) -> None:
        """Log the values."""
        log(log_line(values))

    def user_print(*values: object, sep: str | None = " ", **_ignored: object) -> None:
        """Log the values: there is no terminal."""
        log(log_line(values, " " if sep is None else str(sep)))

    user_log.__name__ = user_log.__qualname__ = "log"
    user_print.__name__ = user_print.__qualname__ = "print"
    return {**_SHARED, "log": user_log, "print": user_print, "__import__": imports, **guards, **calls}
