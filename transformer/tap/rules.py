"""What the operator wants hidden: patterns of field names and of values, from the setting `tap_redact`.

A list like this:

    password          fields of this name: case, `_`, `-` and spaces do not matter, so `api_key` is `apiKey`
    *secret*          with * and ? as in file names
    ~email  ~card     e-mail addresses and card numbers, wherever they stand in a text
    ~/ACME-[0-9]+/    whatever this regular expression finds in a text; it is the operator's, and trusted to be quick

Rules are the server's: nothing in a request changes them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Final

__all__ = ["MARK", "Rules", "RulesError", "parse_rules", "split_rules"]

MARK: Final = "[redacted]"
"""What stands where something was hidden: always the same, so that it says nothing about what it hides."""

# Bounded repetitions and no overlap between neighbours: linear in the text. %40 is how an @ looks in a URL.
_EMAIL: Final = re.compile(r"[^\s@%\"'<>(),:;=&/\\\[\]{}]{1,64}(?:@|%40)[^\s@%\"'<>(),:;=&/?\\\[\]{}]{1,255}", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d+(?:[ -]\d+)*", re.ASCII)
_GROUP: Final = re.compile(r"\d+", re.ASCII)
_LIKE_A_CARD: Final = re.compile(r"[2-6](?:[ -]?\d){13}", re.ASCII)
_CARD_DIGITS: Final = range(14, 20)  # 13 digits are milliseconds since 1970, far more often than a card
_CARD_FIRST: Final = frozenset("23456")
_KEPT_CHARACTERS: Final = 100
_SEPARATORS: Final = re.compile(r"[\s_\-]+")


class RulesError(ValueError):
    """A rule that cannot be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules, ready for use. `names` matches what `_plain` makes of a field's name; None where there is no such rule."""

    names: re.Pattern[str] | None = None
    email: bool = False
    card: bool = False
    patterns: tuple[re.Pattern[str], ...] = ()

    def hides_field(self, name: str) -> bool:
        """Whether a field of this name is hidden, whatever it holds."""
        if self.names is None:
            return False
        return _hides(self.names, name) if len(name) <= _KEPT_CHARACTERS else self.names.match(_plain(name)) is not None

    def find_values(self, text: str) -> list[tuple[int, int]]:
        """Where in the text the rules find a value: beginnings and ends, which may overlap."""
        spans: list[tuple[int, int]] = []
        if self.email and ("@" in text or "%40" in text):
            spans += [found.span() for found in _EMAIL.finditer(text)]
        if self.card and len(text) >= _CARD_DIGITS.start and _LIKE_A_CARD.search(text):
            for run in _DIGITS.finditer(text):
                spans += _cards(text, [found.span() for found in _GROUP.finditer(text, *run.span())])
        for pattern in self.patterns:
            spans += [found.span() for found in pattern.finditer(text)]
        return spans


@lru_cache(maxsize=4096)
def _hides(names: re.Pattern[str], name: str) -> bool:
    return names.match(_plain(name)) is not None


def _plain(name: str) -> str:
    """A field's name without what people write differently."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def split_rules(text: str) -> list[str]:
    """The rules in a list with commas between them; a comma within `~/…/` belongs to the expression."""
    return [rule.strip() for rule in re.findall(r"\s*(?:~/.*?/\s*(?=,|$)|[^,]+)", text) if rule.strip()]


def parse_rules(rules: Iterable[str]) -> Rules:
    """The rules that these texts are. Raises RulesError, naming the one that is wrong."""
    names, patterns, known = [], [], {"~email": False, "~card": False}
    for rule in rules:
        if rule in known:
            known[rule] = True
        elif rule.startswith("~/") and rule.endswith("/") and len(rule) > 3:
            patterns.append(_compiled(rule))
        elif rule.startswith("~"):
            raise RulesError(f"{rule!r} is no rule for values; there are ~email, ~card and ~/expression/")
        else:
            names.append(translate(_plain(rule)))
    return Rules(re.compile("|".join(names)) if names else None, known["~email"], known["~card"], tuple(patterns))


def _compiled(rule: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(rule[2:-1])
    except re.error as wrong:
        raise RulesError(f"{rule!r} is no regular expression: {wrong}") from None
    if pattern.match(""):
        raise RulesError(f"{rule!r} finds the empty text, which is everywhere")
    return pattern


def _cards(text: str, groups: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Every stretch of whole groups of digits that is a card number."""
    for first, (begin, _) in enumerate(groups):
        if text[begin] not in _CARD_FIRST:
            continue
        digits = ""
        for start, end in groups[first : first + _CARD_DIGITS.stop]:
            if len(digits) + end - start >= _CARD_DIGITS.stop:
                break
            digits += text[start:end]
            if len(digits) in _CARD_DIGITS and _luhn(digits):
                yield begin, end


def _luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if index % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
