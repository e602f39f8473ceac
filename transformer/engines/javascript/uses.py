"""Finds, by reading alone, what JavaScript asks its host for: hosts of URLs, tables, secrets, keys of kv, geolocation.

It follows what people write: literals, templates and sums whose beginning is known, names that are bound once. What it cannot
follow it says so, or passes over; the host decides when the call is made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node, Tree

from transformer.engines.javascript.source_text import SourceText
from transformer.uses import Use, host_of, joined

__all__ = ["find_uses"]

_FETCHES: Final = frozenset({"fetch", "fetchV2"})
_KEYED: Final = frozenset({"get", "set", "setIfAbsent", "increment", "delete"})
_BINDS: Final = frozenset({"variable_declarator", "function_declaration", "class_declaration"})
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_DEEPEST: Final = 20


def find_uses(text: SourceText, tree: Tree) -> list[Use]:
    """What a program asks for, in the order of its lines. `tree` is that of the text, which is right JavaScript."""
    return sorted(_Reader(text, tree).uses(), key=lambda use: (use.line, use.column))


class _Reader:
    """One program: what its names stand for, where that is certain."""

    def __init__(self, text: SourceText, tree: Tree) -> None:
        self._text = text
        self._nodes = list(_walk(tree.root_node))
        bound = [self._source(name) for node in self._nodes if (name := _bound(node)) is not None]
        self._bound = Counter(bound)
        self._values = {
            self._source(name): value
            for node in self._nodes
            if node.type == "variable_declarator"
            and (name := _bound(node)) is not None
            and (value := node.child_by_field_name("value")) is not None
            and self._bound[self._source(name)] == 1
        }

    def uses(self) -> Iterator[Use]:
        """All that is found."""
        for node in self._nodes:
            if node.type == "call_expression":
                yield from self._of_call(node)
            elif node.type == "new_expression" and self._is(node.child_by_field_name("constructor"), "Request"):
                yield self._url(node)

    def _of_call(self, call: Node) -> Iterator[Use]:
        function = call.child_by_field_name("function")
        if function is None:
            return
        if any(self._is(function, name) for name in _FETCHES):
            if not self._is_request(_argument(call)):
                yield self._url(call)
        elif self._is(function, "lookup"):
            yield from self._named(call, "tables")
        elif self._is(function, "getCredential"):
            yield from self._named(call, "secrets")
        elif self._is(function, "geolocation"):
            yield Use("geolocation", "", *self._at(call))
        elif function.type == "member_expression" and self._is(function.child_by_field_name("object"), "kv"):
            method = function.child_by_field_name("property")
            keyed = method is not None and self._source(method) in _KEYED
            key, whole = self._said(_argument(call)) if keyed else ("", False)
            yield Use("kv", key, *self._at(call), goes_on=not whole)

    def _is_request(self, node: Node | None) -> bool:
        """Whether it is a Request, whose URL is told where it is made."""
        if node is not None and node.type == "identifier":
            node = self._values.get(self._source(node))
        return (
            node is not None and node.type == "new_expression" and self._is(node.child_by_field_name("constructor"), "Request")
        )

    def _is(self, node: Node | None, name: str) -> bool:
        """Whether it is the global of this name."""
        return node is not None and node.type == "identifier" and self._source(node) == name and not self._bound[name]

    def _url(self, call: Node) -> Use:
        given = _argument(call)
        if given is not None and given.type == "new_expression" and self._is(given.child_by_field_name("constructor"), "URL"):
            given = _argument(given)
        url, whole = self._said(given)
        return Use("hosts", host_of(url, whole=whole), *self._at(call))

    def _named(self, call: Node, kind: str) -> Iterator[Use]:
        given = _argument(call)
        if given is None or given.type in {"number", "null", "undefined", "true", "false", "object", "array"}:
            return  # it fails by itself, or there is nothing to ask for
        name, whole = self._said(given)
        if name or not whole:
            yield Use(kind, name if whole else None, *self._at(call))

    def _said(self, node: Node | None, depth: int = 0) -> tuple[str, bool]:
        """How the text of an expression begins, and whether that is all of it."""
        found: tuple[str, bool] = ("", False)
        if node is None or depth > _DEEPEST:
            return found
        if node.type == "string":
            found = _unescaped(self._source(node)[1:-1]), True
        elif node.type in {"string_fragment", "escape_sequence"}:
            found = _unescaped(self._source(node)), True
        elif node.type == "template_string":
            found = self._joined(node.children[1:-1], depth)
        elif node.type in {"template_substitution", "parenthesized_expression"}:
            found = self._said(node.named_children[0] if node.named_children else None, depth + 1)
        elif node.type == "identifier" and self._source(node) in self._values:
            found = self._said(self._values[self._source(node)], depth + 1)
        elif node.type == "binary_expression" and self._source(node.children[1]) == "+":
            found = self._joined([node.children[0], node.children[2]], depth)
        return found

    def _joined(self, parts: list[Node], depth: int) -> tuple[str, bool]:
        return joined(parts, lambda part: self._said(part, depth + 1))

    def _source(self, node: Node) -> str:
        return self._text.between(node.start_byte, node.end_byte)

    def _at(self, node: Node) -> tuple[int, int]:
        return self._text.place(node.start_byte)


def _walk(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.named_children


def _bound(node: Node) -> Node | None:
    """The name that a node binds or changes, if it is one: patterns bind names that are passed over as unknown."""
    field = "name" if node.type in _BINDS else "left" if node.type.endswith("assignment_expression") else ""
    if field:
        name = node.child_by_field_name(field)
        return name if name is not None and name.type == "identifier" else None
    parent = node.parent
    if node.type == "identifier" and parent is not None:
        listed = parent.type in {"formal_parameters", "array_pattern", "rest_pattern", "assignment_pattern", "import_specifier"}
        single = parent.type == "arrow_function" and parent.child_by_field_name("parameter") == node
        return node if listed or single else None
    return node if node.type == "shorthand_property_identifier_pattern" else None


def _argument(call: Node) -> Node | None:
    """The first argument of a call."""
    listed = call.child_by_field_name("arguments")
    given = [each for each in listed.named_children if each.type != "comment"] if listed is not None else []
    return given[0] if given and given[0].type != "spread_element" else None


def _unescaped(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        number = found[1] or found[2] or found[3]
        if number:
            return chr(int(number, 16)) if int(number, 16) <= 0x10FFFF else ""
        return _SIMPLE.get(found[4], found[4])

    return _ESCAPE.sub(meant, text)
