"""What came of a call that did not end well, in words."""

from __future__ import annotations

from typing import Final

from wasmtime import Trap, TrapCode

from transformer.engines.base import Explained
from transformer.errors import Code

__all__ = ["GuestError", "explain", "fault_of_trap"]


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
    TrapCode.UNCAUGHT_EXCEPTION: "an exception was thrown and not caught",
}


def fault_of_trap(trap: Trap) -> GuestError:
    """The fault that a trap is, unless it was for lack of time or memory: the caller knows of these."""
    told = _SENTENCES.get(trap.trap_code) or trap.message.partition("\n")[0][:300] if trap.trap_code else trap.message[:300]
    names = [frame.func_name for frame in trap.frames[:1]]
    inside = f" (in {names[0][:200]})" if names and names[0] else ""
    return GuestError(Code.EXCEPTION, f"trap: {told}{inside}")


def explain(raised: BaseException) -> Explained:
    """What a program's call raised, explained."""
    if isinstance(raised, GuestError):
        return raised.what
    if isinstance(raised, MemoryError):
        return Explained(Code.MEMORY_LIMIT, "the code used more memory than it may")
    return Explained(Code.EXCEPTION, f"{type(raised).__name__}: the call failed")
