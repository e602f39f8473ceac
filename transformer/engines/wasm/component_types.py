"""The types that a component gives to what it imports of WASI, held against those of WASI 0.2.

wasmtime would take any: the functions of `component_wasi.py` have no types of their own, and a component that sees them in
another way would fail when it calls one. Here it is told so when it is checked. What is not offered traps, whatever its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from wasmtime import Engine
from wasmtime import component as types
from wasmtime.component import ComponentInstanceType as _Interface
from wasmtime.component import FuncType, ModuleType

__all__ = ["fault_of_wasi"]

_WRITTEN: Final = "result<_, variant<last-operation-failed(own), closed>>"
_INSTANT: Final = "() -> record<seconds: u64, nanoseconds: u32>"
_NUMBER: Final = "() -> u64"
_BYTES: Final = "(u64) -> list<u8>"
_OWN: Final = "() -> own"
_PERHAPS: Final = "() -> option<own>"
_READ: Final = "(borrow, u64) -> result<list<u8>, variant<last-operation-failed(own), closed>>"

_OF_WASI: Final = {
    "cli/environment": {
        "get-environment": "() -> list<tuple<string, string>>",
        "get-arguments": "() -> list<string>",
        "initial-cwd": "() -> option<string>",
    },
    "cli/exit": {"exit": "(result<_, _>)", "exit-with-code": "(u8)"},
    "cli/stdin": {"get-stdin": _OWN},
    "cli/stdout": {"get-stdout": _OWN},
    "cli/stderr": {"get-stderr": _OWN},
    "cli/terminal-stdin": {"get-terminal-stdin": _PERHAPS},
    "cli/terminal-stdout": {"get-terminal-stdout": _PERHAPS},
    "cli/terminal-stderr": {"get-terminal-stderr": _PERHAPS},
    "io/streams": {
        "output-stream": "resource",
        "input-stream": "resource",
        "[method]output-stream.check-write": "(borrow) -> result<u64, variant<last-operation-failed(own), closed>>",
        "[method]output-stream.write": f"(borrow, list<u8>) -> {_WRITTEN}",
        "[method]output-stream.blocking-write-and-flush": f"(borrow, list<u8>) -> {_WRITTEN}",
        "[method]output-stream.flush": f"(borrow) -> {_WRITTEN}",
        "[method]output-stream.blocking-flush": f"(borrow) -> {_WRITTEN}",
        "[method]input-stream.read": _READ,
        "[method]input-stream.blocking-read": _READ,
    },
    "clocks/wall-clock": {"now": _INSTANT, "resolution": _INSTANT},
    "clocks/monotonic-clock": {"now": _NUMBER, "resolution": _NUMBER},
    "random/random": {"get-random-bytes": _BYTES, "get-random-u64": _NUMBER},
    "random/insecure": {"get-insecure-random-bytes": _BYTES, "get-insecure-random-u64": _NUMBER},
    "random/insecure-seed": {"insecure-seed": "() -> tuple<u64, u64>"},
    "filesystem/preopens": {"get-directories": "() -> list<tuple<own, string>>"},
}
"""By interface and name. Every function that `component_wasi.py` defines is here."""

_MOST_WORDS: Final = 200
_LONGEST: Final = 300


def fault_of_wasi(name: str, base: str, item: Any, engine: Engine) -> str:
    """What is wrong with an import called `name`, of WASI's interface `base`; nothing is said of what nobody offers."""
    if not isinstance(item, _Interface):
        return f"the component imports {name[:100]}, but not as an interface, which it is in WASI 0.2"
    offered = _OF_WASI.get(base, {})
    for function, found in item.exports(engine).items():
        kind = _text(found.ty)
        if isinstance(found.ty, (ModuleType, _Interface)) or (function in offered and kind != offered[function]):
            due = offered.get(function, "a function or a type")
            return (
                f"the component imports {function[:100]} of {name[:100]} with other types than WASI 0.2 has: {kind[:_LONGEST]},"
                f" where {due} is right; build it against WASI's own WIT files"
            )
    return ""


def _text(kind: Any) -> str:
    """A type in WIT's words, cut off where it is long. Which resource a handle is of is not said."""
    return "".join(islice(_words(kind), _MOST_WORDS))


def _words(kind: Any) -> Iterator[str]:
    if isinstance(kind, FuncType):
        yield from _list("(", [("", each) for _, each in kind.params], ")")
        if kind.result is not None:
            yield " -> "
            yield from _words(kind.result)
        return
    yield _NAMES.get(type(kind)) or type(kind).__name__.removesuffix("Type").lower()
    if parts := _PARTS.get(type(kind)):
        yield from _list("<", parts(kind), ">")


def _list(opened: str, parts: Iterable[tuple[str, Any]], closed: str) -> Iterator[str]:
    yield opened
    for at, (before, kind) in enumerate(parts):
        yield f", {before}" if at else before
        if not isinstance(kind, _Nothing):
            yield from _words(kind)
        if before.endswith("("):
            yield ")"
    yield closed


class _Nothing:
    """Of a variant's case that holds nothing."""


_NAMES: Final[dict[type, str]] = {type(None): "_", ModuleType: "a core module", _Interface: "an interface"}
_PARTS: Final[dict[type, Callable[[Any], Iterable[tuple[str, Any]]]]] = {
    types.ListType: lambda kind: [("", kind.element)],
    types.OptionType: lambda kind: [("", kind.payload)],
    types.ResultType: lambda kind: [("", kind.ok), ("", kind.err)],
    types.TupleType: lambda kind: [("", each) for each in kind.elements],
    types.RecordType: lambda kind: [(f"{name}: ", each) for name, each in kind.fields],
    types.VariantType: lambda kind: [(name, _Nothing()) if each is None else (f"{name}(", each) for name, each in kind.cases],
}
