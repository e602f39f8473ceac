"""V8 in this process: flags, ICU data, one isolate for good; a context for each program.

STPyV8's own Python module is not imported: it writes ICU files into folders of the system, and starts V8 before flags can be
set. What it leaves to us is done here. Rejected: mini-racer (every call crosses threads, 200-300 µs), QuickJS (six times slower
on regular expressions).

The bridge of STPyV8 turns objects into proxies of each other's language; nothing but text crosses here, so no such proxy is
ever made for user code.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Any, Final

import _STPyV8 as bridge  # type: ignore[import-not-found]  # native, without types

__all__ = ["compile_only", "crossing", "new_context", "start_v8"]

_FLAGS: Final = (
    # No thread of V8's survives a fork. Without this a forked worker waits for compilers that do not exist: a hot loop took
    # 1.85 s instead of 0.25 s.
    "--single-threaded",
    # A compiler of machine code that user code can drive is more to attack, and there is an engine for WebAssembly.
    "--no-expose-wasm",
    # What the prelude compiled in the zygote stays compiled, however long ago it ran.
    "--no-flush-bytecode",
)
_INITIALIZE_ICU: Final = "_ZN2v82V813InitializeICUEPKc"  # v8::V8::InitializeICU(char const*)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]+")

_kept: list[Any] = []
"""Platform and isolate, which V8 needs to the end, and a context to compile in, where nothing is ever run."""


def start_v8() -> None:
    """Start V8, once in a process. Must come before any fork that is to use it."""
    if _kept:
        return
    _load_icu_data()
    bridge.JSEngine.setFlags(" ".join(_FLAGS))
    platform = bridge.JSPlatform()
    platform.init()
    isolate = bridge.JSIsolate(False)
    isolate.enter()
    _kept.extend((platform, isolate, new_context()))


def _load_icu_data() -> None:
    """Give V8 the tables of languages and time zones. Without them it aborts the process when a date is shown.

    The wheel brings them beside the module, under a name that cannot be imported.
    """
    data = Path(bridge.__file__).with_name("stpyv8-icu") / "icudtl.dat"
    initialize = getattr(ctypes.CDLL(bridge.__file__), _INITIALIZE_ICU)
    initialize.argtypes, initialize.restype = [ctypes.c_char_p], ctypes.c_bool
    if not data.is_file() or not initialize(bytes(data)):
        raise RuntimeError("V8 has no ICU data: install stpyv8 again, as a wheel")


def new_context() -> Any:
    """A fresh context: globals that share nothing with those of another."""
    return bridge.JSContext()


def compile_only(source: str, name: str) -> None:
    """Compile `source` as a script, without running it. Raises SyntaxError."""
    context = _kept[-1]
    context.enter()
    try:
        bridge.JSEngine().compile(crossing(source), name)
    finally:
        context.leave()


def crossing(text: str) -> str:
    """`text` as the bridge takes it: it cuts code points above U+FFFF, so those go as surrogate pairs."""
    return text if text.isascii() else _ASTRAL.sub(_pairs, text)


def _pairs(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-le")
    return "".join(chr(units[at] | units[at + 1] << 8) for at in range(0, len(units), 2))
