"""What code may use. One frozen table: the host enforces some, the guest others, all are on by default.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JSON_DEPTH", "MAX_SECRET_BYTES", "Limits", "is_flat"]

_MIB = 1024 * 1024

JSON_DEPTH = 250
"""How deep an event may be nested, input or output. Not a setting: the JSON encoder (orjson) ends at 254."""

MAX_SECRET_BYTES = 64 * 1024
"""How long the value of a secret may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one turn. Times are wall-clock seconds, sizes are bytes."""

    event_seconds: float = 1.0
    """One event may run this long; then its worker is killed. Overshoot: up to an eighth of it (the host looks that often)."""

    turn_seconds: float = 10.0
    """One batch may run this long in total; then the events that have not run fail as retryable."""

    turn_wait_seconds: float = 0.0
    """One batch may wait this much longer for its host calls: what passes while all of it waits is not its own time."""

    memory_bytes: int = 128 * _MIB
    """What code may allocate beyond what the worker itself uses."""

    batch_kills: int = 4
    """One batch may cost this many workers; then the events that have not run fail as retryable."""

    batch_events: int = 5000
    """Events in one batch."""

    batch_bytes: int = 32 * _MIB
    """Payload bytes of one batch."""

    event_bytes: int = _MIB
    """Payload bytes of one event."""

    output_bytes: int = _MIB
    """Payload bytes of one output."""

    event_outputs: int = 1000
    """Outputs of one event, or per input event of a batch function."""

    batch_output_bytes: int = 64 * _MIB
    """Payload bytes of all outputs of one batch."""

    log_lines: int = 100
    """Lines that one event may log; more are counted, not kept."""

    log_bytes: int = 16 * 1024
    """Bytes that one event may log."""

    code_bytes: int = 256 * 1024
    """Bytes of one version's source, where it is text."""

    binary_bytes: int = 32 * _MIB
    """Bytes of one version's source, where it is a binary."""

    compile_seconds: float = 60.0
    """A binary may be compiled this long."""

    compile_bytes: int = 1024 * _MIB
    """What compiling a binary may allocate."""

    call_seconds: float = 5.0
    """One host call may take this long, all of it: redirects, a slow body. It is not the event's own time."""

    call_bytes: int = _MIB
    """Bytes that one host call may send."""

    reply_bytes: int = 4 * _MIB
    """Bytes that one host call may bring back."""

    calls_in_flight: int = 100
    """Host calls of one batch that may wait for their answers at once."""

    event_calls: int = 100
    """Host calls that one event may make; a batch function as many for each of its events."""

    batch_calls: int = 20_000
    """Host calls that one batch may make."""

    event_fuel: int = 0
    """WebAssembly: what one event may burn, about one for each instruction; 0: any amount, in its time. With fuel, a turn can
    be repeated exactly: clocks stand still, and randomness is the same sequence for every event."""

    def as_dict(self) -> dict[str, int | float]:
        """The table as plain numbers, for a frame."""
        return {name: getattr(self, name) for name in self.__slots__}  # asdict copies deeply: 20 times the cost, in every turn


def is_flat(text: bytes) -> bool:
    """Whether JSON cannot be nested deeper than JSON_DEPTH, by a look at its brackets alone: what is not flat may be deep.

    To take the brackets out and see what is left costs half of counting them.
    """
    return 2 * len(text) - len(text.replace(b"{", b"")) - len(text.replace(b"[", b"")) <= JSON_DEPTH
