"""The mapper.py of a destination and those that it imports from: read, not run; what they lack is told with file and line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from transformer.destinations.definition import Definition
from transformer.destinations.entries import Faults
from transformer.destinations.lines import Line
from transformer.mappers.imports import STANDARD

__all__ = ["functions_of", "sources_of"]

_OTHERS: Final = "destinations."
_OURS: Final = ("transformer.mappers", "__future__")


def functions_of(definition: Definition, faults: Faults) -> set[str]:
    """The names of the functions that mapper.py has or imports, at its top level."""
    tree = _tree(definition.mapper, _file(definition, definition.name), faults)
    found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    return found


def sources_of(definition: Definition, faults: Faults) -> tuple[tuple[str, str], ...]:
    """The definition's mapper.py behind those that it imports from, each once. A circle is refused."""
    found: dict[str, str] = {}

    def gather(name: str, source: str, path: tuple[str, ...]) -> None:
        file = _file(definition, name)
        tree = _tree(source, file, faults)
        for wrong, line in _foreign(tree):
            faults.tell(_line(file, line), f"mapper.py of {name}: {wrong} is not there in a worker: see docs/MAPPINGS.md")
        for node in _others(tree):
            other = str(node.module).removeprefix(_OTHERS)
            beside = _file(definition, other)
            if other in path or not beside.is_file():
                why = "imports in a circle" if other in path else f"there is no mapper.py of {other!r}"
                faults.tell(_line(file, node.lineno), f"mapper.py of {name}: {why}")
                continue
            if other not in found:
                gather(other, beside.read_text("utf-8"), (*path, other))
            known = _names(ast.parse(found.get(other, "")))
            for alias in node.names:
                if found.get(other) and alias.name not in known:
                    told = f"mapper.py of {name}: mapper.py of {other!r} has no {alias.name!r}"
                    faults.tell(_line(file, node.lineno), told)
        found[name] = source if tree.body else ""

    if definition.mapper:
        gather(definition.name, definition.mapper, (definition.name,))
    return tuple((name, source) for name, source in found.items() if source)


def _file(definition: Definition, name: str) -> Path:
    """Where a mapper.py is: that of a destination which extends another may be the other's."""
    own = definition.path.with_name("mapper.py")
    if name == definition.name and (own.is_file() or "extends" not in definition.words):
        return own
    return definition.path.parents[1] / (name if name != definition.name else str(definition.words["extends"])) / "mapper.py"


def _line(file: Path, number: int) -> Line:
    line = Line(number)
    line.file = str(file)
    return line


def _tree(source: str, file: Path, faults: Faults) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as wrong:
        faults.tell(_line(file, wrong.lineno or 1), wrong.msg)
    except (ValueError, RecursionError, MemoryError):
        faults.tell(_line(file, 1), "is no Python")
    return ast.Module([], [])


def _others(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(_OTHERS):
            yield node


def _foreign(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What is imported that no worker has, wherever that is; and other destinations, imported anywhere but at the top."""
    top = set(map(id, _others(tree)))
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or id(node) in top:
            continue
        for module in [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or "."]:
            if module not in STANDARD and not any(module == ours or module.startswith(f"{ours}.") for ours in _OURS):
                yield module, node.lineno


def _names(tree: ast.Module) -> set[str]:
    """What a module has at its top level."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return found
