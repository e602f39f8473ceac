"""What stopped a component, read from wasmtime's words: its interface for components says it in no other way."""

from __future__ import annotations

import re
from typing import Final

from wasmtime import Trap, TrapCode

__all__ = ["trap_of"]

_CODES: Final = {
    "call stack exhausted": TrapCode.STACK_OVERFLOW,
    "out of bounds memory access": TrapCode.MEMORY_OUT_OF_BOUNDS,
    "undefined element: out of bounds table access": TrapCode.TABLE_OUT_OF_BOUNDS,
    "uninitialized element": TrapCode.INDIRECT_CALL_TO_NULL,
    "indirect call type mismatch": TrapCode.BAD_SIGNATURE,
    "integer overflow": TrapCode.INTEGER_OVERFLOW,
    "integer divide by zero": TrapCode.INTEGER_DIVISION_BY_ZERO,
    "invalid conversion to integer": TrapCode.BAD_CONVERSION_TO_INTEGER,
    "wasm `unreachable` instruction executed": TrapCode.UNREACHABLE,
    "interrupt": TrapCode.INTERRUPT,
    "all fuel consumed by WebAssembly": TrapCode.OUT_OF_FUEL,
}
_TRAP: Final = re.compile(r"wasm trap: (.*)")
_NOT_THERE: Final = re.compile(r"unknown import: `(.{0,200})` has not been defined")
_FRAME: Final = re.compile(r"^ +\d+: +0x[0-9a-f]+ - (?:.*?!)?(.{1,200})$", re.MULTILINE)
_MOST_FRAMES: Final = 100


class _Frame:
    """A function that was running."""

    def __init__(self, name: str) -> None:
        self.func_name = "" if name.startswith("<wasm function") else name


class _ComponentTrap(Trap):
    """A trap like a core module's."""

    def __init__(self, message: str, code: TrapCode | None, names: list[str]) -> None:
        super().__init__(message)
        self._code = code
        self._names = [_Frame(name) for name in names]

    @property
    def trap_code(self) -> TrapCode | None:
        return self._code

    @property
    def frames(self) -> list[_Frame]:  # type: ignore[override]  # of a frame only the name is known
        return self._names


def trap_of(told: str) -> Trap | None:
    """The trap that wasmtime tells of in these words; None if nothing was running."""
    if missing := _NOT_THERE.search(told):
        return _ComponentTrap(f"{missing[1]} was called, which is not offered", None, [])
    names = _FRAME.findall(told)[:_MOST_FRAMES]
    if trap := _TRAP.search(told):
        return _ComponentTrap(trap[1], _CODES.get(trap[1]), names)
    if names:
        return _ComponentTrap(told.rstrip().rpartition("\n")[2].strip(), None, names)
    return None
