"""Libraries as Python code imports them: `from library.pii.v1 import redact`, or by the handle of a workspace's own.

Every program has its own instances, with globals of their own, so nothing that it does to one can be seen by another; only
compiled code is kept from one program to the next. Two libraries of a program may import two versions of a third.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from transformer.engines.base import Library, LoadError
from transformer.engines.python.entry import ENTRY_POINTS, bound_at_top
from transformer.engines.python.explain import explain
from transformer.engines.python.frozen import FrozenModule, make_module
from transformer.engines.python.natives import opened
from transformer.engines.python.program import execute
from transformer.errors import Problem

__all__ = ["Examined", "Loaded", "direct", "importable", "load", "module_name"]


@dataclass(frozen=True, slots=True)
class Examined:
    """Code that the policy let pass, and what it imports."""

    code: CodeType
    imported: frozenset[str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Libraries of one program: the modules that its own code may import, and the globals of each by the library's name."""

    modules: Mapping[str, FrozenModule]
    spaces: Sequence[tuple[dict[str, object], str]]


def module_name(library: str) -> str:
    """How Python imports the library of this name."""
    return library.replace("/", ".")


def direct(libraries: Sequence[Library]) -> list[Library]:
    """Those that the program itself imports."""
    return [library for library in libraries if library.direct]


def needed(library: Library, libraries: Sequence[Library]) -> list[Library]:
    """Those that a library imports."""
    by_hash = {each.hash: each for each in libraries}
    return [by_hash[of] for of in library.imports.values()]


def importable(libraries: Sequence[Library]) -> dict[str, Collection[str]]:
    """What may be imported from each of these, by reading alone: modules, and their names."""
    return {module_name(library.name): _names(library) for library in libraries}


_known_names: Final[dict[str, frozenset[str]]] = {}
_MOST_KNOWN: Final = 200


def _names(library: Library) -> frozenset[str]:
    found = _known_names.get(library.hash)
    if found is None:
        try:
            bound = set(bound_at_top(ast.parse(library.source).body))
        except (SyntaxError, ValueError, RecursionError, MemoryError):  # loading it will tell
            bound = set()
        found = frozenset(_handed_out(library, bound))
        if len(_known_names) >= _MOST_KNOWN:
            _known_names.clear()
        _known_names[library.hash] = found
    return found


def _handed_out(library: Library, bound: Collection[str]) -> Iterator[str]:
    chosen = bound if library.exports is None else {*library.exports, *ENTRY_POINTS}
    return (name for name in bound if name in chosen and not name.startswith("_"))


def load(
    libraries: Sequence[Library],
    shelf: Mapping[str, FrozenModule],
    examine: Callable[[Library, Sequence[Library]], Examined],
    make_space: Callable[[Library, Mapping[str, FrozenModule]], dict[str, object]],
    context: Context | None,
) -> Loaded:
    """Run the module-level code of the libraries of one program, those that others import first.

    `examine(library, its own libraries)` compiles one, `make_space(library, what it may import)` gives it globals.

    Raises:
        LoadError: one cannot be loaded; the message names it.
    """
    spaces: list[tuple[dict[str, object], str]] = []
    made: dict[str, FrozenModule] = {}

    def module(library: Library) -> FrozenModule:
        if library.hash not in made:
            inner = needed(library, libraries)
            code = examine(library, inner).code
            modules = {**shelf, **packages({each.name: module(each) for each in inner}), **opened(library.natives)}
            space = make_space(library, modules)
            spaces.append((space, library.name))
            _run(library, code, space, spaces, context)
            name = module_name(library.name)
            made[library.hash] = make_module(name, {each: space[each] for each in _handed_out(library, tuple(space))})
        return made[library.hash]

    own = {library.name: module(library) for library in direct(libraries)}
    return Loaded(packages(own), spaces)


def _run(
    library: Library,
    code: CodeType,
    space: dict[str, object],
    spaces: Sequence[tuple[dict[str, Any], str]],
    context: Context | None,
) -> None:
    try:
        execute(code, space, context)
    except BaseException as raised:  # noqa: BLE001 - its code may raise anything
        what = explain(raised, space, spaces)
        line = f", line {what.place.line}" if what.place else ""
        told = f"{what.message} (while {library.name} was loaded{line})"
        raise LoadError([Problem(told)]) from None


def packages(modules: Mapping[str, FrozenModule]) -> dict[str, FrozenModule]:
    """The modules by the names that Python imports them by, and the packages around them, which `import a.b.c` gives."""
    found: dict[str, FrozenModule] = {}
    inside: dict[str, dict[str, FrozenModule]] = {}
    for name, module in modules.items():
        path = module_name(name)
        found[path] = module
        while "." in path:
            path, _, last = path.rpartition(".")
            inside.setdefault(path, {})[last] = module
            module = found.setdefault(path, make_module(path, {}))  # noqa: PLW2901 - the package around it is the next
    for path, contents in inside.items():
        for name, module in contents.items():
            object.__setattr__(found[path], name, module)
    return found
