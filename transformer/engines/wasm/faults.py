"""What came of a call that did not end well, in words."""

from __future__ import annotations

import re
from typing import Final

from wasmtime import Trap, TrapCode

from transformer.engines.base import Explained, StartError
from transformer.errors import Code

__all__ = ["GuestError", "explain", "fault_of", "was_refused_memory"]


class GuestError(Exception):
    """A guest failed: `what` is what that means."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.what = Explained(code, message)


_SENTENCES: Final = {
    TrapCode.STACK_OVERFLOW: "the stack is full: recursion without end?",
    TrapCode.MEMORY_OUT_OF_BOUNDS: "memory was read or written outside its bounds",
    TrapCode.TABLE_OUT_OF_BOUNDS: "a table was read or written outside its bounds",
    TrapCode.INDIRECT_CALL_TO_NULL: "a function was called that is not there",
    TrapCode.BAD_SIGNATURE: "a function was called with other types than it has",
    TrapCode.INTEGER_OVERFLOW: "an integer overflowed",
    TrapCode.INTEGER_DIVISION_BY_ZERO: "an integer was divided by zero",
    TrapCode.BAD_CONVERSION_TO_INTEGER: "a number that is no integer was converted to one",
    TrapCode.UNREACHABLE: "an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)",
    TrapCode.NULL_REFERENCE: "a reference that points at nothing was used",
    TrapCode.UNCAUGHT_EXCEPTION: "an exception was thrown and not caught",
}


_ALLOCATORS: Final = re.compile(
    r"alloc_error|alloc::raw_vec|capacity_overflow|out_?of_?memory|\boom\b|_oom\b|grow_?memory|grow_?heap|cabi_realloc|MemoryError",
    re.IGNORECASE,
)
"""Names of functions that give up where there is no memory: Rust's, AssemblyScript's, TinyGo's, C's and C++'s."""

_LAST_WORDS: Final = re.compile(r"^MemoryError\b|out of memory|memory allocation of \d+ bytes failed", re.IGNORECASE)
_MOST_LAST_WORDS: Final = 5


def was_refused_memory(trap: Trap, printed: list[str]) -> bool:
    """Whether the guest gave up for lack of memory, by the functions that were running and by what it has printed at last.

    A guest whose memory does not grow is not told why, and wasmtime does not tell that it was refused: words are all there is.
    """
    if trap.trap_code is not TrapCode.UNREACHABLE:
        return False
    names = (frame.func_name or "" for frame in trap.frames)
    return any(map(_ALLOCATORS.search, names)) or any(map(_LAST_WORDS.search, printed[-_MOST_LAST_WORDS:]))


def fault_of(wrong: Exception) -> Explained:
    """What a Trap or a WasmtimeError means, unless it was for lack of time or memory: the caller knows of these."""
    if not isinstance(wrong, Trap):
        return Explained(Code.EXCEPTION, str(wrong).partition("\n")[0][:300])
    told = (_SENTENCES.get(wrong.trap_code) if wrong.trap_code else None) or _cause(wrong.message)
    names = [frame.func_name for frame in wrong.frames[:1]]
    inside = f" (in {names[0][:200]})" if names and names[0] else ""
    return Explained(Code.EXCEPTION, f"trap: {told}{inside}")


def _cause(told: str) -> str:
    """The last line of what wasmtime says: the lines before it are the functions that were running."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1].removeprefix("wasm trap: ")[:300] if lines else "it failed"


def explain(raised: BaseException) -> Explained:
    """What a program's call raised, explained."""
    if isinstance(raised, (GuestError, StartError)):
        return raised.what
    if isinstance(raised, MemoryError):
        return Explained(Code.MEMORY_LIMIT, "the code used more memory than it may")
    return Explained(Code.EXCEPTION, f"{type(raised).__name__}: the call failed")
