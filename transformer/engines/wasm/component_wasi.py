"""WASI 0.2 for components, made so that it reaches nothing: clocks and randomness work, everything else is empty or a trap.

Toolchains link the whole of WASI into every component: CPython's asks for its environment before it runs a line, and a
`println!` writes to a stream. So there are an empty environment, no argument, no folder, an input that is at its end, and an
output whose lines become log lines. wasmtime has a WASI of its own, which is not used: it makes sockets before it asks whether
it may, and starts threads in order to wait, where no limit reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from wasmtime.component import LinkerInstance, Record, ResourceHost, ResourceType, Variant

from transformer.engines.wasm.faults import GuestError
from transformer.engines.wasm.host import Imports
from transformer.errors import Code

__all__ = ["LOG_EVENT", "Wasi", "base_name"]

LOG_EVENT: Final = 0
"""Which event of a call gets what was printed: nothing says whose it is."""

_OUTPUT, _INPUT = 1, 2
_RESOURCES: Final = {"io/streams": {"output-stream": _OUTPUT, "input-stream": _INPUT}}
_CHUNK_BYTES: Final = 4096
_LINE_BYTES: Final = 16 * 1024
_MOST_RANDOM_BYTES: Final = 64 * 1024
_OK: Final = Variant("ok")


def base_name(name: str) -> str:
    """`cli/stdout` of `wasi:cli/stdout@0.2.9`; empty for what is not of WASI 0.2."""
    package, _, version = name.partition("@")
    return package.removeprefix("wasi:") if package.startswith("wasi:") and version.startswith("0.2.") else ""


class Wasi:
    """The functions of WASI for one program. What was printed goes to the host's log: `flush` after every call."""

    def __init__(self, host: Imports) -> None:
        self._host = host
        self._printed = bytearray()

    def define(self, names: Iterable[str], root: LinkerInstance) -> None:
        """Define in `root` what there is of these interfaces; nothing of those that are not known."""
        interfaces = _functions(self, self._host)
        for name in names:
            base = base_name(name)
            if base not in interfaces:
                continue
            with root.add_instance(name) as instance:
                for resource, number in _RESOURCES.get(base, {}).items():
                    instance.add_resource(resource, ResourceType.host(number), lambda _store, _rep: None)
                for function, made in interfaces[base].items():
                    instance.add_func(function, made)

    def forget(self) -> None:
        """A call begins: what an earlier one has printed is not its own."""
        self._printed.clear()

    def flush(self) -> None:
        """Log what was printed without a line break."""
        if self._printed:
            self._log(bytes(self._printed))
            self._printed.clear()

    def write(self, contents: bytes) -> None:
        """Take what was printed: whole lines go to the log."""
        self._printed += contents
        *lines, rest = self._printed.split(b"\n")
        for line in lines:
            self._log(bytes(line))
        self._printed = rest
        if len(rest) > _LINE_BYTES:
            self.flush()

    def _log(self, line: bytes) -> None:
        self._host.log(LOG_EVENT, line.decode(errors="replace"))

    def random(self, size: int) -> bytes:
        """So many random bytes, within reason."""
        if size > _MOST_RANDOM_BYTES:
            raise GuestError(Code.EXCEPTION, f"more than {_MOST_RANDOM_BYTES} random bytes were asked for at once")
        return self._host.random(size)

    def random_number(self) -> int:
        """A random number of 64 bits."""
        return int.from_bytes(self._host.random(8), "little")


def _instant(nanoseconds: int) -> Record:
    made: Any = Record()
    made.seconds, made.nanoseconds = divmod(nanoseconds, 1_000_000_000)
    return made  # type: ignore[no-any-return]  # its fields are not declared


def _exit(_store: Any, *_status: Any) -> None:
    raise GuestError(Code.EXCEPTION, "the component asked to exit")


def _functions(wasi: Wasi, host: Imports) -> dict[str, dict[str, Callable[..., Any]]]:
    """What there is of each interface. A borrowed resource is let go of by whoever took it."""

    def written(store: Any, stream: Any, contents: bytes) -> Variant:
        stream.drop(store)
        wasi.write(contents)
        return _OK

    def flushed(store: Any, stream: Any) -> Variant:
        stream.drop(store)
        return _OK

    def room(store: Any, stream: Any) -> int:
        stream.drop(store)
        return _CHUNK_BYTES

    def nothing_read(store: Any, stream: Any, _size: int) -> None:
        stream.drop(store)  # None is the error that the stream is closed, as wasmtime-py has it

    def none(_store: Any) -> None:
        return None

    def empty(_store: Any) -> list[Any]:
        return []

    def output(_store: Any) -> ResourceHost:
        return ResourceHost.own(0, _OUTPUT)

    random: dict[str, Callable[..., Any]] = {
        "random-bytes": lambda _store, size: wasi.random(size),
        "random-u64": lambda _store: wasi.random_number(),
    }
    return {
        "cli/environment": {"get-environment": empty, "get-arguments": empty, "initial-cwd": none},
        "cli/exit": {"exit": _exit, "exit-with-code": _exit},
        "cli/stdin": {"get-stdin": lambda _store: ResourceHost.own(0, _INPUT)},
        "cli/stdout": {"get-stdout": output},
        "cli/stderr": {"get-stderr": output},
        "cli/terminal-stdin": {"get-terminal-stdin": none},
        "cli/terminal-stdout": {"get-terminal-stdout": none},
        "cli/terminal-stderr": {"get-terminal-stderr": none},
        "io/streams": {
            "[method]output-stream.check-write": room,
            "[method]output-stream.write": written,
            "[method]output-stream.blocking-write-and-flush": written,
            "[method]output-stream.flush": flushed,
            "[method]output-stream.blocking-flush": flushed,
            "[method]input-stream.read": nothing_read,
            "[method]input-stream.blocking-read": nothing_read,
        },
        "clocks/wall-clock": {"now": lambda _store: _instant(host.wall_ns()), "resolution": lambda _store: _instant(1000)},
        "clocks/monotonic-clock": {"now": lambda _store: host.monotonic_ns(), "resolution": lambda _store: 1000},
        "random/random": {f"get-{name}": made for name, made in random.items()},
        "random/insecure": {f"get-insecure-{name}": made for name, made in random.items()},
        "random/insecure-seed": {"insecure-seed": lambda _store: (wasi.random_number(), wasi.random_number())},
        "filesystem/preopens": {"get-directories": empty},
    }
