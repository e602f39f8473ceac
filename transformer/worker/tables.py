"""Reference tables in a worker: mapped when the host passes them, looked into without asking anybody.

The host says in the head of a turn which tables there are for it, and which ones will not be asked for again. A table that
became another version is another table under the same name: code sees it from the next turn on. What a mapping costs the worker
is address space; its pages are those that every other worker has.

The guest imports this file: besides the standard library it may use orjson and cdbx only.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from transformer.wire.tables import Table, TableError
from transformer.worker.artefacts import map_shared, receive, unmap

__all__ = ["Tables"]


class Tables:
    """The tables that a worker has mapped, by their digests; and those of the turn, by their names."""

    def __init__(self) -> None:
        self._mapped: dict[str, Table | TableError] = {}
        self._current: dict[str, Table | TableError] = {}

    def take(self, told: Mapping[str, Any]) -> None:
        """Map the table that the host passes. One that is broken is told to who looks into it. Raises OSError."""
        (descriptor,) = receive(1)
        try:
            self._mapped[told["digest"]] = Table(descriptor, _memory(descriptor, told["size"]))
        except TableError as broken:
            self._mapped[told["digest"]] = broken
        finally:
            os.close(descriptor)

    def start(self, names: Mapping[str, str], over: Sequence[str] = ()) -> None:
        """A turn begins: which table each name stands for in it. What is `over` is let go."""
        self._current = {name: self._mapped[digest] for name, digest in names.items()}
        for digest in over:
            self._mapped.pop(digest, None)

    def find(self, name: str) -> Table | None:
        """The table of that name, if the turn has one. Raises TableError: it is broken."""
        found = self._current.get(name)
        if isinstance(found, TableError):
            raise TableError(str(found))
        return found


def _memory(descriptor: int, size: int) -> Any:
    """The file mapped, until nobody looks into it any more."""
    address = map_shared(descriptor, size)
    kind: Any = type("_Memory", (ctypes.c_char * size,), {"close": lambda _: None})
    memory = kind.from_address(address)
    weakref.finalize(memory, unmap, address, size)
    return memory
