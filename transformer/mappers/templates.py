"""Texts that settings spell with holes, as `Viewed {{ name }} page`: Handlebars, as far as it is about texts.

    {{ path }}  {{{ path }}}                             what lies under the path; the second is never escaped
    {{ helper path "text" 3 }}                           what a function makes of these
    {{#if path}} … {{else if path}} … {{else}} … {{/if}}   {{#unless path}} … {{/unless}}
    {{#each list}} {{this}} {{@index}} {{@key}} {{../path}} … {{/each}}   {{#with object}} … {{/with}}
    {{! a comment }}                                     `{{~` and `~}}` take away the white space beside them

What is not there is nothing; a template that cannot be read is a wrong setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.operators import said
from transformer.mappers.paths import at
from transformer.mappers.values import EMPTY, truthy

__all__ = ["fill", "render"]

Helper = Callable[..., Any]
Escape = Callable[[str], str]
_Node = str | tuple[str, Any, Any, Any]
_HOLE: Final = re.compile(r"\{\{([^{}]+)\}\}")
_TAG: Final = re.compile(r"\{\{!--.*?--\}\}|\{\{\{([^{}]+)\}\}\}|\{\{(~?)([^{}]*)\}\}", re.DOTALL)
_WORD: Final = re.compile(r'"([^"]*)"|\'([^\']*)\'|((?:\[[^\]]*\]|[^\s"\'\[])+)')
_INDEX: Final = re.compile(r"\.?\[([^\]]*)\]")
_BLOCKS: Final = frozenset({"if", "unless", "each", "with"})
_KNOWN: Final = 512
_DEEPEST: Final = 20


def fill(pattern: str, event: Mapping[str, Any]) -> str:
    """The pattern with what the event has under the path of each hole; nothing where it has nothing."""
    return _HOLE.sub(lambda hole: said(at(event, hole[1].strip())), pattern.strip())


def render(
    template: str, values: Mapping[str, Any], helpers: Mapping[str, Helper] = EMPTY, escape: Escape | None = None
) -> str:
    """The template's text. `helpers` are functions that it may call by name; `escape` is applied to what holes hold.

    Raises:
        ConfigurationError: the template cannot be read.
    """
    return "".join(_written(_read(template), _Scope(values, None, EMPTY, helpers, escape)))


class _Scope:
    """What paths mean at some place: `this`, what is around it, and the place in a list."""

    __slots__ = ("escape", "helpers", "outer", "place", "this")

    def __init__(
        self, this: Any, outer: _Scope | None, place: Mapping[str, Any], helpers: Mapping[str, Helper], escape: Escape | None
    ) -> None:
        self.this, self.outer, self.place, self.helpers, self.escape = this, outer, place, helpers, escape

    def inner(self, this: Any, place: Mapping[str, Any] = EMPTY) -> _Scope:
        return _Scope(this, self, place, self.helpers, self.escape)

    def value(self, words: tuple[Any, ...]) -> Any:
        """What the words of a hole are worth: a path, a constant, or a helper called with these."""
        kind, first = words[0]
        if kind == "path":
            name = ".".join(first)
            if name in self.helpers:
                return self.helpers[name](*(self.value((word,)) for word in words[1:]))
            return self.at(first)
        return first

    def at(self, path: tuple[str, ...]) -> Any:
        scope: _Scope = self
        while path and path[0] == "..":
            scope, path = scope.outer or scope, path[1:]
        if path and path[0].startswith("@"):
            return scope.root().this if path[0] == "@root" else scope.place.get(path[0][1:])
        return at(scope.this, path) if path else scope.this

    def root(self) -> _Scope:
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope


def _written(nodes: tuple[_Node, ...], scope: _Scope) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        kind, words, inside, otherwise = node
        # A block asks for the thing itself, where a hole may ask a helper of the same name how it is told.
        value = scope.at(words[0][1]) if kind in _BLOCKS and words[0][0] == "path" and len(words) == 1 else scope.value(words)
        if kind == "raw":
            yield said(value)
        elif kind == "hole":
            yield scope.escape(said(value)) if scope.escape else said(value)
        elif kind == "each":
            parts = list(_parts(value))
            for number, (key, one) in enumerate(parts):
                place = {"index": number, "key": key, "first": number == 0, "last": number == len(parts) - 1}
                yield from _written(inside, scope.inner(one, place))
            if not parts:
                yield from _written(otherwise, scope)
        elif _holds(value) != (kind == "unless"):
            yield from _written(inside, scope.inner(value) if kind == "with" else scope)
        else:
            yield from _written(otherwise, scope)


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _holds(value: Any) -> bool:
    """As templates see it: an empty list is nothing, an empty object is something."""
    return truthy(value) and value != []


@lru_cache(_KNOWN)
def _read(template: str) -> tuple[_Node, ...]:
    pieces: list[Any] = []
    end = 0
    trim = False
    for tag in _TAG.finditer(template):
        text = template[end : tag.start()]
        end = tag.end()
        text = text.lstrip() if trim else text
        pieces.append(text.rstrip() if tag[2] else text)
        inside = (tag[1] or tag[3] or "").strip()
        trim = tag[1] is None and inside.endswith("~")
        inside = inside.removesuffix("~").strip() if trim else inside
        if tag[1]:
            pieces.append(("raw", inside))
        elif inside and not inside.startswith("!"):
            pieces.append(("hole", inside))
    pieces.append(template[end:].lstrip() if trim else template[end:])
    nodes, left, closed = _block(pieces, 0, "", 0)
    if closed or left != len(pieces):
        raise ConfigurationError("a template closes a block that it does not open")
    return nodes


def _block(pieces: list[Any], place: int, name: str, depth: int) -> tuple[tuple[_Node, ...], int, str]:
    """The nodes up to the end of a block, where they end, and what ends them: `else`, `/name` or ""."""
    if depth > _DEEPEST:
        raise ConfigurationError("a template has too many blocks within blocks")
    nodes: list[_Node] = []
    while place < len(pieces):
        piece = pieces[place]
        place += 1
        if isinstance(piece, str):
            if piece:
                nodes.append(piece)
            continue
        kind, text = piece
        if kind == "raw" or (text[0] not in "#/^&" and text != "else" and not text.startswith("else ")):
            nodes.append((kind, _words(text), None, None))
        elif text[0] == "&":
            nodes.append(("raw", _words(text[1:]), None, None))
        elif text[0] in "/^e":
            if name != text[1:].strip() and not (name and text[0] in "^e"):
                raise ConfigurationError("a template has an end of a block where none begins")
            return tuple(nodes), place, text
        else:
            node, place = _opened(pieces, place, text, depth)
            nodes.append(node)
    if name:
        raise ConfigurationError(f"a template does not close its block {name!r}")
    return tuple(nodes), place, ""


def _opened(pieces: list[Any], place: int, text: str, depth: int) -> tuple[_Node, int]:
    kind, _, rest = text[1:].strip().partition(" ")
    if kind not in _BLOCKS or not rest.strip():
        raise ConfigurationError(f"a template has a block {kind!r}; there are {', '.join(sorted(_BLOCKS))}, each with a path")
    inside, place, ended = _block(pieces, place, kind, depth + 1)
    otherwise: tuple[_Node, ...] = ()
    if ended.startswith("else "):
        node, place = _opened(pieces, place, f"#{ended.removeprefix('else ')}", depth + 1)
        otherwise = (node,)
    elif not ended.startswith("/"):
        otherwise, place, ended = _block(pieces, place, kind, depth + 1)
        if not ended.startswith("/"):
            raise ConfigurationError(f"a template says else twice in its block {kind!r}")
    return (kind, _words(rest), inside, otherwise), place


def _words(text: str) -> tuple[Any, ...]:
    words = []
    for found in _WORD.finditer(text):
        double, single, plain = found.groups()
        if plain is None:
            words.append(("text", double if double is not None else single))
        elif plain in {"true", "false"}:
            words.append(("text", plain == "true"))
        elif plain.isdecimal():
            words.append(("text", int(plain)))
        else:
            words.append(("path", _path(plain)))
    return tuple(words) or (("text", ""),)


def _path(written: str) -> tuple[str, ...]:
    ups = []
    while written.startswith("../"):
        ups.append("..")
        written = written[3:]
    plain = _INDEX.sub(lambda part: "\0" + part[1].replace(".", "\1") + "\0", written).replace("\0\0", "\0")
    keys = [key.replace("\1", ".") for key in re.split("[.\0]", plain) if key]
    return (*ups, *(keys[1:] if keys[:1] == ["this"] else keys))
