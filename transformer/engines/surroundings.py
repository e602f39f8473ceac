"""What code is checked with, and what of that it is loaded with: libraries.

The guest imports this file: it may use the standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["ALONE", "Library", "Surroundings"]


@dataclass(frozen=True, slots=True)
class Library:
    """Code that other code imports, at one exact version."""

    name: str
    """For people and for imports: "library/pii/v1" for a shipped one, the handle of a workspace's own."""

    hash: str
    """Of all that decides what it does, its own imports included."""

    source: str

    exports: tuple[str, ...] | None = None
    """What may be imported from it, beside its entry points; None: whatever it defines at its top level."""

    parameters: str = "{}"
    """JSON of an object: what its code reads as `parameters`."""

    natives: tuple[str, ...] = ()
    """The native modules that it may import. Shipped libraries only."""

    imports: Mapping[str, str] = field(default_factory=dict)
    """The libraries that it imports: the hash of each, by name."""

    direct: bool = False
    """Whether the program itself imports it; else only another library does."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is to be known of code that is checked. By default it is a program that imports no libraries."""

    libraries: tuple[Library, ...] = ()
    """Those that it may import, with what they import."""

    known: Sequence[str] = ()
    """The names of all libraries that there are, for the message about one that there is not."""

    library: bool = False
    """Whether it is a library itself, and may do without an entry point."""

    loose: bool = False
    """Whether it may import anything, and the report is to tell what. Such code is not to be run."""

    legacy: bool = False
    """Whether it was written for an older service: see `Host.legacy`."""


ALONE: Final = Surroundings()
