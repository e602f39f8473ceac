"""The WebAssembly engine: binaries looked at, compiled, loaded.

wasmtime, called through its Python package. Two doors: a core module hands bytes over in its memory (`core.py`), a component
speaks a WIT world (`component.py`); the first eight bytes say which it is. Both get all events of a batch in one call, as lines
of JSON: a call from Python costs as much as many events do.

Rejected. Extism's SDK: one native call for a batch of one (25 µs instead of 90), but an older wasmtime of its own, no component
model, no limits for each call. A fresh process for each batch instead of a fresh instance: milliseconds. Instances that live on
from batch to batch: 50 µs cheaper, and state would leak from one batch into the next. The pooling allocator: 15 of 110 µs less
for a small call, and 75 of 660 for a batch of 200 if it keeps 1.5 MiB of every worker's memory in use; its bounds for instances
and tables would be one more thing that a component may fail at.
"""

from __future__ import annotations

import ctypes
import hashlib
from typing import Any, Final

from wasmtime import Module, WasmtimeError
from wasmtime import _ffi as native
from wasmtime.component import Component

from transformer.engines.base import ALONE, ArtefactError, Host, LoadError, Report, Surroundings
from transformer.engines.binary import decode_binary
from transformer.engines.compiled import Artefact, Compiled
from transformer.engines.wasm.component import ComponentDoor, check_component
from transformer.engines.wasm.core import CoreDoor, check_module
from transformer.engines.wasm.host import Imports
from transformer.engines.wasm.program import WasmProgram
from transformer.engines.wasm.runtime import Runtime
from transformer.engines.wasm.spec import WASM
from transformer.errors import Problem

__all__ = ["WasmEngine", "open_engine"]

_MODULE: Final = b"\0asm\x01\0\0\0"
_COMPONENT: Final = b"\0asm\x0d\0\x01\0"
# In the head of an artefact, an ELF file of its own kind, wasmtime says whether it is that of a component.
_ELF_FLAGS: Final = slice(48, 52)
_ELF_COMPONENT: Final = 2


class WasmEngine:
    """Compiles and loads modules and components, all in one wasmtime engine."""

    def __init__(self, *, fuel: bool = False) -> None:
        self._runtime = Runtime(fuel=fuel)

    def check(self, source: str, name: str, around: Surroundings = ALONE) -> Report:  # noqa: ARG002 - it imports no libraries
        """Compile the binary, given in base64, and look at it, without running it."""
        try:
            return self.compile(memoryview(_decoded(source)), name).report
        except LoadError as broken:
            return Report(broken.problems)

    def load(
        self,
        source: str,
        name: str,  # noqa: ARG002 - a binary has names of its own
        host: Host,
    ) -> WasmProgram:
        """Compile the binary, given in base64, and make it ready. No code of it runs: that is a call's, its start included.

        Raises:
            LoadError: it is none, or does not offer what it should.
        """
        return self._program(self._compiled(memoryview(_decoded(source))), host)

    def fingerprint(self) -> str:
        """What an artefact depends on besides its binary, as wasmtime itself writes it into one."""
        return hashlib.sha256(Module(self._runtime.engine, decode_binary(WASM.probe)).serialize()).hexdigest()

    def compile(self, binary: memoryview, name: str) -> Compiled:  # noqa: ARG002 - as above
        """Look at a binary, and compile it."""
        try:
            compiled = self._compiled(binary)
        except LoadError as broken:
            return Compiled(Report(broken.problems))
        report = self._report(compiled)
        return Compiled(report, None if report.problems else compiled.serialize())

    def load_artefact(
        self,
        artefact: Artefact,
        name: str,  # noqa: ARG002 - as above
        host: Host,
    ) -> WasmProgram:
        """Make ready what `compile` made. wasmtime maps it, or copies it where it has no path.

        Raises:
            ArtefactError: it is of another wasmtime or another machine, or is no artefact at all.
        """
        kind: type[Module | Component] = Module
        if int.from_bytes(artefact.view[_ELF_FLAGS], "little") == _ELF_COMPONENT:
            kind = Component
        try:
            if artefact.path:
                compiled = kind.deserialize_file(self._runtime.engine, artefact.path)
            else:
                compiled = _deserialized(kind, self._runtime, artefact)
        except WasmtimeError as wrong:
            raise ArtefactError([Problem(f"the compiled module cannot be loaded: {_last_line(wrong)}")]) from None
        return self._program(compiled, host)

    def _compiled(self, binary: memoryview) -> Module | Component:
        head = bytes(binary[:8])
        if head not in {_MODULE, _COMPONENT}:
            raise LoadError([Problem(_no_binary(head))])
        kind, what = (Module, "module") if head == _MODULE else (Component, "component")
        try:
            return kind(self._runtime.engine, bytes(binary))
        except WasmtimeError as wrong:
            raise LoadError([Problem(f"the {what} cannot be compiled: {_last_line(wrong)}")]) from None

    def _report(self, compiled: Module | Component) -> Report:
        return check_module(compiled) if isinstance(compiled, Module) else check_component(self._runtime.engine, compiled)

    def _program(self, compiled: Module | Component, host: Host) -> WasmProgram:
        report = self._report(compiled)
        if report.problems:
            raise LoadError(report.problems)
        engine, imports = self._runtime.engine, Imports(host, self._runtime.alarm)
        door = (
            CoreDoor(engine, compiled, report, imports)
            if isinstance(compiled, Module)
            else ComponentDoor(engine, compiled, report, imports)
        )
        return WasmProgram(self._runtime, door, imports, report, host)


def _deserialized(kind: type[Module | Component], runtime: Runtime, artefact: Artefact) -> Module | Component:
    """As `kind.deserialize`, which would copy the bytes twice."""
    module = kind is Module
    pointer: Any = ctypes.POINTER(native.wasmtime_module_t if module else native.wasmtime_component_t)()
    read = native.wasmtime_module_deserialize if module else native.wasmtime_component_deserialize
    place = ctypes.cast(artefact.address, ctypes.POINTER(ctypes.c_uint8))
    error = read(runtime.engine.ptr(), place, len(artefact.view), ctypes.byref(pointer))
    if error:
        raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - as the package itself does
    return kind._from_ptr(pointer)  # noqa: SLF001 - as the package itself does


def _decoded(source: str) -> bytes:
    try:
        return decode_binary(source)
    except ValueError as wrong:
        raise LoadError([Problem(f"the source {wrong}")]) from None


def _no_binary(head: bytes) -> str:
    if not head:
        return "the file is empty: build a .wasm file and upload that"
    if head[:4] == b"\0asm":
        return "this WebAssembly binary is cut off, or of a version that is not known: build it again, as version 1"
    return "this is no WebAssembly binary (it begins in another way): build a .wasm file and upload that, no text and no source"


def _last_line(wrong: WasmtimeError) -> str:
    told = [line.strip() for line in str(wrong).splitlines() if line.strip()]
    return (told[-1] if told else "it is not valid")[:300]


def open_engine() -> WasmEngine:
    """The engine, ready to be forked: its handlers of signals are set up here, before there are walls."""
    return WasmEngine()
