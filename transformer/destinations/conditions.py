"""Conditions of a mapping: small expressions over paths, compiled to Python.

    properties.revenue > 0 and settings.trackRevenue
    present($email) or event in ["Sign Up", "Log In"]
    lower(context.device.type) == "ios"

There are `and`, `or`, `not`, comparisons (`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`), texts, numbers, lists, `true`,
`false`, `null`, paths, standard fields (`$email`), and the functions below. Comparing what cannot be compared is false.
"""

from __future__ import annotations

import ast
import re
from keyword import kwlist
from typing import Final

from transformer.destinations.literals import LiteralError, literal
from transformer.destinations.scope import Scope
from transformer.mappers.fields import FIELDS

__all__ = ["FUNCTIONS", "ConditionError", "compile_condition"]

FUNCTIONS: Final = {
    "present": "the value is there: neither null nor an empty text",
    "absent": "it is not",
    "lower": "its text in small letters",
    "text": "its text",
    "number": "the number that it spells, or null",
    "is_object": "it is an object",
    "is_list": "it is a list",
    "is_text": "it is a text",
    "is_number": "it is a number",
}
_COMPARISONS: Final = {ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in"}
_ORDERS: Final = {ast.Lt: "less", ast.LtE: "at_most", ast.Gt: "more", ast.GtE: "at_least"}
_SIGNS: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\$(?P<field>\w+)|(?P<up>\^\.)""")
"""What Python does not know, but for what stands in quotes."""
_KEYWORD: Final = re.compile(rf"\.({'|'.join(kwlist)})\b")
_FIELD_PREFIX: Final = "field__"
_UP_PREFIX: Final = "outer__"
_WORDS: Final = {"true": "True", "false": "False", "null": "None"}


class ConditionError(ValueError):
    """A condition cannot be understood."""


def compile_condition(text: str, scope: Scope) -> str:
    """The Python expression of a condition; its value is to be taken for true or false. Raises ConditionError."""
    try:
        tree = ast.parse(_SIGNS.sub(_prepared, text).strip(), mode="eval")
        return _Compiler(text, scope).expression(tree.body)
    except ConditionError:
        raise
    except LiteralError as wrong:
        raise ConditionError(f"{text!r}: {wrong}") from None
    except (SyntaxError, ValueError):
        word = _KEYWORD.search(text)
        hint = f"; write [{word[1]!r}] instead of .{word[1]}" if word else ""
        raise ConditionError(f"{text!r} is no condition{hint}") from None
    except (RecursionError, MemoryError):
        raise ConditionError("has too many parts within parts") from None


def _prepared(sign: re.Match[str]) -> str:
    if sign["field"]:
        return _FIELD_PREFIX + sign["field"]
    return f"{_UP_PREFIX}." if sign["up"] else sign[0]


class _Compiler:
    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope

    def expression(self, node: ast.expr) -> str:  # noqa: PLR0911 - one for each kind of node
        match node:
            case ast.BoolOp(op, values):
                word = " and " if isinstance(op, ast.And) else " or "
                return "(" + word.join(map(self.expression, values)) + ")"
            case ast.UnaryOp(ast.Not(), operand):
                return f"(not {self.expression(operand)})"
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
                return literal(-value)
            case ast.Compare(left, [operator], [right]):
                return self._compared(left, operator, right)
            case ast.Constant(str() | int() | float() as value):
                return literal(value)
            case ast.List(elements) | ast.Tuple(elements):
                return f"[{', '.join(map(self.expression, elements))}]"
            case ast.Call(ast.Name(name), arguments, []):
                return self._called(name, arguments)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self._path(node)
            case _:
                raise ConditionError(f"{self._text!r}: only comparisons, and, or, not, paths and plain values")

    def _called(self, name: str, arguments: list[ast.expr]) -> str:
        if name not in FUNCTIONS:
            raise ConditionError(f"unknown function {name!r} in {self._text!r}; known: {', '.join(FUNCTIONS)}")
        if len(arguments) != 1:
            raise ConditionError(f"{self._text!r}: {name} takes one value")
        value = self.expression(arguments[0])
        match name:
            case "present":
                return f"((c := {value}) is not None and c != '')"
            case "absent":
                return f"((c := {value}) is None or c == '')"
            case _:
                return f"{name}({value})"

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
        first, second = self.expression(left), self.expression(right)
        if type(operator) in _COMPARISONS:
            word = _COMPARISONS[type(operator)]
            if word.endswith("in") and not isinstance(right, (ast.List, ast.Tuple)):
                return f"({'not ' if word == 'not in' else ''}among({first}, {second}))"
            return f"({first} {word} {second})"
        if type(operator) in _ORDERS:
            return f"{_ORDERS[type(operator)]}({first}, {second})"
        raise ConditionError(f"{self._text!r}: a comparison that is not known")

    def _path(self, node: ast.expr) -> str:
        parts: list[str] = []
        while True:
            match node:
                case ast.Attribute(inner, name):
                    parts.insert(0, name)
                    node = inner
                case ast.Subscript(inner, ast.Constant(str() | int() as key)):
                    parts.insert(0, str(key))
                    node = inner
                case ast.Name(name):
                    parts.insert(0, name)
                    break
                case _:
                    raise ConditionError(f"{self._text!r}: a path is names with points between them")
        if len(parts) == 1 and parts[0] in _WORDS:
            return _WORDS[parts[0]]
        if parts[0] == _UP_PREFIX:
            parts[0] = "^"
        if len(parts) == 1 and parts[0].startswith(_FIELD_PREFIX):
            name = parts[0].removeprefix(_FIELD_PREFIX)
            if name not in FIELDS:
                raise ConditionError(f"unknown field ${name}; known: {', '.join(FIELDS)}")
            return f"field(event, {name!r})"
        return self._scope.read(parts)
