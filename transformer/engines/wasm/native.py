"""Calls into an instance, with as few steps through ctypes as there can be.

What wasmtime's package offers looks a function's type up and converts each value, which costs more than most calls. A core
module's functions were looked at when it was loaded; here they are called with numbers as they are.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any, Final

from wasmtime import InstancePre, Store, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime._func import enter_wasm

__all__ = ["Guest"]

_Numbers: Final = ffi.wasmtime_val_raw_t * 4


class Guest:
    """A fresh instance of a core module, in a store of its own. Its exports must be those that were looked at."""

    __slots__ = ("_context", "_instance", "_memory", "_numbers", "_store")

    def __init__(self, ready: InstancePre, store: Store) -> None:
        """Instantiate: code of the module may run, its start function. Raises Trap or WasmtimeError."""
        self._store = store
        self._context = store._context()  # noqa: SLF001 - the package's own way
        self._instance = ffi.wasmtime_instance_t()
        self._numbers = _Numbers()
        with enter_wasm(store) as trap:
            error = ffi.wasmtime_instance_pre_instantiate(ready.ptr(), self._context, byref(self._instance), trap)
            if error:
                raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - as above
        self._memory = self._export(b"memory").of.memory

    def _export(self, name: bytes) -> Any:
        found = ffi.wasmtime_extern_t()
        ffi.wasmtime_instance_export_get(self._context, byref(self._instance), name, len(name), byref(found))
        return found

    def call(self, name: bytes, *arguments: int) -> int:
        """What the function returns, as a number of 64 bits; meaningless if it returns nothing."""
        numbers = self._numbers
        for at, argument in enumerate(arguments):
            numbers[at].i32 = argument
        function = self._export(name).of.func
        with enter_wasm(self._store) as trap:
            error = ffi.wasmtime_func_call_unchecked(self._context, byref(function), numbers, 4, trap)
            if error:
                raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - as above
        result: int = numbers[0].i64
        return result

    @property
    def memory_bytes(self) -> int:
        """How large its memory is."""
        size: int = ffi.wasmtime_memory_data_size(self._context, byref(self._memory))
        return size

    def write(self, place: int, data: bytes) -> bool:
        """Copy `data` into the memory; not if it does not fit there."""
        if place + len(data) > self.memory_bytes:
            return False
        ctypes.memmove(self._address() + place, data, len(data))
        return True

    def read(self, place: int, size: int) -> bytes | None:
        """A copy of a part of the memory; None if that lies outside."""
        if place + size > self.memory_bytes:
            return None
        return ctypes.string_at(self._address() + place, size)

    def _address(self) -> int:
        pointer = ffi.wasmtime_memory_data(self._context, byref(self._memory))
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0
