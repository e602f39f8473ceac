"""Conversions of single values, as mappings name them under `as:`, and what small functions of a mapper build on.

A conversion takes a value that is there (neither None nor "") and gives what the destination wants, or None where the value
cannot be had that way: the mapping then leaves the field out. Where a destination's own rules speak of text of a number, of
truth or of JSON, they mean JavaScript's, since that is what sends them otherwise; these functions give the same.
"""

from __future__ import annotations

import hashlib
import math
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

__all__ = [
    "EMPTY",
    "absent",
    "base64",
    "basic_auth",
    "boolean",
    "cut",
    "digits",
    "domain",
    "flatten",
    "floating",
    "host",
    "integer",
    "items",
    "join",
    "json_text",
    "listed",
    "lower",
    "md5",
    "number",
    "replace",
    "revenue",
    "rounded",
    "sha1",
    "sha256",
    "split",
    "strip_spaces_and_dashes",
    "text",
    "trim",
    "truthy",
    "unique",
    "upper",
    "url_decoded_host",
    "url_encode",
]

EMPTY: Final[dict[str, Any]] = {}
"""Stands where an object was expected and there is none. Never written to."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_INTEGER: Final = re.compile(r"\s*[+-]?\d+")
_FLOAT: Final = re.compile(r"\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_NOT_OF_REVENUE: Final = re.compile(r"[^0-9.-]+")
_WHOLE: Final = re.compile(rb"\.0(?:[,\]}]|\Z)")
"""Where JSON may hold a whole number with a point."""
_AS_IT_IS: Final = frozenset({str, int, bool, type(None)})
"""What JavaScript writes as we do."""
_NO_DIGIT: Final = re.compile(r"\D+")
_SPACES_AND_DASHES: Final = re.compile(r"[\s-]+")
_EXACT: Final = 1 << 53
_LARGEST: Final = 1 << 63
"""Whole numbers from here on have no place in JSON as we write it."""
_SPELLED: Final = 100
"""Characters of a text in which a whole number is looked for."""
_LONG: Final = 16
"""Digits from which on a number may not be exact."""
_LARGE: Final = 1 << 63
_PLAIN: Final = 1e21
"""From here on JavaScript writes a number with an exponent."""


def absent(value: Any) -> bool:
    """Whether a value counts as not there: None or an empty text. 0, false and empty objects are there."""
    return value is None or value == ""


def truthy(value: Any) -> bool:
    """Whether JavaScript would take the value for true: an empty list or object is."""
    return bool(value) or isinstance(value, (list, dict))


def text(value: Any) -> str:
    """The value as text: true and false, numbers without a needless `.0`, and lists and objects as JSON."""
    if type(value) is str:
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if type(value) is float:
        return _text_of_float(value)
    if isinstance(value, (list, dict)):
        return json_text(value)
    return "null" if value is None else str(value)


def _text_of_float(value: float) -> str:
    if value.is_integer() and abs(value) < _PLAIN:
        return str(int(value))
    written = repr(value)
    if "e" in written:
        base, _, exponent = written.partition("e")
        sign = "-" if exponent.startswith("-") else "+"
        return f"{base.removesuffix('.0')}e{sign}{exponent.lstrip('+-').lstrip('0')}"
    return written


def number(value: Any) -> int | float | None:
    """The number that the value is or spells, as a whole. None where it spells none."""
    if type(value) is int or type(value) is float:
        return value
    if isinstance(value, bool):
        return int(value)
    if type(value) is str and len(value) < _LONG and value.isdecimal() and value.isascii():
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(spelled := value.strip()):
        return _shortest(float(spelled), spelled)
    return None


def _shortest(value: float, spelled: str) -> int | float | None:
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value if "." in spelled or "e" in spelled.lower() or abs(value) >= _LARGEST else int(spelled)


def floating(value: Any) -> int | float | None:
    """The number at the beginning of the value's text, as parseFloat reads it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (found := _FLOAT.match(value)):
        return _shortest(float(found[0]), found[0].strip())
    return None


def integer(value: Any) -> int | None:
    """The whole number at the beginning of the value's text, as parseInt reads it: 12 of "12.9 EUR"."""
    known: int | None = None
    if type(value) is int:
        known = value
    elif type(value) is float and math.isfinite(value):
        known = int(value)
    elif isinstance(value, str) and (found := _INTEGER.match(value[:_SPELLED])):
        known = int(found[0])
    return known if known is None or abs(known) < _LARGEST else None


def rounded(value: Any, places: int = 0) -> int | float | None:
    """The number rounded half up to so many decimal places. A whole number where none are asked for."""
    known = number(value)
    if known is None or abs(known) >= _EXACT:
        return known
    factor = 10**places
    found = math.floor(known * factor + 0.5) / factor
    return int(found) if float(found).is_integer() and abs(found) < _LARGEST else found


def revenue(value: Any) -> int | float | None:
    """The amount in a text such as "$ 1,299.90": everything but digits, points and minus signs is left out."""
    if isinstance(value, str):
        return floating(_NOT_OF_REVENUE.sub("", value))
    return number(value)


def boolean(value: Any) -> bool | None:
    """True or false, spelled or not: true, "true", 1, "1", "yes", and their opposites. None for anything else."""
    if isinstance(value, bool):
        return value
    spelled = text(value).strip().lower()
    if spelled in {"true", "1", "yes"}:
        return True
    return False if spelled in {"false", "0", "no"} else None


def lower(value: Any) -> str:
    """The value's text in small letters."""
    return text(value).lower()


def upper(value: Any) -> str:
    """The value's text in capital letters."""
    return text(value).upper()


def trim(value: Any) -> Any:
    """A text without the white space around it. Other values stay as they are."""
    return value.strip() if type(value) is str else value


def cut(value: Any, length: int) -> str:
    """The first so many characters of the value's text."""
    return text(value)[:length]


def digits(value: Any) -> str:
    """The digits of the value's text, and nothing else."""
    return _NO_DIGIT.sub("", text(value))


def strip_spaces_and_dashes(value: Any) -> str:
    """The value's text without white space and dashes."""
    return _SPACES_AND_DASHES.sub("", text(value))


def replace(value: Any, old: str, new: str) -> str:
    """The value's text with one piece put in the place of another, everywhere."""
    return text(value).replace(old, new)


def split(value: Any, separator: str) -> list[Any]:
    """The pieces of a text, without the white space around them; a list stays as it is."""
    return value if isinstance(value, list) else [piece.strip() for piece in text(value).split(separator)]


def join(value: Any, separator: str) -> str:
    """The texts of a list's elements with the separator between them; another value's text."""
    return separator.join(map(text, value)) if isinstance(value, list) else text(value)


def listed(value: Any) -> list[Any]:
    """A list stays as it is; another value becomes a list of one."""
    return value if isinstance(value, list) else [value]


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, or of the one object; what is no object is left out."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def unique(values: Iterable[Any]) -> list[Any]:
    """Each value once, in the order in which they came first."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def sha256(value: Any) -> str:
    """SHA-256 of the value's text, in hexadecimal."""
    return hashlib.sha256(text(value).encode("utf-8", "surrogatepass")).hexdigest()


def sha1(value: Any) -> str:
    """SHA-1 of the value's text, in hexadecimal, where a destination knows no better."""
    return hashlib.sha1(text(value).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def md5(value: Any) -> str:
    """MD5 of the value's text, in hexadecimal, where a destination knows no better."""
    return hashlib.md5(text(value).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def base64(value: Any) -> str:
    """Base64 of the value's text."""
    return b64encode(text(value).encode("utf-8", "surrogatepass")).decode("ascii")


def basic_auth(user: Any, password: Any = "") -> str:
    """The value of an Authorization header for this user and password."""
    return f"Basic {base64(f'{text(user)}:{text(password)}')}"


def url_encode(value: Any) -> str:
    """The value's text as part of a URL, as encodeURIComponent writes it."""
    return quote(text(value), safe="-_.!~*'()")


def host(value: Any) -> str | None:
    """The host that a URL names, without its port. None where it names none."""
    try:
        return urlsplit(text(value)).hostname
    except ValueError:
        return None


def url_decoded_host(value: Any) -> str | None:
    """The host and port that a URL names."""
    try:
        return urlsplit(text(value)).netloc or None
    except ValueError:
        return None


def domain(value: Any) -> str | None:
    """The host that a URL names, without a leading `www.`."""
    found = host(value)
    return found.removeprefix("www.") if found else None


def json_text(value: Any) -> str:
    """The value as JSON without spaces, with numbers as JavaScript writes them."""
    try:
        written = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_plain(value)).decode()
    if b".0" in written and _WHOLE.search(written):
        written = orjson.dumps(_with_whole(value))
    return written.decode()


def _with_whole(value: Any) -> Any:
    """The value with whole numbers for floats that are whole; JSON can hold all that is in it."""
    kind = type(value)
    if kind is dict:
        return {key: one if type(one) in _AS_IT_IS else _with_whole(one) for key, one in value.items()}
    if kind is list:
        return [one if type(one) in _AS_IT_IS else _with_whole(one) for one in value]
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    return _plain(value)


def _plain(value: Any) -> Any:
    """The value with whole numbers for floats that are whole, and what JSON of ours cannot hold as JavaScript would have it."""
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if type(value) is str:
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if type(value) is int:
        return value if abs(value) < _LARGE else float(value)
    return int(value) if type(value) is float and value.is_integer() and abs(value) < _EXACT else value


def flatten(value: Any, separator: str = ".", *, lists: bool = True, brackets: bool = False) -> dict[str, Any]:
    """The leaves of an object under keys that are their paths: {"a": {"b": [1]}} becomes {"a.b.0": 1}.

    With `brackets`, places in lists are told as in "a.b[0]". Without `lists`, a list is a leaf. Empty lists and objects stay as
    they are.
    """
    flat: dict[str, Any] = {}
    if value and isinstance(value, Mapping):
        _flatten_into(flat, "", value, separator, _place(separator, brackets) if lists else "")
    return flat


def _place(separator: str, brackets: bool) -> str:
    return "[{}]" if brackets else f"{separator}{{}}"


def _flatten_into(flat: dict[str, Any], prefix: str, value: Any, separator: str, place: str) -> None:
    """`place` is how a place in a list is told; "" where lists are leaves."""
    if value and isinstance(value, Mapping):
        for key, one in value.items():
            _flatten_into(flat, f"{prefix}{separator}{key}" if prefix else str(key), one, separator, place)
    elif value and place and isinstance(value, list):
        for number, one in enumerate(value):
            _flatten_into(flat, prefix + place.format(number), one, separator, place)
    else:
        flat[prefix] = value
