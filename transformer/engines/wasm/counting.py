"""The WebAssembly engine where fuel is counted: another engine than the one that is in a hurry, with artefacts of its own.

Fuel is counted by instructions that the compiler adds, so whether it is cannot be said turn by turn, only process by process:
where `event_fuel` is set, workers take this engine.
"""

from __future__ import annotations

from transformer.engines.wasm.engine import WasmEngine

__all__ = ["open_engine"]


def open_engine() -> WasmEngine:
    """As `engine.open_engine`."""
    return WasmEngine(fuel=True)
