"""Finds, by reading alone, what Python code asks its host for: hosts of URLs, tables, secrets, keys of kv, geolocation.

It follows what people write: constants, names that are bound once, f-strings and sums whose beginning is known, sessions kept
in a name or an attribute. What it cannot follow it says so, or passes over; the host decides when the call is made.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from transformer.uses import Use, host_of, joined

__all__ = ["find_uses"]

_VERBS: Final = frozenset({"get", "options", "head", "post", "put", "patch", "delete"})
_REQUESTS: Final = frozenset({"requests", "requests.api"})
_SESSIONS: Final = frozenset({"requests.Session", "requests.session", "requests.sessions.Session", "requests.sessions.session"})
_KEYED: Final = frozenset({"get", "set", "increment", "set_if_absent", "delete"})
_DEEPEST: Final = 20


def find_uses(tree: ast.Module) -> list[Use]:
    """What the program asks for, in the order of its lines."""
    return sorted(_Reader(tree).uses(), key=lambda use: (use.line, use.column))


class _Reader:
    """One program: what its names stand for, where that is certain."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._bound = Counter(_bound_names(self._nodes))
        self._paths: dict[str, str] = {}
        """Imported names: what they are, with dots."""
        self._values: dict[str, ast.expr] = {}
        self._session_names: set[str] = set()
        self._session_attributes: set[str] = set()
        self._session_classes: set[str] = set()
        for node in self._nodes:
            self._note_import(node)
        for node in self._nodes:
            self._note_value(node)
        for node in self._nodes:
            self._note_session(node)

    def uses(self) -> Iterator[Use]:
        """All that is found."""
        for node in self._nodes:
            if isinstance(node, ast.Call):
                yield from self._of_call(node)

    def _note_import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._paths[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self._paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def _note_value(self, node: ast.AST) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        value: Any = getattr(node, "value", None)
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and value is not None and self._bound[targets[0].id] == 1:
            self._values[targets[0].id] = value

    def _note_session(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef) and any(self._path(base) in _SESSIONS for base in node.bases):
            self._session_classes.add(node.name)
        pairs: list[tuple[Any, Any]] = []
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.withitem):
            pairs = [(node.optional_vars, node.context_expr)]
        for target, value in pairs:
            if isinstance(value, ast.Call) and self._makes_session(value):
                if isinstance(target, ast.Name):
                    self._session_names.add(target.id)
                elif isinstance(target, ast.Attribute):
                    self._session_attributes.add(target.attr)

    def _makes_session(self, call: ast.Call) -> bool:
        return self._path(call.func) in _SESSIONS or (isinstance(call.func, ast.Name) and call.func.id in self._session_classes)

    def _is_session(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            return self._makes_session(node)
        if isinstance(node, ast.Attribute):
            return node.attr in self._session_attributes
        return isinstance(node, ast.Name) and node.id in self._session_names

    def _path(self, node: ast.expr) -> str | None:
        """What an expression names, with dots, if imports tell; a name that nothing binds is a builtin's."""
        if isinstance(node, ast.Attribute):
            inner = self._path(node.value)
            return f"{inner}.{node.attr}" if inner else None
        if isinstance(node, ast.Name):
            if node.id in self._paths:
                return self._paths[node.id]
            return None if self._bound[node.id] else node.id
        return None

    def _of_call(self, call: ast.Call) -> Iterator[Use]:
        path = self._path(call.func)
        head, _, last = (path or "").rpartition(".")
        if path == "fetch" or (head in _REQUESTS and last in _VERBS):
            yield self._url(call, 0)
        elif (head in _REQUESTS and last == "request") or path in {"requests.Request", "requests.models.Request"}:
            yield self._url(call, 1)
        elif isinstance(call.func, ast.Attribute) and self._is_session(call.func.value) and call.func.attr in _VERBS:
            yield self._url(call, 0)
        elif isinstance(call.func, ast.Attribute) and self._is_session(call.func.value) and call.func.attr == "request":
            yield self._url(call, 1)
        elif path == "lookup":
            yield from self._named(call, "tables", "table")
        elif path == "getCredential":
            yield from self._named(call, "secrets", "")
        elif path == "geolocation":
            yield Use("geolocation", "", *_at(call))
        elif head == "kv":
            text, whole = self._text(_argument(call, 0, "key")) if last in _KEYED else ("", False)
            yield Use("kv", text, *_at(call), goes_on=not whole)

    def _url(self, call: ast.Call, position: int) -> Use:
        text, whole = self._text(_argument(call, position, "url"))
        return Use("hosts", host_of(text, whole=whole), *_at(call))

    def _named(self, call: ast.Call, kind: str, name: str) -> Iterator[Use]:
        given = _argument(call, 0, name)
        if given is None or (isinstance(given, ast.Constant) and not isinstance(given.value, str)):
            return  # it fails by itself, or there is nothing to ask for
        text, whole = self._text(given)
        if text or not whole:
            yield Use(kind, text if whole else None, *_at(call))

    def _text(self, node: ast.expr | None, depth: int = 0) -> tuple[str, bool]:
        """How the text of an expression begins, and whether that is all of it."""
        if depth > _DEEPEST:
            return "", False
        found: tuple[str, bool] = ("", False)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = node.value, True
        elif isinstance(node, ast.Name) and node.id in self._values:
            found = self._text(self._values[node.id], depth + 1)
        elif isinstance(node, ast.JoinedStr):
            found = self._joined(node.values, depth)
        elif isinstance(node, ast.FormattedValue) and node.format_spec is None and node.conversion == -1:
            found = self._text(node.value, depth + 1)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            found = self._joined([node.left, node.right], depth)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            found = self._text(node.left, depth + 1)[0].partition("%")[0], False
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            found = self._text(node.func.value, depth + 1)[0].partition("{")[0], False
        return found

    def _joined(self, parts: list[ast.expr], depth: int) -> tuple[str, bool]:
        return joined(parts, lambda part: self._text(part, depth + 1))


def _bound_names(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id  # twice: what it was before is not what it is after


def _argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    if len(call.args) > position and not any(isinstance(each, ast.Starred) for each in call.args[: position + 1]):
        return call.args[position]
    return next((each.value for each in call.keywords if each.arg == name and name), None)


def _at(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset + 1
