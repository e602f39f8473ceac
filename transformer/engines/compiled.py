"""What an engine offers more, whose sources are binaries: compiling them, and loading what that made.

The guest imports this file: it may use the standard library only, and what the project shares between both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from transformer.engines.base import Engine, Host, Program
from transformer.engines.report import Report

__all__ = ["Artefact", "BinaryEngine", "Compiled"]


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a binary. `artefact` is None where the report has problems."""

    report: Report
    artefact: bytes | bytearray | memoryview | None = None


@dataclass(frozen=True, slots=True)
class Artefact:
    """A compiled binary as a worker gets it, in memory that it shares with others and cannot change."""

    view: memoryview
    """All of it; not to be kept after loading."""

    address: int
    """Where the view lies."""

    path: str = ""
    """A name under which the native library may open it, during loading only, so that it maps the pages instead of copying
    them; "" where there is none."""


class BinaryEngine(Engine, Protocol):
    """An engine whose sources are binaries: compiled once, in a worker that does nothing else, loaded in many.

    On the host, such a source is canonical base64 text; `check` and `load` take that, too, and serve to try the engine.
    """

    def fingerprint(self) -> str:
        """Everything besides the binary that an artefact depends on: versions, configuration, the processor's features.

        Asked once, in the zygote. An artefact of another fingerprint is never loaded.
        """
        ...

    def compile(self, binary: memoryview, name: str) -> Compiled:
        """Look at a binary as `check` does, and compile it. Never raises for bad ones: the report says what is wrong."""
        ...

    def load_artefact(self, artefact: Artefact, name: str, host: Host) -> Program:
        """As `load`, from what `compile` made. Nothing is proven about it: a worker made it that had read the binary.

        Raises:
            LoadError: it cannot be loaded.
        """
        ...
