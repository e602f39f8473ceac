"""What a check of code finds.

The guest imports this file: it may use the standard library only, and what the project shares between both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from transformer.errors import Problem
from transformer.uses import Use

__all__ = ["EntryPoint", "Imported", "Report"]

EntryPoint = Literal["transformEvent", "transformBatch"]


@dataclass(frozen=True, slots=True)
class Imported:
    """An import, as the code writes it."""

    module: str
    names: tuple[str, ...] = ()
    """What is taken from it, by the names that it has there; those that have none there, by the ones that they get here."""

    offered: bool = False
    """Whether every program may import the module, without any library."""


@dataclass(slots=True)
class Report:
    """What a check found. Broken code has problems and no entry point."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    entry_point: EntryPoint | None = None
    uses_metadata: bool = True
    uses: list[Use] = field(default_factory=list)
    """What the code asks its host for, as far as reading it tells."""
    imports: list[Imported] | None = None
    """What a loose check was told of: in the order of the code. None: it was another one, or the code cannot be read."""
