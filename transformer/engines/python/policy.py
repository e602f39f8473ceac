"""Proves a program harmless by its names, and writes guards only where a name cannot decide.

RestrictedPython refuses every kind of statement that it does not know, and so does this; what differs is what becomes of the
rest.

Left out, and why nothing escapes by it:
    subscripts, iteration, unpacking     hand over what an object holds as data. No object that user code can reach holds a
                                         dangerous one as data: modules are frozen, exceptions keep theirs in attributes,
                                         closures and frames have no items.
    calls                                whatever can be called was reached by an attribute or a name, and those were proven.
    augmented assignment                 calls a dunder method of the left value. Those of builtin types touch their own value
                                         only, and which ones a user's class may define is a reviewed list.
    attribute loads of harmless names    the lists in names.py cover every attribute of every builtin type that leads to frames,
                                         code, globals or classes; no user class can answer for another name (`__getattr__` is
                                         not definable).
    names with one underscore            are only names: every guard's name has a blank in it, and what Python itself reads from
                                         a namespace is spelled `__x__`.
Kept:
    names and attributes                 `__x__` and the lists in names.py, wherever the grammar lets a name stand: attributes,
                                         variables, arguments (positional-only ones too, CVE-2026-55830), imports, except-as,
                                         walrus, match captures and class patterns, global and nonlocal, keywords, type
                                         parameters.
    attribute stores and deletions       a guard: only objects and classes made in the sandbox, never one of the host.
    attributes with one underscore       a guard: only on objects of the sandbox, where nothing of the host lives.
    the names in GUARDED                 a guard, because only the value tells.
    except*                              refused (CVE-2025-22153), as is everything asynchronous and every template string.
    texts of unknown values              a guard on f-strings, `%`, str() and repr(), so that no address leaves (text.py).
"""

# ruff: noqa: N802 - the visitor protocol names its methods after nodes
from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from transformer.engines.naming import no_library
from transformer.engines.python.guards import GUARD
from transformer.engines.python.names import ABSENT_BUILTINS, DEFINABLE, GUARDED, NAMED_TUPLE, READABLE, forbidden, is_dunder
from transformer.engines.python.patterns import PatternPolicy
from transformer.engines.python.refusals import RefusingPolicy
from transformer.errors import Problem

__all__ = ["Policy"]

_TEXT_OF: Final = {-1: GUARD.HARMLESS, ord("s"): GUARD.SPELLED, ord("r"): GUARD.QUOTED, ord("a"): GUARD.ASCII}


class Policy(PatternPolicy, RefusingPolicy):
    """Checks one tree and rewrites it in place. `problems` is everything wrong with it; none means that it may be run."""

    def __init__(
        self,
        modules: Collection[str],
        exports: Mapping[str, Collection[str]],
        libraries: Collection[str] = (),
        *,
        loose: bool = False,
    ) -> None:
        """Nothing visited yet. `libraries` are the names of all that could be imported, for messages.

        `loose`: any module may be imported, and the code is not to be run.
        """
        super().__init__()
        self.problems: list[Problem] = []
        self.imported: set[str] = set()
        self._modules = modules
        self._exports = exports
        self._libraries = libraries
        self._loose = loose
        self._in_class_body = False
        self._spellings: list[ast.Name] = []
        self._bound: set[str] = set()
        self._loaded: dict[str, ast.AST] = {}

    # What is wrong, and where.

    def error(self, node: ast.AST, info: str) -> None:
        """Note a problem at the node's place."""
        self.problems.append(self.problem(node, info))

    @staticmethod
    def problem(node: ast.AST, info: str) -> Problem:
        """A problem at the node's place."""
        return Problem(info, getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1)

    def not_allowed(self, node: ast.AST) -> None:
        """Note that this kind of statement is refused."""
        self.error(node, f"{type(node).__name__} statements are not allowed.")

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        """Check a name at a place where it is bound or read."""
        if name and is_dunder(name) and not (self._in_class_body and allow_magic_methods and name in DEFINABLE):
            self.error(node, self._dunder_text(name))
        elif name and self._in_class_body and (why := forbidden(name)):
            self.error(node, f'"{name}" is a restricted name: {why}; choose another one.')

    def _dunder_text(self, name: str) -> str:
        if name == "__import__":
            return '"__import__" is not allowed: write an import statement.'
        if self._in_class_body:
            return f'"{name}" is not allowed: a class here cannot define it; leave it out.'
        return f'"{name}" is not allowed: names like "__x__" belong to Python; choose another one.'

    def finish(self) -> None:
        """Do what needs the whole tree: refuse names that code neither gets nor defines, guard `str` where it is Python's."""
        for name, node in self._loaded.items():
            if name not in self._bound and name in ABSENT_BUILTINS:
                self.error(node, f"{name}() is not available: {ABSENT_BUILTINS[name]}.")
        if "str" not in self._bound:  # only now is it known that no variable is called so
            for each in self._spellings:
                each.id = GUARD.SPELLED
        self.problems.sort(key=lambda problem: (problem.line, problem.column))

    def unknown_names(self, known: Collection[str]) -> list[tuple[str, ast.AST]]:
        """Names that are read but neither bound anywhere nor known."""
        return [
            (n, at) for n, at in self._loaded.items() if n not in self._bound and n not in known and n not in ABSENT_BUILTINS
        ]

    def loaded(self, name: str) -> ast.AST | None:
        """Where a builtin of this name is first read, or None."""
        return None if name in self._bound else self._loaded.get(name)

    def bind(self, node: ast.AST, name: str | None) -> None:
        """Check a name that the node binds, and remember it."""
        self.check_name(node, name)
        if name:
            self._bound.add(name)

    # Names.

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Check a variable."""
        if isinstance(node.ctx, ast.Load):
            self._loaded.setdefault(node.id, node)
            if node.id != "__name__":
                self.check_name(node, node.id, allow_magic_methods=True)
        else:
            self.check_name(node, node.id, allow_magic_methods=True)
            self._bound.add(node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """Check the names of `global`."""
        for name in node.names:
            self.bind(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        """Check the names of `nonlocal`: it rebinds variables of the user's own functions only."""
        for name in node.names:
            self.bind(node, name)
        return node

    def visit_arg(self, node: ast.arg) -> Any:
        """Check the name of an argument, of every kind."""
        outer, self._in_class_body = self._in_class_body, False
        self.bind(node, node.arg)
        self._in_class_body = outer
        return self.node_contents_visit(node)

    def visit_keyword(self, node: ast.keyword) -> Any:
        """Check the name of a keyword in a call."""
        if node.arg and is_dunder(node.arg):
            self.check_name(node, node.arg)
        return self.node_contents_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        """Check the name after `as`."""
        self.bind(node, node.name)
        return self.node_contents_visit(node)

    def check_function_argument_names(self, node: ast.AST) -> None:
        """Nothing: visit_arg sees every argument, with its own place."""

    # Attributes.

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Prove the name of an attribute, or put a guard before it."""
        name, load = node.attr, isinstance(node.ctx, ast.Load)
        node = self.node_contents_visit(node)
        if why := forbidden(name):
            self.error(node, f'"{name}" is a restricted name: {why}; code has no use for it.')
        elif is_dunder(name):
            return self._dunder_attribute(node, load)
        elif name.startswith("_"):
            node.value = self._guarded(GUARD.PRIVATE, node.value)
            if name in NAMED_TUPLE and not load:
                self.error(node, f'"{name}" cannot be set: it belongs to named tuples; choose another name.')
        elif not load:
            node.value = self._guarded(GUARD.STORE, node.value)
        elif name in GUARDED:
            return self._guarded(GUARD.ATTRIBUTE, node.value, ast.Constant(name), at=node)
        return node

    def _dunder_attribute(self, node: ast.Attribute, load: bool) -> ast.AST:
        name = node.attr
        if load and name in READABLE:
            return self._guarded(GUARD.NAME_OF if name == "__name__" else GUARD.CLASS_OF, node.value, at=node)
        if load and name in DEFINABLE:
            return self._guarded(GUARD.DUNDER, node.value, ast.Constant(name), at=node)
        what = "attributes like" if load else "code cannot set attributes like"
        self.error(node, f'"{name}" is not allowed: {what} "__x__" belong to Python; find a way without it.')
        return node

    def _guarded(self, guard: str, *args: ast.expr, at: ast.expr | None = None) -> ast.Call:
        place = at or args[0]
        name = ast.copy_location(ast.Name(guard, ast.Load()), place)
        for constant in args[1:]:
            if not hasattr(constant, "lineno"):
                ast.copy_location(constant, place)
        return ast.copy_location(ast.Call(name, list(args), []), place)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Allow `x += y` for names, items and attributes."""
        if isinstance(node.target, ast.Attribute) and node.target.attr in GUARDED:
            self.error(node, f'"{node.target.attr}" cannot be changed in place: write out the assignment.')
        node = self.node_contents_visit(node)
        if isinstance(node.op, ast.Mod) and not isinstance(node.value, ast.Constant):
            if isinstance(node.target, ast.Name):
                left = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
                made = self._guarded(GUARD.MODULO, left, node.value, at=node.value)
                return ast.copy_location(ast.Assign([node.target], made), node)
            node.value = self._guarded(GUARD.OPERAND, node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """Allow items and slices."""
        return self.node_contents_visit(node)

    # Text.

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Allow operators; `%` is watched where it may write text of an unknown value."""
        node = self.node_contents_visit(node)
        text = isinstance(node.op, ast.Mod) and not isinstance(node.right, ast.Constant)
        if text and not (isinstance(node.left, ast.Constant) and isinstance(node.left.value, (int, float))):
            return self._guarded(GUARD.MODULO, node.left, node.right, at=node)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        """Allow values in f-strings; those without a format of their own show their text without addresses."""
        node = self.node_contents_visit(node)
        fixed = (
            isinstance(node.format_spec, ast.JoinedStr)
            and bool(node.format_spec.values)
            and all(isinstance(part, ast.Constant) for part in node.format_spec.values)
        )
        if isinstance(node.value, (ast.Constant, ast.JoinedStr)) or (fixed and node.conversion == -1):
            return node  # object.__format__ refuses every written format, and a type's own has no address
        node.value = self._guarded(_TEXT_OF[node.conversion], node.value)
        node.conversion = -1
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """Allow calls; `str(x)` goes to the guard, while `str` alone stays the type."""
        if isinstance(node.func, ast.Name) and node.func.id == "str" and len(node.args) == 1 and not node.keywords:
            if not isinstance(node.args[0], ast.Starred):
                self._spelling(node.func)
            node.args = [self.visit(node.args[0])]
            return node
        node = self.node_contents_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "map" and node.args:
            node.args[0] = self._spelling(node.args[0])
        for keyword in node.keywords:
            if keyword.arg in {"key", "default"}:
                keyword.value = self._spelling(keyword.value)
        return node

    def _spelling(self, function: ast.expr) -> ast.expr:
        """Remember a `str` that is called, or handed over to be called: `finish` puts the guard in its place."""
        if isinstance(function, ast.Name) and function.id == "str":
            self._spellings.append(function)
        return function

    # Functions and classes.

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Check the name of a function; a class may define the dunder methods on the list."""
        self.check_name(node, node.name, allow_magic_methods=True)
        self._bound.add(node.name)
        return self._scope(node, class_body=False)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """Allow lambda."""
        return self._scope(node, class_body=False)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Check a class: its name, no metaclass or other keywords."""
        self.bind(node, node.name)
        for keyword in node.keywords:
            self.error(node, f'class {node.name}: the keyword "{keyword.arg}" is not allowed; leave it out.')
        return self._scope(node, class_body=True)

    def _scope(self, node: Any, *, class_body: bool) -> Any:
        outer, self._in_class_body = self._in_class_body, class_body
        node = self.node_contents_visit(node)
        self._in_class_body = outer
        return node

    def guard_iter(self, node: ast.For | ast.comprehension) -> Any:
        """Allow loops and comprehensions; only asynchronous ones are refused."""
        if getattr(node, "is_async", 0):
            self.refuse_async(node.target)
        return self.node_contents_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Allow assignments, unpacking included."""
        return self.node_contents_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """Allow annotated assignments."""
        return self.node_contents_visit(node)

    def visit_With(self, node: ast.With) -> Any:
        """Allow `with`."""
        return self.node_contents_visit(node)

    def visit_Module(self, node: ast.Module) -> Any:
        """Visit everything; there is no print collector here."""
        return self.node_contents_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        """Refuse, with what to do instead."""
        self._bound.add(node.name)
        self.refuse_async(node)
        return node

    # Imports.

    def visit_Import(self, node: ast.Import) -> Any:
        """Check `import a.b as c`."""
        for alias in node.names:
            self._check_module(node, alias.name)
            self.bind(node, alias.asname or alias.name.partition(".")[0])
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        """Check `from a import b as c`, the names included."""
        if node.level:
            self.error(node, "Relative imports are not allowed.")
            return node
        known = self._check_module(node, node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.error(node, '"*" imports are not allowed: name what you need.')
                continue
            self.bind(node, alias.asname or alias.name)
            if known and alias.name not in (names := self._exports[node.module or ""]):
                there = f"; there are {', '.join(sorted(names))}" if f"{node.module}".startswith("library.") else ""
                wrong = f"Import of '{alias.name}' from '{node.module}' is not allowed: the name is non-importable here{there}."
                self.error(node, wrong)
        return node

    def _check_module(self, node: ast.AST, name: str) -> bool:
        if getattr(node, "is_lazy", 0):
            self.error(node, "Lazy imports are not allowed: leave out `lazy`.")
        if name in self._modules:
            self.imported.add(name)
            return True
        if self._loose:
            return False
        if name.partition(".")[0] == "library" or get_close_matches(name, self._libraries, 1):
            self.error(node, no_library(name, self._libraries))
            return False
        may = ", ".join(sorted(filter(_worth_naming, self._modules)))
        self.error(node, f"Import of '{name}' is not allowed. Modules that may be imported: {may}.")
        return False


def _worth_naming(module: str) -> bool:
    """Whether a list for readers names this module: not what only Python's own syntax imports, nor the parts of requests."""
    return "_" not in module and not module.startswith(("requests.", "urllib3."))
