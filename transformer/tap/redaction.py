"""Hide what the rules name, in all that is shown of one event: the event, its outputs, its metadata and every text about it.

A value that a rule hides under one name is hidden under every name: transformations copy and rename fields, put values into
messages and log them. So this takes two looks. The first hides fields by name and remembers what stood there; the second hides
what value rules find, and what was remembered, wherever it turns up, also inside longer texts, in keys, and in JSON within a
text. What code derives from a value (reversed, hashed, in base64) is not recognised; a rule for the derived field's name is.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, quote_plus

import orjson

from transformer.tap.rules import MARK, Rules

__all__ = ["Redaction", "TooMuchToHideError"]

_SECRETS: Final = 500
_SHORT: Final = 4
_WITHIN: Final = 3


class TooMuchToHideError(Exception):
    """The event holds more to hide than is looked for; it is better not shown."""


class Redaction:
    """The redaction of one event. `learn` from all of its parts first, then `hide` each of them."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._secrets: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        self._any: re.Pattern[str] | None = None

    def learn(self, value: Any, within: int = 0) -> None:
        """Remember the values that stand in `value` under names that are hidden. Raises TooMuchToHideError."""
        if isinstance(value, dict):
            for key, inner in value.items():
                if self._rules.hides_field(key):
                    self._remember(inner)
                else:
                    self.learn(inner, within)
        elif isinstance(value, list):
            for inner in value:
                self.learn(inner, within)
        elif isinstance(value, str) and (inside := _json_within(value, within)) is not None:
            self.learn(inside, within + 1)

    def _remember(self, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                self._remember(key)
                self._remember(inner)
        elif isinstance(value, list):
            for inner in value:
                self._remember(inner)
        elif value is not None and not isinstance(value, bool) and (text := _text(value).strip()):
            self._secrets.add(text)
            if len(self._secrets) > _SECRETS:
                raise TooMuchToHideError

    def ready(self) -> None:
        """All was learnt."""
        forms: set[str] = set()
        for text in self._secrets:
            # As it stands in messages, in JSON and in URLs.
            forms |= {text, repr(text)[1:-1], orjson.dumps(text).decode()[1:-1], quote(text), quote_plus(text)}
        # A short value hides where it stands alone; inside words it would hide half of the text.
        words = [rf"(?<!\w){re.escape(text)}(?!\w)" if len(text) < _SHORT else re.escape(text) for text in forms]
        self._patterns = [re.compile(word, re.IGNORECASE) for word in words]
        self._any = re.compile("|".join(words), re.IGNORECASE) if words else None

    def hide(self, value: Any, within: int = 0) -> Any:
        """`value` with all of it hidden that is to be hidden; a new value, of the same shape where nothing was."""
        if isinstance(value, dict):
            return self._hide_fields(value, within)
        if isinstance(value, list):
            return [self.hide(inner, within) for inner in value]
        if isinstance(value, str):
            return self.hide_text(value, within)
        if value is None or isinstance(value, bool):
            return value
        text = _text(value)
        return value if self.hide_text(text) == text else MARK

    def hide_text(self, text: str, within: int = 0) -> str:
        """The same for a text: a value, a key, a message, a line of a log."""
        if self._secrets and text.strip() in self._secrets:
            return MARK
        if (inside := _json_within(text, within)) is not None:
            hidden = self.hide(inside, within + 1)
            if hidden != inside:
                text = orjson.dumps(hidden).decode()
        spans = self._rules.find_values(text)
        if self._any is not None and self._any.search(text):
            # One by one: of two that overlap, all of them together would find only the first.
            spans += [found.span() for pattern in self._patterns for found in pattern.finditer(text)]
        if not spans:
            return text
        shown, at = [], 0
        for begin, end in sorted(spans):
            # What is found may overlap; all of it goes, so no rest of one is left beside another.
            if begin >= at:
                shown += [text[at:begin], MARK]
            at = max(at, end)
        return "".join((*shown, text[at:]))

    def _hide_fields(self, fields: dict[str, Any], within: int) -> dict[str, Any]:
        hidden: dict[str, Any] = {}
        for key, value in fields.items():
            name = shown = self.hide_text(key, within=_WITHIN)
            number = 1
            while shown in hidden:  # two keys that look alike once they are hidden
                number += 1
                shown = f"{name} {number}"
            hidden[shown] = MARK if self._rules.hides_field(key) else self.hide(value, within)
        return hidden


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _json_within(text: str, within: int) -> Any:
    """The object or list that `text` is the JSON of, None where it is none, or too deep inside others."""
    if within >= _WITHIN or text[:1] not in {"{", "["}:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
