"""Takes the types out of TypeScript, as blanks: what is left is JavaScript, at the same lines and columns.

Only what can be erased is TypeScript here, as in Node and with tsc's `erasableSyntaxOnly`: what would have to be translated
(enum, namespace, parameter properties …) is a problem that says what to write instead. Those parts are blanked too, so that
whoever reads on finds the other problems.

Where a line would run into the next one once a type is gone, a semicolon stands in the blanks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from tree_sitter import Node, Tree

from transformer.engines.javascript.grammar import TYPESCRIPT_GRAMMAR
from transformer.engines.javascript.source_text import Edit, SourceText, outermost
from transformer.errors import Problem

__all__ = ["DECORATOR", "erase_types"]

_ENUM: Final = "An enum is not only a type, so it cannot be erased: write `const Name = { A: 'a', B: 'b' } as const` instead."
_NAMESPACE: Final = (
    "A namespace with values in it cannot be erased: write its functions and constants at the top level instead."
)
_ALIAS: Final = "`import … = …` cannot be erased: write `const name = …` for a value, or `type Name = …` for a type."
_EXPORT_EQUALS: Final = "`export =` cannot be erased: write `export` before the function instead."
_CAST: Final = "A cast in angle brackets is not supported: write `value as Type` instead."
DECORATOR: Final = "Decorators are not supported: call the function yourself, as in `const decorated = decorator(original)`."
_PARAMETER_PROPERTY: Final = (
    "A parameter property cannot be erased: declare the field in the class, and write `this.name = name` in the constructor."
)
_SPLIT_TYPE: Final = "The type runs on into this line: put a semicolon at the end of the line before."

_NO_BODY: Final = "This function has no body: write { … } after its parameters, or leave it away."

_OVERLOADED: Final = frozenset({"function_signature", "function_declaration", "generator_function_declaration"})
_ONLY_TYPES: Final = frozenset({"interface_declaration", "type_alias_declaration", "ambient_declaration", "function_signature"})
_ERASED_MODIFIERS: Final = frozenset({"accessibility_modifier", "override_modifier", "readonly", "declare", "abstract"})
_PROPERTY_MODIFIERS: Final = frozenset({"accessibility_modifier", "override_modifier", "readonly"})


def erase_types(text: SourceText, tree: Tree) -> tuple[str, list[Problem]]:
    """JavaScript for the TypeScript in `text`, and what of it cannot be erased. No types, no change."""
    eraser = _Eraser(text)
    for name, nodes in TYPESCRIPT_GRAMMAR.find(tree).items():
        act = eraser.acts[name]
        for node in nodes:
            act(node)
    if not eraser.edits:
        return text.text, []
    return text.blanked([*eraser.edits, *eraser.signatures]), eraser.found()


class _Eraser:
    """What to do with each kind of node that the grammar's question names. The order of the nodes does not matter."""

    def __init__(self, text: SourceText) -> None:
        self._text = text
        self.edits: list[Edit] = []
        self.signatures: list[Edit] = []
        """Functions without a body. They prove nothing: most often a brace was forgotten."""
        self._problems: list[tuple[int, int, str]] = []
        self._splits: list[tuple[int, str]] = []
        self.acts: dict[str, Callable[[Node], None]] = {
            "signature": self._signature,
            "whole": self._whole,
            "blank": self._blank,
            "as": self._as,
            "split": self._split,
            "indexed": self._indexed,
            "parameters": self._parameters,
            "member": self._member,
            "arrow": self._arrow,
            "import": self._import,
            "export": self._export,
            "enum": lambda node: self._refuse(node, _ENUM),
            "namespace": self._namespace,
            "alias": lambda node: self._refuse(node, _ALIAS),
            "cast": self._cast,
            "decorator": lambda node: self._refuse(node, DECORATOR, first=""),
        }

    def found(self) -> list[Problem]:
        """The problems, but for those inside of something that is erased as a whole anyway."""
        erased = outermost(self.edits)
        starts = [edit.start for edit in erased]
        kept = []
        for start, end, message in sorted(self._problems):
            at = bisect_right(starts, start) - 1
            inside = at >= 0 and start < erased[at].end and (erased[at].start < start or end < erased[at].end)
            if not inside:
                kept.append((start, message))
        return [self._text.problem(*each) for each in [*kept, *self._splits]]

    def _whole(self, node: Node) -> None:
        """A statement or a class member: a semicolon keeps its neighbours apart."""
        self._blank(node, first=";")

    def _as(self, node: Node, first: str = "") -> None:
        """`value as Type`: the value stays."""
        keyword = next(child for child in node.children if child.type in {"as", "satisfies"})
        self.edits.append(Edit(keyword.start_byte, node.end_byte, first))

    def _signature(self, node: Node) -> None:
        self.signatures.append(Edit(node.start_byte, node.end_byte, ";"))
        holder = node.parent if node.parent and node.parent.type == "export_statement" else node
        following = holder.next_named_sibling
        while following and following.type == "comment":
            following = following.next_named_sibling
        if following and following.type == "export_statement":
            following = following.child_by_field_name("declaration")
        if following is None or following.type not in _OVERLOADED:
            self._problems.append((node.start_byte, node.end_byte, _NO_BODY))

    def _split(self, node: Node) -> None:
        """`a as B`, and the next line begins with a bracket: for TypeScript, another statement."""
        self._as(node, ";")

    def _indexed(self, node: Node) -> None:
        """A type and its `[`, which TypeScript wants in the same line."""
        bracket = next((child for child in node.children if child.type == "["), None)
        if bracket and bracket.prev_sibling and bracket.prev_sibling.end_point.row < bracket.start_point.row:
            self._splits.append((bracket.start_byte, _SPLIT_TYPE))

    def _parameters(self, node: Node) -> None:
        children = node.children
        for at, parameter in enumerate(children):
            if parameter.type not in {"required_parameter", "optional_parameter"}:
                continue
            pattern = parameter.child_by_field_name("pattern")
            if pattern and pattern.type == "this":
                comma = children[at + 1] if at + 1 < len(children) and children[at + 1].type == "," else parameter
                self.edits.append(Edit(parameter.start_byte, comma.end_byte))
                continue
            for part in parameter.children:
                if part.type in _PROPERTY_MODIFIERS:
                    self._refuse(part, _PARAMETER_PROPERTY, first="")
                elif part.type == "?":
                    self._blank(part)

    def _member(self, node: Node) -> None:
        """A field or a method: modifiers and marks go; one that stood first leaves a semicolon for the member before."""
        parts = node.children
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if any(part.type in {"declare", "abstract"} for part in parts):
            self._blank(node, first=";")
            return
        ends = node.type == "public_field_definition" and value is None  # `get: T` and a method in the next line
        for part in parts:
            before = name is None or part.start_byte < name.start_byte
            if before and part.type in _ERASED_MODIFIERS:
                self._blank(part, first=";" if part == parts[0] else "")
            elif not before and part.type in {"?", "!", "type_annotation"}:
                self._blank(part, first=";" if ends else "")
                ends = False

    def _arrow(self, node: Node) -> None:
        """No line may end before the `(` and the `=>` of an arrow function: brackets move to where no line ends."""
        parameters = node.child_by_field_name("parameters")
        types, returns = node.child_by_field_name("type_parameters"), node.child_by_field_name("return_type")
        if parameters is None:
            return
        if types and types.start_point.row < parameters.start_point.row:
            self._blank(types, first="(")
            self.edits.append(Edit(parameters.start_byte, parameters.start_byte + 1))
        if returns and parameters.end_point.row < returns.end_point.row:
            self.edits.append(Edit(parameters.end_byte - 1, parameters.end_byte))
            self._blank(returns, last=")")

    def _import(self, node: Node) -> None:
        if _imports_types(node):
            self._blank(node, first=";")
        elif any(child.type == "import_require_clause" for child in node.children):
            self._refuse(node, _ALIAS)
        else:
            clause = next((child for child in node.children if child.type == "import_clause"), None)
            named = next((child for child in clause.children if child.type == "named_imports"), None) if clause else None
            self._without_types(named.children if named else [])

    def _export(self, node: Node) -> None:
        kinds = [child.type for child in node.children]
        declared = node.child_by_field_name("declaration")
        if kinds[1:2] == ["type"] or kinds[1:2] == ["as"] or (declared and declared.type in _ONLY_TYPES):
            self._blank(node, first=";")
        elif "=" in kinds:
            self._refuse(node, _EXPORT_EQUALS)
        elif declared and declared.type in {"enum_declaration", "import_alias", "internal_module", "module"}:
            self._blank(node.children[0])
        else:
            self._export_names(node)

    def _export_names(self, node: Node) -> None:
        clause = next((child for child in node.children if child.type == "export_clause"), None)
        self._without_types(clause.children if clause else [])

    def _without_types(self, parts: list[Node]) -> None:
        """The names between braces: those of types go."""
        for at, part in enumerate(parts):
            if part.type in {"export_specifier", "import_specifier"} and part.children[0].type == "type":
                last = parts[at + 1] if parts[at + 1].type == "," else part
                self.edits.append(Edit(part.start_byte, last.end_byte))

    def _namespace(self, node: Node) -> None:
        if node.child_by_field_name("body") and not _only_types(node):
            self._refuse(node, _NAMESPACE)
        self._blank(node, first=";")

    def _cast(self, node: Node) -> None:
        self._refuse(node.children[0], _CAST, first="")

    def _blank(self, node: Node, *, first: str = "", last: str = "") -> None:
        self.edits.append(Edit(node.start_byte, node.end_byte, first, last))

    def _refuse(self, node: Node, message: str, first: str = ";") -> None:
        self._problems.append((node.start_byte, node.end_byte, message))
        self._blank(node, first=first)


def _imports_types(node: Node) -> bool:
    """Whether an import statement is gone once the types are."""
    if any(child.type in {"type", "typeof"} for child in node.children):
        return True
    clause = next((child for child in node.children if child.type == "import_clause"), None)
    if clause is None or any(child.type != "named_imports" for child in clause.children):
        return False
    named = [part for part in clause.children[0].children if part.type == "import_specifier"]
    return bool(named) and all(part.children[0].type == "type" for part in named)


def _only_types(namespace: Node) -> bool:
    """Whether everything in a namespace, and in those within it, is a type."""
    rest = [namespace]
    while rest:
        body = rest.pop().child_by_field_name("body")
        for statement in body.named_children if body else []:
            inner = statement.child_by_field_name("declaration") or statement
            if inner.type == "expression_statement" and inner.named_children:
                inner = inner.named_children[0]
            if inner.type in {"internal_module", "module"}:
                rest.append(inner)
            elif inner.type not in _ONLY_TYPES | {"comment"}:
                return False
    return True
