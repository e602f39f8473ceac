"""Which code of a folder imports which of its libraries."""

from __future__ import annotations

from collections.abc import Mapping

from transformer.library.pins import named
from transformer.workspace.folder import Code

__all__ = ["imports", "in_order"]


def imports(code: Code, libraries: Mapping[str, Code]) -> list[str]:
    """The libraries of the folder that code may import, itself excepted."""
    found = dict.fromkeys(named(code.file.engine, code.file.source))
    return [
        one
        for one in found
        if one in libraries and libraries[one] is not code and libraries[one].file.engine == code.file.engine
    ]


def in_order(libraries: Mapping[str, Code]) -> tuple[list[str], list[str]]:
    """The libraries, each after those that it imports; and a sentence for each circle."""
    done: dict[str, None] = {}
    problems: list[str] = []

    def visit(one: str, path: tuple[str, ...]) -> None:
        if one in path:
            circle = " → ".join([*path[path.index(one) :], one])
            problems.append(f"{libraries[one].path}: libraries import each other in a circle: {circle}")
        elif one not in done:
            for inner in imports(libraries[one], libraries):
                visit(inner, (*path, one))
            done[one] = None

    for one in sorted(libraries):
        visit(one, ())
    return list(done), problems
