"""What a core module may import: names, types, and what answers. A module that imports anything else is refused.

    transformer.log(event: i32, pointer: i32, size: i32)          a line of text for the log of an event of this call
    transformer.clock() -> i64                                     nanoseconds since 1970
    transformer.random(pointer: i32, size: i32)                    random bytes
    transformer.call(pointer: i32, size: i32) -> i32               host calls (`asking.py`); how long the answers are
    transformer.answers(pointer: i32)                              the answers to the last call, once, put there

and, for toolchains that bring them along, as much of WASI (`wasi_snapshot_preview1`) as reaches nothing: no files, no
arguments, no environment; what is written to standard output and error is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from wasmtime import Caller, FuncType, Linker, Memory, Module, ValType

from transformer.engines.wasm.faults import GuestError
from transformer.engines.wasm.host import Imports
from transformer.errors import Code

__all__ = ["link", "unknown_imports"]

_OURS: Final = "transformer"
_WASI: Final = "wasi_snapshot_preview1"
_BAD_DESCRIPTOR: Final = 8
_NOT_SUPPORTED: Final = 58
_MOST_BYTES: Final = 1 << 20
_MOST_PARTS: Final = 1024

_TYPES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    (_OURS, "log"): ("iii", ""),
    (_OURS, "clock"): ("", "I"),
    (_OURS, "random"): ("ii", ""),
    (_OURS, "call"): ("ii", "i"),
    (_OURS, "answers"): ("i", ""),
    (_WASI, "args_get"): ("ii", "i"),
    (_WASI, "args_sizes_get"): ("ii", "i"),
    (_WASI, "environ_get"): ("ii", "i"),
    (_WASI, "environ_sizes_get"): ("ii", "i"),
    (_WASI, "clock_res_get"): ("ii", "i"),
    (_WASI, "clock_time_get"): ("iIi", "i"),
    (_WASI, "random_get"): ("ii", "i"),
    (_WASI, "sched_yield"): ("", "i"),
    (_WASI, "proc_exit"): ("i", ""),
    (_WASI, "fd_write"): ("iiii", "i"),
    (_WASI, "fd_read"): ("iiii", "i"),
    (_WASI, "fd_pwrite"): ("iiiIi", "i"),
    (_WASI, "fd_pread"): ("iiiIi", "i"),
    (_WASI, "fd_close"): ("i", "i"),
    (_WASI, "fd_seek"): ("iIii", "i"),
    (_WASI, "fd_tell"): ("ii", "i"),
    (_WASI, "fd_sync"): ("i", "i"),
    (_WASI, "fd_fdstat_get"): ("ii", "i"),
    (_WASI, "fd_fdstat_set_flags"): ("ii", "i"),
    (_WASI, "fd_filestat_get"): ("ii", "i"),
    (_WASI, "fd_filestat_set_size"): ("iI", "i"),
    (_WASI, "fd_prestat_get"): ("ii", "i"),
    (_WASI, "fd_prestat_dir_name"): ("iii", "i"),
    (_WASI, "fd_readdir"): ("iiiIi", "i"),
    (_WASI, "poll_oneoff"): ("iiii", "i"),
    (_WASI, "path_open"): ("iiiiiIIii", "i"),
    (_WASI, "path_filestat_get"): ("iiiii", "i"),
    (_WASI, "path_create_directory"): ("iii", "i"),
    (_WASI, "path_remove_directory"): ("iii", "i"),
    (_WASI, "path_unlink_file"): ("iii", "i"),
    (_WASI, "path_rename"): ("iiiiii", "i"),
    (_WASI, "path_readlink"): ("iiiiii", "i"),
}
"""Parameters and results: i is i32, I is i64."""


def unknown_imports(module: Module) -> list[str]:
    """What the module imports and nobody offers, as sentences."""
    told = []
    for each in module.imports:
        name = f"{each.module[:100]}.{(each.name or '')[:100]}"
        offered = _TYPES.get((each.module, each.name or ""))
        if not isinstance(each.type, FuncType):
            told.append(f"the module imports {name}, which is no function; it may import functions only: {_offer()}")
        elif offered is None:
            told.append(f"the module imports {name}, which is not offered; it may import {_offer()}")
        elif offered != (_letters(each.type.params), _letters(each.type.results)):
            told.append(f"the module imports {name} with other types than it has; see docs/WEBASSEMBLY.md")
    return told


def _offer() -> str:
    return (
        "transformer.log, transformer.clock, transformer.random, transformer.call, and of WASI what docs/WEBASSEMBLY.md lists"
    )


def _letters(types: list[ValType]) -> str:
    return "".join({"i32": "i", "i64": "I"}.get(str(each), "?") for each in types)


def _functype(params: str, results: str) -> FuncType:
    kinds = {"i": ValType.i32, "I": ValType.i64}
    return FuncType([kinds[letter]() for letter in params], [kinds[letter]() for letter in results])


def link(linker: Linker, module: Module, host: Imports) -> None:
    """Define in `linker` what the module imports."""
    ours, wasi = _ours(host), _Wasi(host)
    for each in module.imports:
        key = (each.module, each.name or "")
        answer = ours[key] if key in ours else getattr(wasi, key[1], _refusal(key[1]))
        linker.define_func(*key, _functype(*_TYPES[key]), answer, access_caller=True)


def _memory(caller: Caller) -> Memory:
    memory = caller.get("memory")
    if not isinstance(memory, Memory):
        raise GuestError(Code.EXCEPTION, "a function of the host was called before there is a memory")
    return memory


def _read(caller: Caller, pointer: int, size: int) -> bytes:
    pointer, size = pointer & 0xFFFFFFFF, size & 0xFFFFFFFF
    memory = _memory(caller)
    if size > _MOST_BYTES or pointer + size > memory.data_len(caller):
        raise GuestError(Code.EXCEPTION, "a function of the host was given bytes that lie outside the memory, or too many")
    return bytes(memory.read(caller, pointer, pointer + size))


def _write(caller: Caller, pointer: int, data: bytes) -> None:
    pointer &= 0xFFFFFFFF
    memory = _memory(caller)
    if pointer + len(data) > memory.data_len(caller):
        raise GuestError(Code.EXCEPTION, "a function of the host was given a place outside the memory")
    if data:
        memory.write(caller, data, pointer)


def _ours(host: Imports) -> dict[tuple[str, str], Callable[..., Any]]:
    def log(caller: Caller, event: int, pointer: int, size: int) -> None:
        host.log(event & 0xFFFFFFFF, _read(caller, pointer, size).decode("utf-8", "replace"))

    def clock(_caller: Caller) -> int:
        return host.wall_ns()

    def random(caller: Caller, pointer: int, size: int) -> None:
        _random(caller, host, pointer, size)

    answers = b""

    def call(caller: Caller, pointer: int, size: int) -> int:
        nonlocal answers
        answers = host.call(_read(caller, pointer, size))
        return len(answers)

    def take(caller: Caller, pointer: int) -> None:
        nonlocal answers
        told, answers = answers, b""
        _write(caller, pointer, told)

    functions: dict[str, Callable[..., Any]] = {"log": log, "clock": clock, "random": random, "call": call, "answers": take}
    return {(_OURS, name): function for name, function in functions.items()}


def _random(caller: Caller, host: Imports, pointer: int, size: int) -> None:
    size &= 0xFFFFFFFF
    if size > _MOST_BYTES:
        raise GuestError(Code.EXCEPTION, f"more than {_MOST_BYTES} random bytes were asked for at once")
    _write(caller, pointer, host.random(size))


class _Wasi:
    """What answers of WASI's functions besides a refusal, by their names."""

    def __init__(self, host: Imports) -> None:
        self._host = host

    def args_get(self, _caller: Caller, _pointers: int, _buffer: int) -> int:
        return 0

    def args_sizes_get(self, caller: Caller, count: int, size: int) -> int:
        _write(caller, count, bytes(4))
        _write(caller, size, bytes(4))
        return 0

    environ_get = args_get
    environ_sizes_get = args_sizes_get

    def clock_res_get(self, caller: Caller, _clock: int, place: int) -> int:
        _write(caller, place, (1000).to_bytes(8, "little"))
        return 0

    def clock_time_get(self, caller: Caller, clock: int, _precision: int, place: int) -> int:
        now = self._host.monotonic_ns() if clock else self._host.wall_ns()
        _write(caller, place, now.to_bytes(8, "little"))
        return 0

    def random_get(self, caller: Caller, pointer: int, size: int) -> int:
        _random(caller, self._host, pointer, size)
        return 0

    def sched_yield(self, _caller: Caller) -> int:
        return 0

    def proc_exit(self, _caller: Caller, status: int) -> None:
        raise GuestError(Code.EXCEPTION, f"the module asked to exit, with status {status}")

    def fd_write(self, caller: Caller, descriptor: int, parts: int, count: int, written: int) -> int:
        if descriptor not in {1, 2} or not 0 <= count <= _MOST_PARTS:
            return _BAD_DESCRIPTOR
        table = _read(caller, parts, 8 * count)
        numbers = [int.from_bytes(table[at : at + 4], "little") for at in range(0, len(table), 4)]
        data = b"".join(_read(caller, *numbers[at : at + 2]) for at in range(0, len(numbers), 2))
        for line in data.decode("utf-8", "replace").splitlines():
            self._host.log(0, line)
        _write(caller, written, len(data).to_bytes(4, "little"))
        return 0


def _refusal(name: str) -> Callable[..., int]:
    number = _BAD_DESCRIPTOR if name.startswith(("fd_", "path_")) else _NOT_SUPPORTED

    def refuse(_caller: Caller, *_arguments: int) -> int:
        return number

    return refuse
