"""The parsers and their questions, made once, when this module is imported: in the zygote, while there still are files.

Parsing itself opens nothing and starts nothing. A question (tree-sitter's query) finds nodes in C, however deep they are;
nothing here recurses, so no source is too deep to be read.
"""

from __future__ import annotations

from typing import Final

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

__all__ = ["JAVASCRIPT_GRAMMAR", "TYPESCRIPT_GRAMMAR", "Grammar"]


_MOST_BROKEN: Final = 32 * 1024
"""Bytes of a source that does not fit the grammar and is still searched: to search one large ERROR takes tree-sitter quadratic
time, half a second for so many. Of a longer one V8 tells its first problem, and the statements of the top level are read."""


class Grammar:
    """A language as tree-sitter reads it. `question` names the nodes that its reader asks for."""

    def __init__(self, language: object, question: str) -> None:
        known = Language(language)
        self._parser = Parser(known)
        self._question = Query(known, question)
        self._trouble = Query(known, "(ERROR) @error (MISSING) @missing")

    def parse(self, data: bytes) -> Tree:
        """The tree of a source. Never raises for bad code: what does not fit is ERROR or MISSING in the tree."""
        return self._parser.parse(data)

    def find(self, tree: Tree) -> dict[str, list[Node]]:
        """The nodes that the question names, each list in the order of the source."""
        return QueryCursor(self._question).captures(tree.root_node) if _searchable(tree) else {}

    def trouble(self, tree: Tree) -> list[Node]:
        """What does not fit the grammar, in the order of the source."""
        if not tree.root_node.has_error or not _searchable(tree):
            return []
        found = QueryCursor(self._trouble).captures(tree.root_node)
        nodes = [node for nodes in found.values() for node in nodes]
        return sorted(nodes, key=lambda node: node.start_byte)


def _searchable(tree: Tree) -> bool:
    return not tree.root_node.has_error or tree.root_node.end_byte <= _MOST_BROKEN


JAVASCRIPT_GRAMMAR: Final = Grammar(
    tree_sitter_javascript.language(),
    """
    (call_expression function: (import)) @import
    (call_expression function: (identifier) @require (#eq? @require "require"))
    (meta_property "import") @meta
    (await_expression) @await
    (for_in_statement "await" @await_for)
    (decorator) @decorator
    [(jsx_element) (jsx_self_closing_element)] @jsx
    (binary_expression
      left: (binary_expression operator: "<") operator: ">" right: [(parenthesized_expression) (template_string)]) @compared
    [(function_declaration) (function_expression) (arrow_function) (method_definition)
     (generator_function) (generator_function_declaration) (class_static_block)] @function
    """,
)

TYPESCRIPT_GRAMMAR: Final = Grammar(
    tree_sitter_typescript.language_typescript(),
    """
    (function_signature) @signature
    [(interface_declaration) (type_alias_declaration) (ambient_declaration)
     (abstract_method_signature) (method_signature) (index_signature)] @whole
    [(type_annotation) (type_predicate_annotation) (asserts_annotation)
     (type_parameters) (type_arguments) (implements_clause)] @blank
    (abstract_class_declaration "abstract" @blank)
    (variable_declarator "!" @blank)
    (non_null_expression "!" @blank)
    [(as_expression) (satisfies_expression)] @as
    (call_expression function: [(as_expression) (satisfies_expression)] @split)
    (subscript_expression object: [(as_expression) (satisfies_expression)] @split)
    [(lookup_type) (array_type)] @indexed
    (formal_parameters) @parameters
    (public_field_definition) @member
    (method_definition) @member
    (arrow_function [type_parameters: (_) return_type: (_)]) @arrow
    (import_statement) @import
    (export_statement) @export
    (enum_declaration) @enum
    [(internal_module) (module)] @namespace
    (import_alias) @alias
    (type_assertion) @cast
    (decorator) @decorator
    """,
)
