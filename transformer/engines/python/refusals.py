"""The part of the policy for kinds of statements that are refused whole, with what to write instead."""

# ruff: noqa: N802 - the visitor protocol names its methods after nodes
from __future__ import annotations

import ast
from typing import Any, Final

from RestrictedPython.transformer import RestrictingNodeTransformer

__all__ = ["RefusingPolicy"]

_NO_ASYNC: Final = "async code is not supported: write a plain function (def, for, with); events of a batch are run for you."


class RefusingPolicy(RestrictingNodeTransformer):
    """Visits them, and nothing in them."""

    def refuse_async(self, node: ast.AST) -> None:
        """Note that the node is asynchronous."""
        self.error(node, _NO_ASYNC)

    def visit_Await(self, node: ast.Await) -> Any:
        """Refuse."""
        self.refuse_async(node)
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> Any:
        """Refuse."""
        self.refuse_async(node)
        return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> Any:
        """Refuse."""
        self.refuse_async(node)
        return node

    def visit_TryStar(self, node: ast.AST) -> Any:
        """Refuse: groups let code confuse the interpreter about types (CVE-2025-22153)."""
        self.error(node, "except* is not supported: use except.")
        return node

    def visit_TemplateStr(self, node: ast.AST) -> Any:
        """Refuse: the parts of a template string carry values and their source."""
        self.error(node, "Template strings are not supported: use an f-string.")
        return node

    def visit_Interpolation(self, node: ast.AST) -> Any:
        """Refuse, as the template string around it."""
        return self.visit_TemplateStr(node)
