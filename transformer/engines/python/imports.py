"""Reads what Python code imports, wherever in it the import stands."""

from __future__ import annotations

import ast
from collections.abc import Collection

from transformer.engines.base import Imported

__all__ = ["find_imports"]


def find_imports(tree: ast.Module, offered: Collection[str]) -> list[Imported]:
    """The imports in the order of the code. A relative one has its dots before the module; `offered` are known modules."""
    found: list[Imported] = []
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.Import):
            found += [Imported(alias.name, (), alias.name in offered) for alias in node.names]
        else:
            module = "." * node.level + (node.module or "")
            found.append(Imported(module, tuple(alias.name for alias in node.names), module in offered))
    return found
