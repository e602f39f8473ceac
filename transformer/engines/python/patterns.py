"""The part of the policy for `match` and for type parameters: names that stand in patterns, and what patterns read.

A class pattern reads attributes by name, so its names are held to the lists; positions cannot read anything that a class does
not name in `__match_args__`, which no user class may define. Python allows no call in a pattern, so no guard can stand in one
either: what would need a guard is refused there.
"""

# ruff: noqa: N802 - the visitor protocol names its methods after nodes
from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer

from transformer.engines.python.names import GUARDED, forbidden

__all__ = ["PatternPolicy"]


class PatternPolicy(RestrictingNodeTransformer):
    """Visits patterns and type parameters."""

    @abstractmethod
    def bind(self, node: ast.AST, name: str | None) -> None:
        """Check a name that the node binds, and remember it."""

    def visit_Match(self, node: ast.Match) -> Any:
        """Allow `match`."""
        return self.node_contents_visit(node)

    def visit_match_case(self, node: ast.match_case) -> Any:
        """Allow a case."""
        return self.node_contents_visit(node)

    def visit_MatchSingleton(self, node: ast.MatchSingleton) -> Any:
        """Allow None, True and False."""
        return self.node_contents_visit(node)

    def visit_MatchSequence(self, node: ast.MatchSequence) -> Any:
        """Allow sequences."""
        return self.node_contents_visit(node)

    def visit_MatchOr(self, node: ast.MatchOr) -> Any:
        """Allow alternatives."""
        return self.node_contents_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> Any:
        """Check the name after `**`."""
        self.bind(node, node.rest)
        return self.node_contents_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> Any:
        """Check a captured name."""
        self.bind(node, node.name)
        return node

    def visit_MatchAs(self, node: ast.MatchAs) -> Any:
        """Check a captured name."""
        self.bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> Any:
        """Check the attribute names of a class pattern."""
        for name in node.kwd_attrs:
            if name.startswith("_") or name in GUARDED or forbidden(name):
                why = forbidden(name) or GUARDED.get(name) or "attributes with an underscore cannot be matched"
                self.error(node, f'"{name}" is a restricted name in a class pattern: {why}; read it in the case instead.')
        self._check_pattern_path(node.cls)
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self.visit(pattern) for pattern in node.kwd_patterns]
        return node

    def visit_MatchValue(self, node: ast.MatchValue) -> Any:
        """Check a constant or a dotted name."""
        if isinstance(node.value, ast.Attribute):
            self._check_pattern_path(node.value)
        else:
            node.value = self.visit(node.value)
        return node

    def _check_pattern_path(self, path: ast.expr) -> None:
        """Check a dotted name in a pattern: Python allows no call there, so no guard can stand in it."""
        while isinstance(path, ast.Attribute):
            if path.attr.startswith("_") or path.attr in GUARDED or forbidden(path.attr):
                self.error(path, f'"{path.attr}" is not allowed in a pattern: compare in the case instead.')
            path = path.value
        self.visit(path)

    # Type parameters (Python 3.12 and later): names, and expressions like any other.

    def visit_TypeVar(self, node: Any) -> Any:
        """Check the name of a type parameter."""
        self.bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_ParamSpec(self, node: Any) -> Any:
        """Check the name of a type parameter."""
        self.bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_TypeVarTuple(self, node: Any) -> Any:
        """Check the name of a type parameter."""
        self.bind(node, node.name)
        return self.node_contents_visit(node)

    def visit_TypeAlias(self, node: Any) -> Any:
        """Allow `type X = …`; its name is a variable like any other."""
        return self.node_contents_visit(node)
