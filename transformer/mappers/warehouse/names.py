"""Names of columns and tables, from the names in events.

A path of keys, joined with `_`, is cut into words as a reader would (`CamelCase123Key`: camel, case, 123, key), and those are
joined again, in the case of the provider. What is no ASCII letter or digit separates words. `useBlendoCasing` is the other way
to name, for tables that another loader began: nothing is cut, only lowered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from transformer.mappers.warehouse.providers import Provider

__all__ = ["OUR_TABLES", "TABLES_ALWAYS_OURS", "Naming"]

TABLES_ALWAYS_OURS: Final = frozenset({"users", "identifies"})
OUR_TABLES: Final = TABLES_ALWAYS_OURS | {"tracks", "pages", "screens", "aliases", "groups", "accounts"}
"""Tables that no event may fill by its name."""

_REMEMBERED: Final = 4096  # names; each is some hundred bytes

# Ordinals stay whole (`1st`, `104th`), but for 11th to 13th: so are the names in tables that exist.
_WORDS: Final = re.compile(
    r"[A-Z]?[a-z]+(?![a-z0-9])|[A-Z]+(?=[A-Z][a-z]|[^A-Za-z0-9]|$)|[A-Z]?[a-z]+|[A-Z]+"
    r"|\d*(?:1st|2nd|3rd|(?![123])\dth)(?![a-z0-9])|\d*(?:1ST|2ND|3RD|(?![123])\dTH)(?![A-Z0-9])|\d+",
    re.ASCII,
)
# Where digits are no words of their own they belong to the word that they follow, or begin one.
_WORDS_WITH_DIGITS: Final = re.compile(
    r"[A-Z]?[a-z0-9]+(?![a-z0-9])|[A-Z]+(?=[A-Z][a-z0-9]|[^A-Za-z0-9]|$)|[A-Z]?[a-z0-9]+|[A-Z]+"
)
_NOT_BLENDO: Final = re.compile(r"[^a-zA-Z0-9$]")


def _leading_underscores(raw: str) -> str:
    return raw[: len(raw) - len(raw.lstrip("_"))]


def _safe_start(name: str) -> str:
    return f"_{name}" if name and "0" <= name[0] <= "9" else name


def _by_words(words: re.Pattern[str]) -> Callable[[str], str]:
    def spell(raw: str) -> str:
        name = "_".join(words.findall(raw)).lower()
        return _leading_underscores(raw) + _safe_start(name) if name else ""

    return spell


def _as_it_is(raw: str) -> str:
    return _safe_start(_NOT_BLENDO.sub("_", raw).lower())


class Naming:
    """How one destination names columns and tables. The answers are remembered, as many as fit a bound."""

    def __init__(self, provider: Provider, *, divide_numbers: bool, blendo: bool, escape_reserved: bool) -> None:
        self._provider = provider
        self._of_loader = {"uuid_ts", "loaded_at"} if provider.loaded_at else {"uuid_ts"}
        self._escape_reserved = escape_reserved
        self.spell = _as_it_is if blendo else _by_words(_WORDS if divide_numbers else _WORDS_WITH_DIGITS)
        self.column: Callable[[str], str] = lru_cache(_REMEMBERED)(self._column)
        self.event_table: Callable[[str], tuple[str, str]] = lru_cache(_REMEMBERED)(self._event_table)

    def _column(self, raw: str) -> str:
        """The column of a path of keys; `""` for none: nothing of it can be in a name, or the loader fills it."""
        name = self.spell(raw)
        return "" if name in self._of_loader else self.fixed(name)

    def cased(self, name: str) -> str:
        """A name in the case of the provider."""
        return name.upper() if self._provider.upper else name

    def fixed(self, name: str) -> str:
        """A name of ours, as this provider has it: in its case, not reserved, not too long."""
        provider = self._provider
        name = self.cased(name)
        if self._escape_reserved and name.upper() in provider.reserved:
            name = f"_{name}"
        return name[: provider.longest_name]

    def _event_table(self, event: str) -> tuple[str, str]:
        """What the column `event` says of an event of this name, and the table that its rows go to. `""` for no table."""
        name = self.spell(event)
        if not name:
            return "", ""
        ours = OUR_TABLES if self._escape_reserved else TABLES_ALWAYS_OURS
        if name in ours or name in self._provider.more_tables_of_ours:
            return name, self.fixed(f"_{name}")
        return name, self.fixed(name)
