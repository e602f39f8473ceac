"""Text of values without addresses: `str`, `repr`, `format`, f-strings and `%` as user code gets them.

CPython prints the address of whatever has no better text (`<function f at 0x7f…>`). An address is no secret worth stealing by
itself, but it takes the luck out of an attack on memory, and it makes equal failures differ. Values of plain types are passed
on untouched.
"""

from __future__ import annotations

import _string  # type: ignore[import-not-found]  # what str.format itself parses with
import datetime as dt
import decimal
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from transformer.engines.python.names import GUARDED, forbidden

__all__ = [
    "Refused",
    "clean",
    "formatting",
    "harmless",
    "modulo",
    "operand",
    "quoted",
    "safe_ascii",
    "safe_format",
    "safe_hash",
    "spelled",
    "spelled_by",
]

PLAIN: Final = frozenset(
    {
        *(str, int, float, bool, bytes, bytearray, complex, type(None), decimal.Decimal, uuid.UUID),
        *(dt.datetime, dt.date, dt.time, dt.timedelta, dt.timezone),
    }
)
"""Types whose text never holds an address, and whose own code makes it."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_OF_OURS = re.compile(r"<bound method \S+ of <transformer\.[^<>]*>>|<transformer\.[^<>]*>")
_KNOWN_TEMPLATES: Final[set[str]] = set()
_MOST_TEMPLATES = 1000


class Refused(Exception):  # noqa: N818 - the name that users read
    """The policy refused something while code ran. No AttributeError: import would swallow that and look elsewhere."""


def clean(text: str) -> str:
    """The text without the addresses that Python's default representations carry, and without the names of our own objects."""
    return _OF_OURS.sub("<function>", _ADDRESS.sub("", text)) if " at 0x" in text else text


def spelled(value: object = "", /) -> str:
    """`str(value)`."""
    return str(value) if type(value) in PLAIN else clean(str(value))


def quoted(value: object, /) -> str:
    """`repr(value)`."""
    return repr(value) if type(value) in PLAIN else clean(repr(value))


def safe_ascii(value: object, /) -> str:
    """`ascii(value)`."""
    return clean(ascii(value))


def harmless(value: object, /) -> object:
    """The value if its type makes its own text, else its text: what an f-string shows."""
    if type(value) in PLAIN or type(value).__format__ is not object.__format__:
        return value
    return clean(str(value))


def spelled_by(value: object, spec: str = "", /) -> str:
    """`format(value, spec)`."""
    return clean(format(value, spec))


def modulo(left: Any, right: Any, /) -> Any:
    """`left % right`, which writes text where `left` is a string."""
    made = left % right
    if isinstance(left, str):
        return clean(made) if type(made) is str else made
    if isinstance(left, (bytes, bytearray)) and b" at 0x" in made:
        return type(made)(clean(made.decode("latin-1")), "latin-1")
    return made


def operand(value: object, /) -> object:
    """The right side of `%=` on an item or attribute: plain values only, because the left one is not known."""
    if type(value) in PLAIN:
        return value
    raise Refused("%= on an item or attribute is supported with plain values only: write x = x % y")


def safe_hash(value: Any, /) -> int:
    """`hash(value)`. Raises Refused where the hash would be the address."""
    if isinstance(value, (tuple, frozenset)):
        for item in value:
            safe_hash(item)
    elif cast("Any", type(value)).__hash__ is object.__hash__ or callable(value):
        raise Refused(
            f"hash() of a {type(value).__name__!r} is not supported: define __hash__ in its class, or hash a value of it"
        )
    return hash(value)


def check_template(template: str) -> None:
    """Raise Refused if a format template names an attribute that code may not write."""
    for _, field, spec, _ in _string.formatter_parser(template):
        if field:
            _, rest = _string.formatter_field_name_split(field)
            for is_attribute, name in rest:
                if is_attribute and (name.startswith("_") or name in GUARDED or forbidden(name)):
                    raise Refused(f"attribute {name!r} is not allowed in a format string; give format() the value itself")
        if spec and "{" in spec:
            check_template(spec)


def safe_format(template: str, /, *args: object, **named: object) -> str:
    """`template.format(…)`. Attribute names in the template are held to the same list as those in code."""
    return clean(str.format(_checked(template), *args, **named))


def safe_format_map(template: str, mapping: Mapping[str, object], /) -> str:
    """`template.format_map(mapping)`, held to the same list."""
    return clean(str.format_map(_checked(template), mapping))


def _checked(template: str) -> str:
    """The characters of the template, whatever a subclass of str claims them to be, once they were found harmless."""
    exact = str.__str__(template)
    if exact not in _KNOWN_TEMPLATES:
        check_template(exact)
        if len(_KNOWN_TEMPLATES) >= _MOST_TEMPLATES:
            _KNOWN_TEMPLATES.clear()
        _KNOWN_TEMPLATES.add(exact)
    return exact


_STR_FORMAT: Final[object] = str.format
_STR_FORMAT_MAP: Final[object] = str.format_map
_BOUND: Final = {"format": safe_format, "format_map": safe_format_map}
_builtin_method = type("".format)


def formatting(found: object) -> object:
    """What to hand out for an attribute called format or format_map: str's own are replaced, however they were reached."""
    if type(found) is _builtin_method:
        method = cast("Any", found)
        owner, name = method.__self__, method.__name__
        if isinstance(owner, str) and name in _BOUND:
            return _bind(_BOUND[name], owner)
    if found is _STR_FORMAT:  # by identity: comparing would hand the real one to a user's __eq__
        return safe_format
    if found is _STR_FORMAT_MAP:
        return safe_format_map
    return found


def _bind(function: Callable[..., str], template: str) -> Callable[..., str]:
    def bound(*args: object, **named: object) -> str:
        return function(template, *args, **named)

    return bound
