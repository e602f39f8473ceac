"""Proves of code that no number it can make is a NaN or an infinity: then nobody has to look for them in its outputs.

An event holds none, since JSON has no word for them. So they come from something in the code: a literal, arithmetic that
overflows, a function or a class that makes floats of other things. Code in which nothing is written that could do so has no
value that is one, whatever it does with the others. Everything that is not on the lists here is doubted, and doubt costs no
more than the look at each output.

What may be written leads to no other values than those of JSON, texts, bytes, containers, times, functions, exceptions, classes
of the code's own, and what the modules below hand out. Of all their attributes only two and dunder methods can make such a
number of others.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable
from typing import Any, Final

from transformer.engines.python.builtins import NAMES
from transformer.engines.python.names import is_dunder

__all__ = ["makes_only_finite"]

_MODULES: Final = frozenset(
    {
        *("__future__", "base64", "collections", "collections.abc", "copy", "datetime", "functools", "hashlib", "hmac", "html"),
        *("re", "string", "textwrap", "time", "typing", "unicodedata", "urllib", "urllib.parse", "uuid"),
    }
)
_DOUBTED: Final = frozenset(
    {"complex", "divmod", "fetch", "float", "geolocation", "getCredential", "kv", "lookup", "pow", "sum", "type"}
)
"""Builtins that make such numbers, bring some from elsewhere, or lead to the classes that make them."""
_DOUBTED_ATTRIBUTES: Final = frozenset({"Counter", "fromhex"})
"""The same of the values that may be there: a Counter adds up, and every float has `fromhex`."""
_SMALL: Final = 1e200
"""So far below the largest float that adding it to one changes nothing."""


def makes_only_finite(source: str) -> bool:
    """Whether that is certain of code that the policy has accepted."""
    with warnings.catch_warnings(action="ignore"):  # they are in the report
        tree = ast.parse(source)
    compared = {id(each) for node in ast.walk(tree) for each in _only_compared(node)}
    return all(id(node) in compared or _LOOKS.get(type(node), _harmless)(node) for node in ast.walk(tree))


def _only_compared(node: ast.AST) -> list[ast.expr]:
    """The types in `isinstance(value, types)`: nothing calls them there."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance" and len(node.args) == 2:
        types = node.args[1]
        return types.elts if isinstance(types, ast.Tuple) else [types]
    return []


def _harmless(_node: ast.AST) -> bool:
    return True


def _is_own(name: str | None) -> bool:
    """Whether a name may be bound: what a builtin is called is to stay what it is."""
    return name not in NAMES


def _name(node: ast.Name) -> bool:
    return node.id not in _DOUBTED if isinstance(node.ctx, ast.Load) else _is_own(node.id)


def _import(node: ast.Import | ast.ImportFrom) -> bool:
    names = [alias.name for alias in node.names]
    modules = [node.module] if isinstance(node, ast.ImportFrom) else names
    bound = all(_is_own(alias.asname or alias.name) for alias in node.names)
    return bound and _MODULES.issuperset(modules) and _DOUBTED_ATTRIBUTES.isdisjoint(names)


def _constant(node: ast.Constant) -> bool:
    return not isinstance(node.value, complex) and (not isinstance(node.value, float) or math.isfinite(node.value))


def _stays_finite(operator: ast.operator, left: ast.expr | None, right: ast.expr) -> bool:
    """Whether two finite numbers give a finite one, if they are numbers at all."""
    if isinstance(operator, (ast.Mod, ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)):
        return True
    if isinstance(operator, (ast.Add, ast.Sub)):
        return any(_is_small(each) or _is_text(each) for each in (left, right))
    if isinstance(operator, ast.Mult):
        return any(_size(each) <= 1 or _is_text(each) for each in (left, right))
    if isinstance(operator, (ast.Div, ast.FloorDiv)):
        return 1 <= _size(right) <= _SMALL
    return isinstance(operator, ast.Pow) and _size(left) <= 1000 and _size(right) <= 60


def _size(node: ast.expr | None) -> float:
    """How large a number is that is written out; infinite for everything else."""
    value = node.value if isinstance(node, ast.Constant) else None
    return abs(value) if isinstance(value, (int, float)) else math.inf


def _is_call_of(node: ast.expr | None, *names: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _is_small(node: ast.expr | None) -> bool:
    return _size(node) <= _SMALL or _is_call_of(node, "len", "ord")


def _is_text(node: ast.expr | None) -> bool:
    """Whether it is text, bytes or a list: what is added to it makes no number."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        if _is_text(node.right):
            return True
        node = node.left
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (str, bytes))
    return isinstance(node, (ast.JoinedStr, ast.List, ast.ListComp, ast.Tuple)) or _is_call_of(node, "str", "repr")


_LOOKS: Final[dict[type[ast.AST], Callable[[Any], bool]]] = {
    ast.Name: _name,
    ast.Attribute: lambda node: node.attr not in _DOUBTED_ATTRIBUTES and not is_dunder(node.attr),
    ast.Constant: _constant,
    ast.BinOp: lambda node: _stays_finite(node.op, node.left, node.right),
    ast.AugAssign: lambda node: _stays_finite(node.op, None, node.value),
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.FunctionDef: lambda node: _is_own(node.name),
    ast.ClassDef: lambda node: _is_own(node.name),
    ast.arg: lambda node: _is_own(node.arg),
    ast.ExceptHandler: lambda node: _is_own(node.name),
    ast.Match: lambda _node: False,
}
