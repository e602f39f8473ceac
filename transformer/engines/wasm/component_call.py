"""Call a component's function of one string that returns one, with as few steps through ctypes as there can be.

What wasmtime's package offers looks the function's type up and copies each text four times. The function was looked at when the
component was loaded; here it gets its text as it is.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any, Final

from wasmtime import Store, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime.component import Component, Linker

__all__ = ["ComponentGuest", "Export"]

_Bytes: Final = ctypes.POINTER(ctypes.c_uint8)


class Export:
    """The function of a component that is called."""

    def __init__(self, component: Component, name: str) -> None:
        self.component = component
        self.index = component.get_export_index(name)


class ComponentGuest:
    """A fresh instance of a component, in a store of its own."""

    __slots__ = ("_context", "_function")

    def __init__(self, linker: Linker, export: Export, store: Store) -> None:
        """Instantiate: code of the component may run, its start functions. Raises WasmtimeError."""
        self._context = store._context()  # noqa: SLF001 - the package's own way
        self._function = ffi.wasmtime_component_func_t()
        instance = ffi.wasmtime_component_instance_t()
        _raise(ffi.wasmtime_component_linker_instantiate(linker.ptr(), self._context, export.component.ptr(), byref(instance)))
        index = export.index.ptr() if export.index else None
        if not ffi.wasmtime_component_instance_get_func(byref(instance), self._context, index, byref(self._function)):
            raise WasmtimeError("the component has no such function")

    def call(self, text: bytes, most: int) -> tuple[int, bytes]:
        """How long the answer to `text`, which is UTF-8, is; and the answer, if it has at most so many bytes.

        Raises WasmtimeError.
        """
        given, answer = ffi.wasmtime_component_val_t(), ffi.wasmtime_component_val_t()
        given.kind = ffi.WASMTIME_COMPONENT_STRING.value
        given.of.string.size = len(text)
        given.of.string.data = ctypes.cast(ctypes.c_char_p(text), _Bytes)  # looked at, not kept
        function = byref(self._function)
        _raise(ffi.wasmtime_component_func_call(function, self._context, byref(given), 1, byref(answer), 1))
        try:
            size = answer.of.string.size
            told = ctypes.string_at(answer.of.string.data, size) if size <= most else b""
        finally:
            ffi.wasmtime_component_val_delete(byref(answer))
        _raise(ffi.wasmtime_component_func_post_return(function, self._context))
        return size, told


def _raise(error: Any) -> None:
    if error:
        raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - as the package itself does
