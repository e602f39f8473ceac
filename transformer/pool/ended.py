"""How a worker ended, in an operator's words. Classified once; everything else reads the class."""

from __future__ import annotations

import os
from dataclasses import dataclass
from signal import Signals
from typing import Final

from transformer.wire.frames import LOST_HOST

__all__ = [
    "BREACH",
    "CALLER_GONE",
    "CHECKED",
    "DRAINED",
    "EVENT",
    "HANGING_UP",
    "IDLE",
    "MEMORY",
    "RENEWED",
    "ROOM",
    "TURN",
    "WORN",
    "Ended",
]

# Why the host ends a worker: what comes after "killed for".
BREACH: Final = "breaking the protocol"
HANGING_UP: Final = "hanging up on its host"
EVENT: Final = "an event's time limit"
TURN: Final = "the batch's time limit"
CALLER_GONE: Final = "its caller going away"
CHECKED: Final = "having checked"
MEMORY: Final = "being worn out"
WORN: Final = "having run its turns"
IDLE: Final = "no longer being needed"
ROOM: Final = "its place being needed"
RENEWED: Final = "its zygote having been replaced"
DRAINED: Final = "the pool closing"

_CAUSES: Final = {
    BREACH: "protocol",
    HANGING_UP: "protocol",
    EVENT: "time",
    TURN: "time",
    CALLER_GONE: "caller_gone",
    CHECKED: "checked",
    MEMORY: "memory",
    WORN: "worn",
    IDLE: "idle",
    ROOM: "room",
    RENEWED: "renewed",
    DRAINED: "drain",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker's end: why we killed it ("" if we did not), and how the process itself ended.

    One of exit code and signal is set; neither where the zygote was lost and nobody could tell.
    """

    killed_for: str = ""
    exit_code: int | None = None
    signal: str | None = None

    @classmethod
    def of(cls, status: int | None, killed_for: str = "") -> Ended:
        """From a wait status; None where there is none because the zygote is gone."""
        if status is None:
            return cls(killed_for)
        code = os.waitstatus_to_exitcode(status)
        return cls(killed_for, None, Signals(-code).name) if code < 0 else cls(killed_for, code, None)

    @property
    def unchained(self) -> bool:
        """Whether it did what no code can do inside its sandbox: break the protocol, or close the socket to its host.

        Then nothing that it says can be believed, its progress mark included.
        """
        return self.killed_for in {BREACH, HANGING_UP} or self.exit_code == LOST_HOST

    @property
    def cause(self) -> str:
        """One of `watch.ENDINGS`."""
        if self.killed_for:
            return _CAUSES.get(self.killed_for, "crashed")
        if self.exit_code is None and self.signal is None:
            return "zygote"
        if self.unchained:
            return "protocol"
        return "outside" if self.signal == "SIGKILL" else "crashed"

    def __str__(self) -> str:
        if self.killed_for:
            return f"killed for {self.killed_for}"
        if self.signal:
            return f"ended by {self.signal}"
        return "lost" if self.exit_code is None else f"exited with code {self.exit_code}"
