"""Writes names of events, and keys of properties if wanted, in one style."""

from __future__ import annotations

import unicodedata
from typing import Any

from library.names.v1 import matcher, name_of, name_places, type_of
from library.paths.v1 import finders

_KEPT_NAMES = 2000


def words(text: str) -> list[str]:
    """The words of a name, in whatever style it is written: blanks, signs and changes of case divide them."""
    found: list[str] = []
    word = ""
    before = ""
    for index, letter in enumerate(text):
        kind = unicodedata.category(letter)
        if kind[0] not in "LMN":
            if letter in "'’" and word:
                continue
            before = ""
        elif kind == "Lu":
            following = unicodedata.category(text[index + 1]) if index + 1 < len(text) else ""
            if word and before and (before != "Lu" or following == "Ll"):
                before = ""
        if not before and word:
            found.append(word)
            word = ""
        if kind[0] in "LMN":
            word += letter
            before = kind
    return [*found, word] if word else found


def written(text: str, style: str) -> str:
    """A name in a style: snake, kebab, camel, pascal, title, sentence, lower or upper; one without any word stays."""
    parts = [word.lower() for word in words(text)]
    if not parts:
        return text
    if style in _JOINTS:
        made = _JOINTS[style].join(parts)
        return made.upper() if style == "upper" else made
    if style == "sentence":
        return " ".join([_capital(parts[0]), *parts[1:]])
    capitals = [_capital(word) for word in parts]
    if style == "title":
        return " ".join(capitals)
    return "".join([parts[0], *capitals[1:]] if style == "camel" else capitals)


_JOINTS = {"snake": "_", "kebab": "-", "lower": " ", "upper": "_"}


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


_style, _key_style = parameters["style"], parameters["keys"]
_types = frozenset(parameters["types"])
_find = finders(parameters["key_fields"], "key_fields")
_kept = matcher(parameters["keep"], case_sensitive=True)
_names: dict[tuple[str, str], str] = {}


def _styled(text: str, style: str) -> str:
    if _kept(text):
        return text
    known = _names.get((text, style))
    if known is None:
        if len(_names) >= _KEPT_NAMES:
            _names.clear()
        known = _names[text, style] = written(text, style)
    return known


def _restyle(value: Any) -> Any:
    if isinstance(value, list):
        return [_restyle(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, inner in value.items():
        name = _styled(key, _key_style)
        made[key if name in made or (name != key and name in value) else name] = _restyle(inner)
    return made


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Write the name, and the keys."""
    if type_of(event) in _types:
        name = name_of(event)
        for box, key in name_places(event):
            if box[key] == name:
                box[key] = _styled(name, _style)
    if _key_style != "keep":
        for container, key in _find(event):
            container[key] = _restyle(container[key])
    return event
