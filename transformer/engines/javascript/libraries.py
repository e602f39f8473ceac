"""Libraries as JavaScript imports them: `import { redact } from "@library/pii/v1"`, or by the handle of a workspace's own.

Each runs in the context of the program that imports it, and in no other one: whatever a program does to it, or to the language
around it, it does to itself. Only what reading found is kept from one program to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from transformer.engines.base import Library, LoadError
from transformer.engines.javascript.modules import Import
from transformer.engines.javascript.syntax import ENTRY_POINTS, Around, Prepared, prepare
from transformer.errors import Problem

__all__ = ["PreparedLibrary", "bindings", "exported", "prepare_libraries", "written"]

_MOST_KNOWN: Final = 100
_known: Final[dict[str, Prepared]] = {}


@dataclass(frozen=True, slots=True)
class PreparedLibrary:
    """A library as V8 is to run it. `needs` are the keys of those that it imports, by how it writes them."""

    name: str
    key: str
    prepared: Prepared
    parameters: str
    direct: bool
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def written(self) -> str:
        """How code imports it."""
        return written(self.name)

    def bind(self, imports: Sequence[Import]) -> list[tuple[str, str, str]]:
        """What its own imports bind."""
        return bindings(imports, self.needs)


def written(name: str) -> str:
    """How JavaScript imports the library of this name."""
    return f"@{name}" if name.startswith("library/") else name


def bindings(imports: Sequence[Import], keys: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Local name, key of the library and name there, for each imported name."""
    return [(local, keys[each.library], name) for each in imports for local, name in each.names]


def exported(libraries: Sequence[Library]) -> dict[str, Collection[str]]:
    """What code may import from each of those that it imports itself, by how it writes them."""
    return {written(each.name): _exports(each, libraries) for each in libraries if each.direct}


def prepare_libraries(libraries: Sequence[Library]) -> list[PreparedLibrary]:
    """All libraries of a program, those that others import first. Raises LoadError, naming the library."""
    by_hash = {each.hash: each for each in libraries}
    done: dict[str, PreparedLibrary] = {}

    def take(library: Library) -> None:
        if library.hash in done:
            return
        for of in library.imports.values():
            take(by_hash[of])
        prepared = _prepared(library, libraries)
        if prepared.problems:
            first = prepared.problems[0]
            raise LoadError([Problem(f"{library.name}, line {first.line}: {first.message}")])
        needs = {written(name): of for name, of in library.imports.items()}
        done[library.hash] = PreparedLibrary(library.name, library.hash, prepared, library.parameters, library.direct, needs)

    for each in libraries:
        take(each)
    return list(done.values())


def _exports(library: Library, libraries: Sequence[Library]) -> Collection[str]:
    found = _prepared(library, libraries).exports
    if library.exports is None:
        return found
    chosen = {*library.exports, *ENTRY_POINTS}
    return [name for name in found if name in chosen]


def _prepared(library: Library, libraries: Sequence[Library]) -> Prepared:
    found = _known.get(library.hash)
    if found is None:
        by_hash = {each.hash: each for each in libraries}
        inner = {written(name): _exports(by_hash[of], libraries) for name, of in library.imports.items()}
        found = prepare(library.source, Around(inner, library=True))
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[library.hash] = found
    return found
