"""The door of core modules: events and answers are handed over in the module's memory.

A module exports `memory`; `allocate(size: i32) -> i32`, which returns the place of that many bytes; and one of

    transformEvent(events: i32, size: i32) -> i64       one answer for each event, each event for itself
    transformBatch(events: i32, size: i32) -> i64       the batch is one unit, and so is the answer

which may take two more numbers, `metadata: i32, size: i32`, if it wants metadata. What comes back is a place (the upper 32
bits) and a size (the lower). It may export `_initialize()`, as WASI's reactors do: it is called first.
"""

from __future__ import annotations

from typing import Final

from wasmtime import Engine, FuncType, Linker, MemoryType, Module, Store

from transformer.engines.base import EntryPoint, Report
from transformer.engines.wasm.faults import GuestError
from transformer.engines.wasm.host import Imports
from transformer.engines.wasm.imports import link, unknown_imports
from transformer.engines.wasm.native import Guest
from transformer.errors import Code, Problem

__all__ = ["CoreDoor", "check_module"]

_ENTRY_POINTS: Final[tuple[EntryPoint, ...]] = ("transformBatch", "transformEvent")
_WORD: Final = 0xFFFFFFFF


def check_module(module: Module) -> Report:
    """What is wrong with a module that could be compiled, and what it offers."""
    types = {each.name: each.type for each in module.exports}
    told = unknown_imports(module)
    memory = types.get("memory")
    if not isinstance(memory, MemoryType) or memory.is_64:
        told.append('the module exports no memory: export one of 32 bits as "memory"')
    if _shape(types.get("allocate")) != ("i32", "i32"):
        told.append("the module exports no function allocate(size: i32) -> i32")
    entry_point = next((name for name in _ENTRY_POINTS if name in types), None)
    shape = _shape(types.get(entry_point or ""))
    if entry_point is None:
        told.append(
            "the module has no entry point: export transformEvent(events: i32, size: i32) -> i64, or transformBatch of the same"
            " types for the whole batch"
        )
    elif shape not in {("i32 i32", "i64"), ("i32 i32 i32 i32", "i64")}:
        told.append(
            f"{entry_point} has the wrong types: take (events: i32, size: i32), or (events: i32, size: i32, metadata: i32,"
            " size: i32), and return i64"
        )
    if _shape(types.get("_initialize", FuncType([], []))) != ("", ""):
        told.append("_initialize takes and returns nothing")
    problems = [Problem(each) for each in told]
    return Report(problems, [], None if problems else entry_point, uses_metadata=shape[0].count("i32") == 4)


def _shape(type_: object) -> tuple[str, str]:
    if not isinstance(type_, FuncType):
        return "?", "?"
    return " ".join(map(str, type_.params)), " ".join(map(str, type_.results))


class CoreDoor:
    """A compiled module, linked to what it imports."""

    def __init__(self, engine: Engine, module: Module, report: Report, host: Imports) -> None:
        linker = Linker(engine)
        link(linker, module, host)
        self._ready = linker.instantiate_pre(module)
        self._entry_point = (report.entry_point or "transformEvent").encode()
        self._wants_metadata = report.uses_metadata
        self._initialize = any(each.name == "_initialize" for each in module.exports)
        self._host = host
        self.held_bytes = 0
        """What the memory of the newest instance had come to when its call ended, and what was asked of `allocate` in vain."""
        self.started = False
        """Whether the newest instance came as far as to be called."""
        self._asked_bytes = 0

    def run(self, store: Store, events: bytes) -> bytes:
        """The answer of a fresh instance.

        Raises:
            GuestError: it lies outside the memory. Besides: Trap, WasmtimeError, and what the host's functions raise.
        """
        self.held_bytes, self.started = 0, False
        self._asked_bytes = 0
        guest = Guest(self._ready, store)
        try:
            if self._initialize:
                guest.call(b"_initialize")
            self.started = True
            given = self._hand_over(guest, events)
            if self._wants_metadata:
                given += self._hand_over(guest, self._host.metadata())
            packed = guest.call(self._entry_point, *given)
            return self._answer(guest, packed >> 32 & _WORD, packed & _WORD)
        finally:
            self.held_bytes = guest.memory_bytes + self._asked_bytes

    def _answer(self, guest: Guest, place: int, size: int) -> bytes:
        most = self._host.answer_bytes
        if size > most and place + size <= guest.memory_bytes:
            raise GuestError(Code.OUTPUT_LIMIT, f"the answer has {size} bytes; the limit is {most}")
        answer = guest.read(place, size)
        if answer is None:
            raise GuestError(Code.BAD_RETURN, "the answer lies outside the memory")
        return answer

    def _hand_over(self, guest: Guest, data: bytes) -> tuple[int, ...]:
        self._asked_bytes = len(data)
        place = guest.call(b"allocate", len(data)) & _WORD
        self._asked_bytes = 0
        if not guest.write(place, data):
            raise GuestError(Code.BAD_RETURN, "allocate returned a place that lies outside the memory")
        return place, len(data)
