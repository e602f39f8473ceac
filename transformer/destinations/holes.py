"""Texts with holes, compiled: `https://{settings.region}.example.com/{userId|url_encode}`.

A hole holds a path or a standard field, and conversions after `|`; `{}` is the value at hand; `{{` and `}}` are braces. What is
wrong with one is told to `tell`, which knows the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from transformer.destinations.conversions import CONVERSIONS
from transformer.destinations.scope import Scope, path_fault
from transformer.mappers.errors import HIDDEN
from transformer.mappers.fields import FIELDS

__all__ = ["Tell", "filled", "hole", "paths_in", "quotes_event", "template", "without_event"]

Tell = Callable[[str], None]
"""What is told a sentence about what is wrong."""
_SIGN: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def template(pattern: str, scope: Scope, tell: Tell, value: str = "") -> str:
    """The expression for the text. A hole without a value is empty. `value` is what `{}` stands for, "" if for nothing."""
    parts = [
        f"said({_read(inside, scope, tell, value)})" if is_hole else repr(inside) for is_hole, inside in _pieces(pattern, tell)
    ]
    return " + ".join(parts) or "''"


def quotes_event(pattern: str) -> bool:
    """Whether a text has a hole for something that is no setting."""
    return any(not path.startswith("settings.") for path in paths_in(pattern))


def without_event(pattern: str, scope: Scope, tell: Tell) -> str:
    """As `template`, but of the event it says no more than its type, where that is one of those that there are."""
    parts = []
    for is_hole, inside in _pieces(pattern, tell):
        path = inside.partition("|")[0].strip()
        if not is_hole:
            parts.append(repr(inside))
        elif path.startswith("settings."):
            parts.append(f"said({_read(inside, scope, tell, '')})")
        else:
            parts.append("shown_type(event.get('type'))" if path == "type" else repr(HIDDEN))
    return " + ".join(parts) or "''"


def filled(pattern: str, scope: Scope, tell: Tell) -> str:
    """As `template`, but None where no hole has a value, and without white space around it."""
    parts = [_read(inside, scope, tell, "") if is_hole else f"Fixed({inside!r})" for is_hole, inside in _pieces(pattern, tell)]
    return f"filled({', '.join(parts)})"


def hole(pattern: str, scope: Scope, tell: Tell) -> str | None:
    """The expression for the value of a text that is one hole and nothing else; None for any other text."""
    found = _SIGN.fullmatch(pattern)
    return None if found is None or found[1] is None else _read(found[1], scope, tell, "")


def paths_in(pattern: str) -> list[str]:
    """The paths that a text has holes for."""
    return [inside.split("|")[0].strip() for is_hole, inside in _pieces(pattern, lambda _: None) if is_hole]


def _pieces(pattern: str, tell: Tell) -> Iterator[tuple[bool, str]]:
    """The pieces of a text: whether it is a hole, and what it says."""
    plain = ""
    end = 0
    for sign in _SIGN.finditer(pattern):
        plain += pattern[end : sign.start()]
        end = sign.end()
        if sign[1] is None:
            if len(sign[0]) == 1:
                tell(f"{pattern!r} has a brace without its other; a brace itself is written twice")
            plain += sign[0][0]
            continue
        if plain:
            yield False, plain
        plain = ""
        yield True, sign[1]
    if plain := plain + pattern[end:]:
        yield False, plain


def _read(inside: str, scope: Scope, tell: Tell, value: str) -> str:
    path, *names = (word.strip() for word in inside.split("|"))
    read = _source(path, scope, tell, value)
    kind = "any"
    for name in names:
        known = CONVERSIONS.get(name)
        if known is None:
            tell(f"{{{inside}}}: unknown conversion {name!r}; known: {', '.join(CONVERSIONS)}")
            return read
        if known.arguments and not known.optional:
            tell(f"{{{inside}}}: {name} takes arguments, which only `as` can give it")
        if not known.fits(kind):
            tell(f"{{{inside}}}: {name} cannot work on what comes before it: {kind}")
        kind = kind if known.gives == "same" else known.gives
        read = f"converted({known.function}, {read})"
    return read


def _source(path: str, scope: Scope, tell: Tell, value: str) -> str:
    if path == "" and value:
        return value
    if path == "":
        tell("{} stands for the value of `from`, and there is none here")
    elif path.startswith("$"):
        if path[1:] in FIELDS:
            return f"field(event, {path[1:]!r})"
        tell(f"unknown field {path}; known: {', '.join(FIELDS)}")
    elif path.startswith("mapper."):
        tell(f"{{{path}}}: a hole takes a path, and no function of mapper.py")
    elif told := path_fault(path):
        tell(f"{{{path}}}: {told}")
    else:
        return scope.read(path)
    return "None"
