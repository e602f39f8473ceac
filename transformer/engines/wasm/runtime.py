"""wasmtime as it is set up here: one engine for all programs of a process.

Everything that is not asked for by compilers of today is off: threads and shared memory (a worker has one thread), 64-bit and
several memories, garbage collection, stack switching. A trap is told by a signal, as wasmtime does by default, and that works
behind the walls: its handlers are there before the fork, and returning from one is allowed to a worker.
"""

from __future__ import annotations

from typing import Final

from wasmtime import Config, Engine, Store

from transformer.engines.wasm.alarm import Alarm
from transformer.limits import Limits

__all__ = ["Runtime", "memory_bytes"]

_STACK_BYTES: Final = 2 * 1024 * 1024
_TABLE_ELEMENTS: Final = 200_000
_ENDLESS: Final = 2**63
_PARTS: Final = 64
"""A component is several modules: so many instances, memories and tables it may have."""


class Runtime:
    """The engine and its alarm. With `fuel`, what code burns is counted, and bounded, as `Limits.event_fuel` says."""

    def __init__(self, *, fuel: bool = False) -> None:
        config = Config()
        config.epoch_interruption = True
        config.parallel_compilation = False  # a worker may start no thread
        config.wasm_threads = False
        config.shared_memory = False
        config.wasm_memory64 = False
        config.wasm_multi_memory = False
        config.wasm_gc = False
        config.wasm_stack_switching = False
        config.wasm_relaxed_simd_deterministic = True
        config.wasm_component_model = True
        config.max_wasm_stack = _STACK_BYTES
        # What memories begin with is mapped from the artefact, where that is a file; elsewhere it is copied for each instance,
        # since a worker has no memfd_create.
        config.memory_init_cow = True
        # Counting costs a tenth to a fifth of the speed, so it is no engine's second nature.
        config.consume_fuel = fuel
        config.cranelift_nan_canonicalization = fuel
        self._fuel = fuel
        self.engine = Engine(config)
        self.alarm = Alarm(self.engine)

    def store(self, limits: Limits, events: int) -> Store:
        """A store for one fresh instance that is to take so many events, under these limits.

        Several memories and tables together are bounded by what the worker may allocate.
        """
        store = Store(self.engine)
        store.set_limits(memory_bytes(limits), _TABLE_ELEMENTS, _PARTS, _PARTS, _PARTS)
        store.set_epoch_deadline(1)
        if self._fuel:
            store.set_fuel(limits.event_fuel * events or _ENDLESS)
        return store


def memory_bytes(limits: Limits) -> int:
    """What a guest's memory may grow to: an eighth stays for what surrounds it in the worker, its input and output too."""
    return limits.memory_bytes - limits.memory_bytes // 8
