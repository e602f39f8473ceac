"""A loaded version: events in, as lines of JSON; answers out, a line each; a fresh instance for every call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import orjson
from wasmtime import Store, Trap, TrapCode, WasmtimeError

from transformer.engines.base import EntryPoint, Explained, Host, Many, Report, StartError
from transformer.engines.wasm.answers import value_of
from transformer.engines.wasm.faults import GuestError, explain, fault_of, was_refused_memory
from transformer.engines.wasm.host import Imports
from transformer.engines.wasm.runtime import Runtime, memory_bytes
from transformer.errors import Code
from transformer.limits import Limits

__all__ = ["Door", "WasmProgram"]


_SECONDS: Final = 0.001
"""What each further event of a call adds to its time."""


_SLACK_BYTES: Final = 1 << 20
"""What an answer may have beside its outputs: ends of lines, reasons."""


_STANDSTILL_PART: Final = 0.1
"""Code that was stopped after so little of its time in the processor has not had its time: the machine stood still."""

_NO_MEMORY: Final = ("exceeds memory limits", "exceeds table limits", "os error 12")
"""Words of wasmtime's where an instance cannot be made for lack of memory."""


class Door(Protocol):
    """What core modules and components have in common."""

    held_bytes: int
    """What the memory of the newest instance had come to, with what it was to allocate last; 0 where nobody knows."""

    started: bool
    """Whether the newest instance came as far as to be called."""

    def run(self, store: Store, events: bytes) -> bytes:
        """Make a fresh instance in `store`, hand it the events, return its answer."""
        ...


class WasmProgram:
    """One version. It keeps nothing from call to call."""

    __slots__ = ("_door", "_imports", "_limits", "_log", "_runtime", "entry_point", "logged")

    text_only = True
    finite = False
    raw = None
    entry_point: EntryPoint
    logged: list[tuple[int, str]]

    def __init__(
        self,
        runtime: Runtime,
        door: Door,
        imports: Imports,
        report: Report,
        host: Host,
    ) -> None:
        self._runtime = runtime
        self._door = door
        self._imports = imports
        self._log = host.log
        self._limits = host.limits
        self.entry_point = report.entry_point or "transformEvent"
        self.logged = []

    @property
    def many(self) -> Many | None:
        """The program itself, where its entry point answers each event for itself."""
        return self if self.entry_point == "transformEvent" else None

    def __call__(self, events: list[bytes], metadata: Callable[[], bytes]) -> list[bytes]:
        """An answer for each event; see `Many`."""
        # Several events may take as long as one: where that is too short for them all, each is tried for itself.
        seconds = self._limits().event_seconds + _SECONDS * (len(events) - 1)
        given = b"\n".join(events)
        answer = self._run(given, len(events), metadata, seconds)
        if answer == given:
            return events
        lines = answer.split(b"\n")
        if len(lines) == len(events) + 1 and not lines[-1]:
            lines.pop()
        if len(lines) != len(events):
            count, events_ = len(lines), "event" if len(events) == 1 else "events"
            told = f"transformEvent answered {count} lines for {len(events)} {events_}; one is due for each"
            raise GuestError(Code.BAD_RETURN, told)
        return lines

    def value(self, answer: bytes) -> Any:
        """What an answer says; see `Many`."""
        return value_of(answer)

    def call(self, value: Any, lookup: Callable[[Any], Any]) -> Any:
        """Call the entry point with the event or events; returns and raises what it answered."""
        values = [value] if self.entry_point == "transformEvent" else value

        def metadata() -> bytes:
            return b"\n".join(orjson.dumps(lookup(each)) for each in values)

        limits = self._limits()
        try:
            if self.entry_point == "transformEvent":
                return value_of(self([orjson.dumps(value)], metadata)[0])
            answer = self._run(b"\n".join(map(orjson.dumps, values)), len(values), metadata, limits.turn_seconds)
            return [part for line in answer.split(b"\n") for part in _parts(value_of(line))]
        finally:
            for _, line in self.logged:
                self._log(line)

    def _run(self, events: bytes, count: int, metadata: Callable[[], bytes], seconds: float) -> bytes:
        """The answer of a fresh instance; of a second one, if the machine stood still while the first had its time."""
        began = time.process_time()
        try:
            return self._once(events, count, metadata, seconds)
        except (GuestError, StartError) as late:
            if late.what.code is not Code.TIME_LIMIT or time.process_time() - began > seconds * _STANDSTILL_PART:
                raise
        return self._once(events, count, metadata, seconds)

    def _once(self, events: bytes, count: int, metadata: Callable[[], bytes], seconds: float) -> bytes:
        runtime, imports, limits = self._runtime, self._imports, self._limits()
        imports.begin(metadata, limits.batch_output_bytes + _SLACK_BYTES, fixed=limits.event_fuel > 0)
        self.logged = imports.lines
        store = runtime.store(limits, count)
        runtime.alarm.set(seconds)
        try:
            return self._door.run(store, events)
        except BaseException as wrong:
            # wasmtime's package raises what it keeps in a frame of its own: that would hold the program until a collection,
            # with its pages and descriptor.
            wrong.__traceback__ = None
            if isinstance(wrong, (Trap, WasmtimeError)):
                raise self._fault(wrong, limits) from None
            raise
        finally:
            runtime.alarm.set(0)
            store.close()

    def _fault(self, wrong: Exception, limits: Limits) -> Exception:
        started, what, seconds = self._door.started, "the event", limits.event_seconds
        if not started:
            what = "loading the code"
        elif self.entry_point == "transformBatch":
            what, seconds = "the batch function", limits.turn_seconds
        if isinstance(wrong, Trap) and wrong.trap_code is TrapCode.INTERRUPT:
            fault = Explained(Code.TIME_LIMIT, f"{what} ran longer than {seconds:g} s")
        elif isinstance(wrong, Trap) and wrong.trap_code is TrapCode.OUT_OF_FUEL:
            fault = Explained(Code.TIME_LIMIT, f"{what} burned more fuel than the limit of {limits.event_fuel} for an event")
        elif self._no_memory(wrong, limits):
            fault = Explained(Code.MEMORY_LIMIT, f"{what} used more memory than the limit of {limits.memory_bytes} bytes")
        else:
            fault = fault_of(wrong)
            if not started:
                fault = Explained(Code.CODE_BROKEN, f"{fault.message} (while the code was loaded; correct it)")
        return GuestError(fault.code, fault.message) if started else StartError(fault)

    def _no_memory(self, wrong: Exception, limits: Limits) -> bool:
        """Whether it came of a lack of memory: wasmtime says so where an instance cannot be made.

        A guest whose memory does not grow is not told why, and mostly gives up: one that holds much has wanted more.
        """
        if isinstance(wrong, Trap):
            printed = [line for _, line in self.logged]
            return self._door.held_bytes * 2 > memory_bytes(limits) or was_refused_memory(wrong, printed)
        return any(word in str(wrong) for word in _NO_MEMORY)

    def explain(self, raised: BaseException) -> Explained:
        """What `raised`, which came out of a call, means."""
        return explain(raised)


def _parts(value: Any) -> list[Any]:
    """The outputs in a line of what a batch function answers."""
    return [] if value is None else value if isinstance(value, list) else [value]
