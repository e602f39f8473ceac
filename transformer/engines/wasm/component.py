"""The door of components: they keep to `proto/wit/transformation.wit`, and hand strings over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from wasmtime import Engine, Store, WasmtimeError
from wasmtime.component import U32, Component, FuncType, Linker, String, ValType
from wasmtime.component import ComponentInstanceType as _Interface
from wasmtime.component import _enter as calls

from transformer.engines.base import EntryPoint, Report
from transformer.engines.wasm.component_call import ComponentGuest, Export
from transformer.engines.wasm.component_trap import trap_of
from transformer.engines.wasm.component_types import fault_of_wasi
from transformer.engines.wasm.component_wasi import Wasi, base_name
from transformer.engines.wasm.faults import GuestError
from transformer.engines.wasm.host import Imports
from transformer.errors import Code, Problem

__all__ = ["ComponentDoor", "check_component"]

_ENTRY_POINTS: Final[dict[EntryPoint, str]] = {"transformBatch": "transform-batch", "transformEvent": "transform-event"}
_HOST: Final = "transformer:guest/host@1."
_OFFERED: Final[dict[str, tuple[list[ValType], ValType | None]]] = {
    "log": ([U32(), String()], None),
    "metadata": ([], String()),
    "call": ([String()], String()),
}
_Result = TypeVar("_Result")
_MOST_PROBLEMS: Final = 20
_LIE: Final = "the answer lies outside the memory, or is not UTF-8"
_BACKTRACE: Final = "wasm backtrace"
"""A word of wasmtime's where code of the component was running."""


def check_component(engine: Engine, component: Component) -> Report:
    """What is wrong with a component that could be compiled, and what it offers."""
    kind = component.type
    imports = {name: item.ty for name, item in kind.imports(engine).items()}
    exports = {name: item.ty for name, item in kind.exports(engine).items()}
    told = [sentence for name, item in imports.items() if (sentence := _fault_of_import(name, item, engine))]
    entry_point = next((name for name, export in _ENTRY_POINTS.items() if export in exports), None)
    if entry_point is None:
        told.append("the component has no entry point: export transform-event, as proto/wit/transformation.wit says")
    elif not _is_function(exports[_ENTRY_POINTS[entry_point]], [String()], String()):
        told.append(f"{_ENTRY_POINTS[entry_point]} has the wrong type: take one string and return one")
    problems = [Problem(each) for each in told[:_MOST_PROBLEMS]]
    asked = (item.exports(engine) for name, item in imports.items() if name.startswith(_HOST) and isinstance(item, _Interface))
    return Report(problems, [], None if problems else entry_point, uses_metadata=any("metadata" in each for each in asked))


def _fault_of_import(name: str, item: Any, engine: Engine) -> str:
    if base := base_name(name):
        return fault_of_wasi(name, base, item, engine)
    if not name.startswith(_HOST) or not isinstance(item, _Interface):
        return (
            f"the component imports {name[:100]}, which is not offered; it may import transformer:guest/host@1.0.0, and WASI"
            " 0.2, of which clocks and randomness work"
        )
    for function, found in item.exports(engine).items():
        if function not in _OFFERED or not _is_function(found.ty, *_OFFERED[function]):
            return f"the component imports {function[:100]} of {name[:100]}, which is not offered, or not with these types"
    return ""


def _is_function(item: Any, takes: list[ValType], returns: ValType | None) -> bool:
    return isinstance(item, FuncType) and [kind for _, kind in item.params] == takes and item.result == returns


class ComponentDoor:
    """A compiled component, linked to what it imports. What is not there for it traps when it is called."""

    def __init__(self, engine: Engine, component: Component, report: Report, host: Imports) -> None:
        self._export = Export(component, _ENTRY_POINTS[report.entry_point or "transformEvent"])
        self._host = host
        self._wasi = Wasi(host)
        self._linker = Linker(engine)
        names = list(component.type.imports(engine))
        with self._linker.root() as root:
            for name in names:
                if name.startswith(_HOST):
                    with root.add_instance(name) as instance:
                        instance.add_func("log", lambda _store, event, line: host.log(event, line))
                        instance.add_func("metadata", lambda _store: host.metadata().decode())
                        instance.add_func("call", lambda _store, calls: host.call(calls.encode()).decode())
            self._wasi.define(names, root)
        self._linker.define_unknown_imports_as_traps(component)
        self.held_bytes = 0
        """Nothing says what the memories of a component have come to."""
        self.started = False
        """Whether the newest instance came as far as to be called."""

    def run(self, store: Store, events: bytes) -> bytes:
        """The answer of a fresh instance. `events` are UTF-8.

        Raises:
            Trap: it trapped, or called what is not there. Besides: WasmtimeError, and what the host's functions raise.
        """
        self._wasi.forget()
        self.started = False
        events.isascii() or events.decode()  # raises for what is no text: wasmtime takes our word for it
        try:
            guest = _call(lambda: ComponentGuest(self._linker, self._export, store))
            self.started = True
            size, answer = _call(lambda: guest.call(events, self._host.answer_bytes))
        except WasmtimeError as wrong:
            if self.started and _BACKTRACE not in str(wrong):
                raise GuestError(Code.BAD_RETURN, _LIE) from None
            raise
        finally:
            self._wasi.flush()
        if size > self._host.answer_bytes:
            raise GuestError(Code.OUTPUT_LIMIT, f"the answer has {size} bytes; the limit is {self._host.answer_bytes}")
        return answer


def _call(call: Callable[[], _Result]) -> _Result:
    """What `call` returns. What a function of the host has raised comes out as it was raised."""
    try:
        return call()
    except WasmtimeError as wrong:
        # Otherwise it would stay where it is kept, and come out of a later call.
        calls.maybe_raise_last_exn()
        raise trap_of(str(wrong)) or wrong from None
