"""Takes the module syntax out of a program, as blanks, and finds what it defines: V8 is given a script.

V8's modules cannot be reached through the bridge. So `export` is blanked, default exports become a constant, and imports are
blanked, too: whoever loads the code binds their names around it. `import()` and `require` are refused, although they might
never be reached: better said when the code is published.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Node, Tree

from transformer.engines.javascript.grammar import JAVASCRIPT_GRAMMAR
from transformer.engines.javascript.source_text import Edit, SourceText
from transformer.engines.javascript.typescript import DECORATOR
from transformer.errors import Problem

__all__ = ["Binding", "Import", "Module", "read_module"]

_AWAIT: Final = "await works in async functions only, not at the top level: move it into an async transformEvent."
_DYNAMIC: Final = (
    "import() and require() do not exist here: write `import { name } from 'library'` at the top level. "
    "URL, TextEncoder, crypto and the other globals are there without an import."
)
_META: Final = "import.meta does not exist here: the code has no file and no address."
_JSX: Final = "JSX is not JavaScript: write the calls or the text that it stands for."
_UNNAMED: Final = "The default export has no name: write `export function transformEvent(event, metadata)` instead."
_NO_NAME: Final = "What is imported needs a plain name here: letters, digits, `_` and `$`, no digit first."
_IDENTIFIER: Final = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_EVERYTHING: Final = "`export *` is not supported: name what you export, as in `export { name } from 'library'`."
_COMMONJS: Final = "module.exports and exports do not exist here: write `export` before the function instead."
_COMPARED: Final = "`<` and `>` compare here: if this is meant as a type argument, leave it away."

_FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "class_declaration",
        "function_expression",
        "arrow_function",
        "generator_function",
        "class",
    }
)
_COMMONJS_TARGET: Final = re.compile(r"(?:module\s*\.\s*)?exports\b")
_ESCAPE: Final = re.compile(r"\\u(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{4}))")
_NAME: Final = re.compile(r"[\w$]+")


@dataclass(frozen=True, slots=True)
class Binding:
    """A name at the top level and the function that it stands for, where reading alone can tell."""

    name: str
    function: Node | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """An import of a library, as it is written: its local names, and for each what it is called there, "*" for everything."""

    library: str
    names: tuple[tuple[str, str], ...]
    byte: int


@dataclass(slots=True)
class Module:
    """What reading the program found. Expressions may be evaluated after the code, in its scope."""

    code: str = ""
    is_module: bool = False
    has_jsx: bool = False
    has_unnamed_default: bool = False
    exports: dict[str, str] = field(default_factory=dict)
    """Exported names, and the expression for each."""
    bindings: dict[str, Binding] = field(default_factory=dict)
    """Names of the top level. One that is bound more than once has no function."""
    imports: list[Import] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def read_module(text: SourceText, tree: Tree) -> Module:
    """What `text` exports and defines, with its module syntax blanked."""
    reader = _Reader(text)
    for statement in tree.root_node.children:
        reader.statement(statement)
    reader.everywhere(JAVASCRIPT_GRAMMAR.find(tree))
    reader.module.code = text.blanked(reader.edits)
    return reader.module


class _Reader:
    def __init__(self, text: SourceText) -> None:
        self._text = text
        self.module = Module()
        self.edits: list[Edit] = []

    def statement(self, node: Node) -> None:
        """A statement of the top level."""
        kind = node.type
        if kind == "import_statement":
            self.module.is_module = True
            self._import(node)
            self._blank(node, first=";")
        elif kind == "export_statement":
            self.module.is_module = True
            self._export(node)
        elif kind == "hash_bang_line":
            self._blank(node)
        elif kind == "expression_statement":
            self._assignment(node)
        else:
            self._declaration(node)

    def everywhere(self, found: dict[str, list[Node]]) -> None:
        """What is refused or noted wherever it stands."""
        required = [] if "require" in self.module.bindings else found.get("require", [])
        for node in [*found.get("import", []), *required]:
            self._refuse(node, _DYNAMIC)
        for node in found.get("meta", []):
            self._refuse(node, _META)
            self._blank(node, first="this")
        for node in found.get("decorator", []):
            self._refuse(node, DECORATOR)
            self._blank(node)
        for node in found.get("jsx", [])[:1]:
            self.module.has_jsx = True
            self._refuse(node, _JSX)
        self.module.warnings += [self._text.problem(node.start_byte, _COMPARED) for node in found.get("compared", [])]
        self._awaits([*found.get("await", []), *found.get("await_for", [])], _Functions(found.get("function", [])))

    def _awaits(self, nodes: list[Node], functions: _Functions) -> None:
        for node in nodes:
            if node.start_byte not in functions:
                self._refuse(node, _AWAIT)
                self._blank(node.children[0] if node.children else node)

    def _export(self, node: Node) -> None:
        keywords = [child for child in node.children if child.type in {"export", "default"}]
        declared, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if node.child_by_field_name("source"):
            self._export_from(node)
            self._blank(node, first=";")
        elif declared:
            for keyword in keywords:
                self._blank(keyword)
            for name in self._declaration(declared):
                self.module.exports[name] = name
        elif value:
            self._default(keywords, value)
        else:
            self._clause(node)
            self._blank(node, first=";")

    def _import(self, node: Node) -> None:
        """`import … from "library"`: what is bound to what."""
        names: list[tuple[str, str]] = []
        clause = next((child for child in node.children if child.type == "import_clause"), None)
        for part in clause.named_children if clause else []:
            if part.type == "identifier":
                names.append((self._name(part), "default"))
            elif part.type == "namespace_import":
                names += [(self._name(name), "*") for name in part.named_children]
            else:
                names += [(local, name) for name, local in self._specifiers(part, "import_specifier")]
        for local, _ in names:
            self._record(local, None)
            if not _IDENTIFIER.fullmatch(local):
                self._refuse(node, _NO_NAME)
        self._add_import(node, names)

    def _export_from(self, node: Node) -> None:
        """`export { name } from "library"`: imported under a name that nobody uses, and exported."""
        clause = next((child for child in node.children if child.type == "export_clause"), None)
        names: list[tuple[str, str]] = []
        for name, outer in self._specifiers(clause, "export_specifier") if clause else []:
            local = self._unused_name("_r", len(self.module.exports))
            names.append((local, name))
            self.module.exports[outer] = local
        if clause is None:
            self._refuse(node, _EVERYTHING)
        else:
            self._add_import(node, names)

    def _specifiers(self, clause: Node, kind: str) -> list[tuple[str, str]]:
        """The names between braces: each as it is called there, and here."""
        found = []
        for part in clause.named_children:
            name = part.child_by_field_name("name")
            if part.type == kind and name:
                found.append((self._name(name), self._name(part.child_by_field_name("alias") or name)))
        return found

    def _add_import(self, node: Node, names: list[tuple[str, str]]) -> None:
        source = node.child_by_field_name("source")
        if source is not None:
            self.module.imports.append(Import(self._name(source), tuple(names), node.start_byte))

    def _clause(self, node: Node) -> None:
        clause = next((child for child in node.children if child.type == "export_clause"), None)
        for name, outer in self._specifiers(clause, "export_specifier") if clause else []:
            self.module.exports[outer] = name

    def _default(self, keywords: list[Node], value: Node) -> None:
        """`export default value`: the words become a constant that holds it."""
        if value.type in {"function_expression", "generator_function", "class"}:
            for keyword in keywords:
                self._blank(keyword)
            self.module.has_unnamed_default = True
            if value.has_error:
                return
            self._refuse(value, _UNNAMED)
            self._blank(value, first=";")
            return
        constant = self._unused_name("_d")
        self.edits.append(Edit(keywords[0].start_byte, keywords[0].end_byte, first="const "))
        self.edits.append(Edit(keywords[-1].start_byte, keywords[-1].end_byte, first=f"{constant}="))
        self.module.exports["default"] = constant
        if value.type == "identifier":
            self.module.exports[self._name(value)] = self._name(value)
        for part in value.named_children if value.type == "object" else []:
            key = (
                part
                if part.type == "shorthand_property_identifier"
                else part.child_by_field_name("key" if part.type == "pair" else "name")
            )
            if key is not None:
                name = self._name(key)
                self.module.exports[name] = f"{constant}.{name}"

    def _unused_name(self, prefix: str, first: int = 0) -> str:
        return next(name for at in range(first, 10**4) if (name := f"{prefix}{at:04}") not in self._text.text)

    def _assignment(self, node: Node) -> None:
        """`name = value` of sloppy code, and CommonJS."""
        assigned = node.named_children[0] if node.named_children else node
        left = assigned.child_by_field_name("left") if assigned.type == "assignment_expression" else None
        if left is None:
            return
        if left.type == "identifier":
            self._bind(left, assigned.child_by_field_name("right"))
        elif left.type == "member_expression" and _COMMONJS_TARGET.match(self._of(left)):
            top = self._of(left).partition(".")[0].strip()
            if top not in self.module.bindings:
                self._refuse(node, _COMMONJS)

    def _declaration(self, node: Node) -> list[str]:
        """Bind what a declaration declares; its names."""
        if node.type in _FUNCTIONS:
            name = node.child_by_field_name("name")
            return self._bind(name, node) if name else []
        names: list[str] = []
        for each in node.named_children if node.type in {"lexical_declaration", "variable_declaration"} else []:
            name = each.child_by_field_name("name")
            if name and name.type == "identifier":
                names += self._bind(name, each.child_by_field_name("value"))
            elif name:
                names += [word for word in _NAME.findall(self._of(name)) if self._record(word, None)]
        return names

    def _bind(self, name: Node, value: Node | None) -> list[str]:
        text = self._name(name)
        self._record(text, value if value and value.type in _FUNCTIONS else None)
        return [text]

    def _record(self, name: str, function: Node | None) -> bool:
        self.module.bindings[name] = Binding(name, None if name in self.module.bindings else function)
        return True

    def _of(self, node: Node) -> str:
        return self._text.between(node.start_byte, node.end_byte)

    def _name(self, node: Node) -> str:
        """The name that an identifier, or a string in its place, means."""
        return _ESCAPE.sub(_character, self._of(node).strip("\"'"))

    def _refuse(self, node: Node, message: str) -> None:
        self.module.problems.append(self._text.problem(node.start_byte, message))

    def _blank(self, node: Node, first: str = "") -> None:
        self.edits.append(Edit(node.start_byte, node.end_byte, first))


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]


class _Functions:
    """The stretches of a source that are inside of functions."""

    def __init__(self, nodes: list[Node]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((node.start_byte, node.end_byte) for node in nodes):
            if not self._ends or start >= self._ends[-1]:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, byte: int) -> bool:
        at = bisect_right(self._starts, byte) - 1
        return at >= 0 and byte < self._ends[at]
