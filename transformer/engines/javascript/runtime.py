"""V8 in this process: flags, ICU data, one isolate for good; a context for each program.

STPyV8's own Python module is not imported: it writes ICU files into folders of the system, and starts V8 before flags can be
set. What it leaves to us is done here. Rejected: mini-racer (every call crosses threads, 200-300 µs), QuickJS (six times slower
on regular expressions).

The bridge of STPyV8 turns objects into proxies of each other's language; nothing but text crosses here, so no such proxy is
ever made for user code. One Python function is known to V8, in a context of our own, which stays entered: the bridge keeps a
table of what was handed over in the context that is entered then (even where only text is handed over), and ends the process
with a bad access when such a context is collected. So no other context is ever entered while anything is handed over. And
JavaScript functions are never handed back: the bridge would wrap them once more, as Python objects. Nor is it given long texts
to compile, since it never frees them: V8's own eval does that.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import _STPyV8 as bridge  # type: ignore[import-not-found]  # native, without types

__all__ = ["SWITCHBOARD", "ask", "collect", "compile_only", "crossing", "evaluate_apart", "start_v8"]

_FLAGS: Final = (
    # No thread of V8's survives a fork. Without this a forked worker waits for compilers that do not exist: a hot loop took
    # 1.85 s instead of 0.25 s.
    "--single-threaded",
    # A compiler of machine code that user code can drive is more to attack, and there is an engine for WebAssembly.
    "--no-expose-wasm",
    # What the prelude compiled in the zygote stays compiled, however long ago it ran.
    # What is young lives in three spaces of so many MB. By default they grow to 16 each: more than a worker is to have.
    "--max-semi-space-size=2",
    # For `collect`, in our own context only: it is taken back before there is another.
    "--expose-gc",
    "--no-freeze-flags-after-init",
)
_INITIALIZE_ICU: Final = "_ZN2v82V813InitializeICUEPKc"  # v8::V8::InitializeICU(char const*)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]+")

_TOKEN: Final = "t"  # noqa: S105 - no secret, a name of V8's
"""Of every context: V8 lets the eval of one work only while a context is entered that has the same. None can reach another.

One character: tokens are compared as objects, and V8 has one object only for each such string.
"""

_EVALUATE: Final = "(function () { 'use strict'; return eval(arguments[0]); })"

_COMPILES: Final = "(function (source) { try { Function(source); return true; } catch { return false; } })"

_kept: list[Any] = []
"""Platform and isolate, which V8 needs to the end, our own context, and its functions that try to compile and that collect."""


class Switchboard:
    """Who answers what the prelude asks: the host of the program that is running. Nothing runs beside it."""

    __slots__ = ("ask",)

    def __init__(self) -> None:
        self.ask: Callable[[str, str], str] = _nobody


def _nobody(_name: str, _text: str) -> str:
    return "!nobody is there to answer"


SWITCHBOARD: Final = Switchboard()


def start_v8() -> None:
    """Start V8, once in a process. Must come before any fork that is to use it."""
    if _kept:
        return
    codecs.lookup("utf-16-le")  # in a worker there are no files to find it in
    _load_icu_data()
    bridge.JSEngine.setFlags(" ".join(_FLAGS))
    os.environ.setdefault("HOME", "/")  # the bridge looks for ICU data below it, and dies where there is none; we brought ours
    platform = bridge.JSPlatform()
    platform.init()
    isolate = bridge.JSIsolate(False)
    isolate.enter()
    own = bridge.JSContext()
    own.securityToken = _TOKEN
    own.enter()
    bridge.JSEngine.setFlags("--no-expose-gc")
    _kept.extend((platform, isolate, own, own.eval(_COMPILES), own.eval("gc")))


def ask(name: str, text: str) -> str:
    """What the running program's host answers. The one Python function that V8 may be given."""
    return SWITCHBOARD.ask(name, text)


def _load_icu_data() -> None:
    """Give V8 the tables of languages and time zones. Without them it aborts the process when a date is shown.

    The wheel brings them beside the module, under a name that cannot be imported.
    """
    data = Path(bridge.__file__).with_name("stpyv8-icu") / "icudtl.dat"
    initialize = getattr(ctypes.CDLL(bridge.__file__), _INITIALIZE_ICU)
    initialize.argtypes, initialize.restype = [ctypes.c_char_p], ctypes.c_bool
    if not data.is_file() or not initialize(bytes(data)):
        raise RuntimeError("V8 has no ICU data: install stpyv8 again, as a wheel")


def evaluate_apart(source: str) -> Any:
    """The value of `source` in a fresh context, whose globals share nothing with those of another.

    The context lives as long as what it made. It is left at once: whatever is called later is called from our own context.
    """
    context = bridge.JSContext()
    context.securityToken = _TOKEN
    context.enter()
    try:
        evaluate = context.eval(_EVALUATE)
    finally:
        context.leave()
    return evaluate(crossing(source))


def collect() -> None:
    """Free what is no longer in use, contexts above all: V8 does not count what they hold, and finds out too late."""
    _kept[4]()


def compile_only(source: str, name: str) -> None:
    """Compile `source` as a script, without running it. Raises SyntaxError.

    Code that may be the body of a function is taken for good: the bridge never frees what it compiled.
    """
    text = crossing(source)
    if not _kept[3](text):
        bridge.JSEngine().compile(text, name)


def crossing(text: str) -> str:
    """`text` as the bridge takes it: it cuts code points above U+FFFF, so those go as surrogate pairs."""
    if text.isascii() or len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return text
    return _ASTRAL.sub(_pairs, text)


def _pairs(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-le")
    return "".join(chr(units[at] | units[at + 1] << 8) for at in range(0, len(units), 2))
