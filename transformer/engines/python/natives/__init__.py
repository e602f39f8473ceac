"""Native modules that libraries we ship may import as `natives.NAME`: what would be too slow, or too much, to write in Python.

One file for each; its `__all__` is what is handed out. The rule for a name to be on it: a function of plain data to plain data,
linear in what it is given, that keeps nothing which one program could change and another see, touches no file once it is
imported, and runs no text as code. It may hand out classes only if their public attributes hold to names.py.

They are imported in the zygote, before the lockdown, and only where a plan asks for one: workers of plain code stay as small as
they are (`spec.py`). User code cannot import them: only the host says that a library is one of ours (`Library.natives`).
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from typing import Final

from transformer.engines.python.frozen import FrozenModule, freeze

__all__ = ["NAMES", "open_all", "opened"]

NAMES: Final[tuple[str, ...]] = ("patterns", "scan", "sealing", "user_agent")
"""All of them. Keep it sorted."""

_opened: dict[str, FrozenModule] = {}


def open_all() -> None:
    """Import every one, while there still are files."""
    for name in NAMES:
        real = importlib.import_module(f"{__name__}.{name}")
        _opened[f"natives.{name}"] = freeze(f"natives.{name}", {each: getattr(real, each) for each in real.__all__}, real)


def opened(names: Collection[str]) -> Mapping[str, FrozenModule]:
    """Those of these that were opened in this process, by the name that a library imports."""
    return {f"natives.{name}": _opened[f"natives.{name}"] for name in names if f"natives.{name}" in _opened}
