"""Conditions over events, such as `type == "track" and properties.price > 10`: compiled once, without running any code.

    or  and  not            also written || && !
    == != < <= > >=         numbers with numbers, text with text; all else is unequal and never less
    in [a, b]  not in       contains  startsWith  endsWith  like ("Order*")
    lower(x)  length(x)  exists(x)
    "text"  'text'  12.5  true  false  null  [list]        properties.price  products[].sku  **.email  (paths/v1)

A path that leads to many places makes a comparison true if any of them does. An absent value is null. Alone, a value counts as
true unless it is null, false, 0, or empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from library.names.v1 import matcher
from library.paths.v1 import finder

_NAME = r"(?:[^\W\d]|[$@])(?:[\w$@-]|\\.)*"
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    rf"|(?P<path>(?:\*\*?\.)*{_NAME}(?:\.(?:\*\*?|[\w$@-](?:[\w$@-]|\\.)*)|\[(?:\*|-?\d+|\"(?:[^\"\\]|\\.)*\")?\])*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[<>!()\[\],])"
    r")",
    re.DOTALL,
)
_SIGNS = {"&&": "and", "||": "or", "!": "not"}
_WORDS = frozenset({"and", "or", "not", "in", "contains", "startsWith", "endsWith", "like", "true", "false", "null"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "contains", "startsWith", "endsWith", "like"})
_DEEPEST = 50

Values = Callable[[Any], list[Any]]


def condition(text: str, name: str = "when") -> Callable[[Any], bool]:
    """A function that says whether the condition holds for an event.

    Raises:
        ValueError: it is no condition; the message names the parameter and the character.
    """
    return _Parser(text, name).whole()


def holds(event: Any, text: str) -> bool:
    """Whether the condition holds for the event."""
    return condition(text)(event)


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.tokens = self.read()
        self.at = 0
        self.depth = 0

    def wrong(self, what: str, place: int) -> ValueError:
        return ValueError(f"parameters.{self.name}: {what} at character {place + 1}")

    def read(self) -> list[tuple[str, str, int]]:
        tokens = []
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise self.wrong("this cannot be read", end - len(self.text[at:end].lstrip()))
            kind = found.lastgroup or ""
            value = found.group(kind)
            if kind == "path" and value in _WORDS:
                kind = "sign"
            tokens.append((kind, _SIGNS.get(value, value) if kind == "sign" else value, found.start(kind)))
            at = found.end()
        return [*tokens, ("end", "", end)]

    def take(self, *values: str) -> str:
        kind, value, _ = self.tokens[self.at]
        if kind == "sign" and value in values:
            self.at += 1
            return value
        return ""

    def need(self, value: str) -> None:
        if not self.take(value):
            raise self.wrong(f"{value!r} is missing", self.tokens[self.at][2])

    def whole(self) -> Callable[[Any], bool]:
        made = self.alternatives()
        kind, value, place = self.tokens[self.at]
        if kind != "end":
            raise self.wrong(f"{value!r} is too much", place)
        return made

    def alternatives(self) -> Callable[[Any], bool]:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.wrong("there are too many parentheses", self.tokens[self.at][2])
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else lambda event: any(part(event) for part in parts)

    def conjunction(self) -> Callable[[Any], bool]:
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else lambda event: all(part(event) for part in parts)

    def negation(self) -> Callable[[Any], bool]:
        negated = False
        while self.take("not"):
            negated = not negated
        inner = self.comparison()
        return (lambda event: not inner(event)) if negated else inner

    def comparison(self) -> Callable[[Any], bool]:
        if self.take("("):
            inner = self.alternatives()
            self.need(")")
            return inner
        left = self.value()
        before = self.at
        negated = bool(self.take("not"))
        sign = self.take(*_COMPARISONS)
        if not sign:
            self.at = before
            return lambda event: any(_true(value) for value in left(event))
        if negated and sign != "in":
            raise self.wrong("'not' may stand before 'in' only, or before the whole condition", self.tokens[before][2])
        place = self.tokens[self.at][2]
        if sign == "like":
            kind, text, _ = self.tokens[self.at]
            if kind != "text":
                raise self.wrong("'like' wants a text", place)
            self.at += 1
            likes = matcher([_unquoted(text)])
            return lambda event: any(likes(value) for value in left(event))
        right = self.value()
        if sign == "!=":
            return lambda event: not any(_equal(a, b) for a in left(event) for b in right(event))
        compare = _COMPARE[sign]
        if negated:
            return lambda event: not any(compare(a, b) for a in left(event) for b in right(event))
        return lambda event: any(compare(a, b) for a in left(event) for b in right(event))

    def value(self) -> Values:
        kind, text, place = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number = float(text) if any(letter in text for letter in ".eE") else int(text)
            return lambda _event: [number]
        if kind == "text":
            said = _unquoted(text)
            return lambda _event: [said]
        if kind == "sign" and text in _CONSTANTS:
            constant = _CONSTANTS[text]
            return lambda _event: [constant]
        if kind == "sign" and text == "[":
            return self.listed()
        if kind != "path":
            raise self.wrong("a value is missing", place)
        if self.take("("):
            if text not in ("lower", "length", "exists"):
                raise self.wrong(f"there is no function {text!r}; known: lower, length, exists", place)
            inner = self.value()
            self.need(")")
            return _function(text, inner)
        return _reader(text)

    def listed(self) -> Values:
        items: list[Values] = []
        while not self.take("]"):
            if items:
                self.need(",")
            items.append(self.value())
        return lambda event: [[value for item in items for value in item(event)]]


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _reader(path: str) -> Values:
    find = finder(path)

    def read(event: Any) -> list[Any]:
        return [container[key] for container, key in find(event)] or [None]

    return read


def _function(name: str, inner: Values) -> Values:
    if name == "exists":
        return lambda event: [any(value is not None for value in inner(event))]
    if name == "lower":
        return lambda event: [value.lower() if isinstance(value, str) else value for value in inner(event)]
    return lambda event: [len(value) if isinstance(value, (str, list, dict)) else None for value in inner(event)]


def _true(value: Any) -> bool:
    return value is not None and value is not False and value != 0 and value != "" and value != [] and value != {}


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def _ordered(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    return (isinstance(a, (int, float)) and isinstance(b, (int, float))) or (isinstance(a, str) and isinstance(b, str))


def _contains(a: Any, b: Any) -> bool:
    if isinstance(a, str):
        return isinstance(b, str) and b in a
    return isinstance(a, list) and any(_equal(item, b) for item in a)


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "<": lambda a, b: _ordered(a, b) and a < b,
    "<=": lambda a, b: _ordered(a, b) and a <= b,
    ">": lambda a, b: _ordered(a, b) and a > b,
    ">=": lambda a, b: _ordered(a, b) and a >= b,
    "in": lambda a, b: _contains(b, a),
    "contains": _contains,
    "startsWith": lambda a, b: isinstance(a, str) and isinstance(b, str) and a.startswith(b),
    "endsWith": lambda a, b: isinstance(a, str) and isinstance(b, str) and a.endswith(b),
}
