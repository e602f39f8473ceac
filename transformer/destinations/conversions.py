"""The conversions that a mapping may name under `as:`, what each takes and what it gives.

Compiling checks a chain of them by these kinds: a step that cannot work on what the one before gives is refused. "any" takes
everything; a conversion never sees null or an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["CONVERSIONS", "Conversion"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """One conversion: the function of `transformer/mappers/` that does it, and what it is for."""

    function: str
    takes: str
    gives: str
    summary: str
    arguments: tuple[type, ...] = ()
    fails: bool = False
    """Whether it may give nothing: the field is then left out."""
    optional: bool = False
    """Whether it can do without its arguments."""
    empty: bool = True
    """Whether it takes an empty text as an argument."""
    keeps: str = ""
    """The condition under which a value `v` is what it would give anyway: it is not called then."""
    most: int = 1 << 20
    """The largest number that it takes as an argument; the least is 0."""

    def fits(self, kind: str) -> bool:
        """Whether it can work on values of this kind."""
        if "any" in {kind, self.takes} or kind == self.takes:
            return True
        return self.takes == "scalar" and kind in {"text", "number", "boolean"}

    def argument_fault(self, given: Sequence[object]) -> str:
        """What is wrong with these arguments, as what follows the conversion's name in a sentence; "" if nothing is."""
        least = 0 if self.optional else len(self.arguments)
        if not least <= len(given) <= len(self.arguments):
            return f"takes {len(self.arguments)} arguments, not {len(given)}"
        for one, wanted in zip(given, self.arguments, strict=False):
            if type(one) is not wanted:
                return f"takes {'a text' if wanted is str else 'a number'}, not {one!r}"
            if one == "" and not self.empty:
                return "takes a text that is not empty"
            if isinstance(one, int) and not 0 <= one <= self.most:
                return f"takes a number from 0 to {self.most}, not {one}"
        return ""


CONVERSIONS: Final[Mapping[str, Conversion]] = {
    "text": Conversion("text", "any", "text", "the value as text", keeps="type(v) is str"),
    "number": Conversion(
        "number",
        "scalar",
        "number",
        "the number that it is or spells",
        fails=True,
        keeps="type(v) is int or type(v) is float",
    ),
    "float": Conversion("floating", "scalar", "number", "the number at the beginning of its text", fails=True),
    "integer": Conversion("integer", "scalar", "number", "the whole number at the beginning of its text", fails=True),
    "round": Conversion(
        "rounded",
        "scalar",
        "number",
        "the number, rounded to so many decimal places",
        (int,),
        fails=True,
        optional=True,
        most=15,
    ),
    "revenue": Conversion("revenue", "scalar", "number", "the amount in a text such as `$ 1,299.90`", fails=True),
    "boolean": Conversion("boolean", "scalar", "boolean", "true or false, spelled or not", fails=True),
    "lower": Conversion("lower", "scalar", "text", "its text in small letters"),
    "upper": Conversion("upper", "scalar", "text", "its text in capital letters"),
    "trim": Conversion("trim", "any", "same", "a text without white space around it"),
    "cut": Conversion("cut", "scalar", "text", "the first so many characters", (int,)),
    "digits": Conversion("digits", "scalar", "text", "its digits alone"),
    "strip_spaces_and_dashes": Conversion("strip_spaces_and_dashes", "scalar", "text", "its text without these"),
    "replace": Conversion("replace", "scalar", "text", "its text with one piece in the place of another", (str, str)),
    "split": Conversion("split", "scalar", "list", "the pieces of a text between separators", (str,), empty=False),
    "join": Conversion("join", "any", "text", "the texts of a list with a separator between them", (str,)),
    "list": Conversion("listed", "any", "list", "a list; another value becomes a list of one"),
    "unique": Conversion("unique", "list", "list", "each value of a list once"),
    "sha256": Conversion("sha256", "scalar", "text", "SHA-256 of its text, in hexadecimal"),
    "sha1": Conversion("sha1", "scalar", "text", "SHA-1 of its text, in hexadecimal"),
    "md5": Conversion("md5", "scalar", "text", "MD5 of its text, in hexadecimal"),
    "base64": Conversion("base64", "scalar", "text", "base64 of its text"),
    "basic_auth": Conversion("basic_auth", "scalar", "text", "an Authorization header for this user"),
    "url_encode": Conversion("url_encode", "scalar", "text", "its text as part of a URL"),
    "host": Conversion("host", "text", "text", "the host that a URL names", fails=True),
    "domain": Conversion("domain", "text", "text", "the host that a URL names, without `www.`", fails=True),
    "json": Conversion("json_text", "any", "text", "the value as JSON text"),
    "flat": Conversion("flatten", "object", "object", "its leaves under keys that are their paths", (str,), optional=True),
    "iso": Conversion("iso", "scalar", "text", "a time, as `2026-11-21T16:24:00.000Z`", fails=True),
    "unix_seconds": Conversion("unix_seconds", "scalar", "number", "a time as seconds since 1970", fails=True),
    "unix_milliseconds": Conversion("unix_milliseconds", "scalar", "number", "as milliseconds", fails=True),
    "unix_microseconds": Conversion("unix_microseconds", "scalar", "number", "as microseconds", fails=True),
    "date": Conversion("date", "scalar", "text", "a time in UTC by a pattern of strftime", (str,), fails=True, optional=True),
    "compact": Conversion("compact", "object", "object", "an object without its nulls"),
    "without_blanks": Conversion("without_blanks", "object", "object", "an object without nulls, empty texts and empties"),
}
