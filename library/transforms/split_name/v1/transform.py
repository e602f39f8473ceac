"""Splits full names into first and last names."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import trimmed, words_of
from library.names.v1 import type_of
from library.paths.v1 import finders

_TITLES = frozenset(
    "mr mrs ms miss mx dr prof sir madam herr frau monsieur madame mme sr sra srta don doña ing dipl-ing".split()
)
_SUFFIXES = frozenset("jr sr ii iii iv md phd esq mba dds cpa".split())
_PARTICLES = frozenset(
    "van von der den de del della di da dos das do du la le el al bin ibn ben ter ten zu zum zur af av st mac vander".split()
)


def split(name: str) -> tuple[str, str]:
    """The first names and the last name in a full name; the last name is "" where there is only one.

    Titles and suffixes go; `Last, First` is turned round; particles (van, de la) belong to the last name.
    """
    before, comma, after = name.partition(",")
    if comma and any(_plain(word) not in _SUFFIXES for word in words_of(after)):
        return _first_words(after), " ".join(word for word in words_of(before) if _plain(word) not in _TITLES)
    words = words_of(before)
    while words and _plain(words[0]) in _TITLES:
        words.pop(0)
    while len(words) > 1 and _plain(words[-1]) in _SUFFIXES:
        words.pop()
    if not words:
        return "", ""
    start = len(words) - 1
    for index in range(1, len(words) - 1):
        if _plain(words[index]) in _PARTICLES:
            start = index
            break
    return (words[0], "") if len(words) == 1 else (" ".join(words[:start]), " ".join(words[start:]))


def _plain(word: str) -> str:
    return word.strip(".,").lower()


def _first_words(text: str) -> str:
    return " ".join(word for word in words_of(text) if _plain(word) not in _TITLES and _plain(word) not in _SUFFIXES)


_find = finders(parameters["fields"])
_first, _last = parameters["first"], parameters["last"]
_overwrite, _remove = parameters["overwrite"], parameters["remove"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Write first and last names beside the full ones; those of groups are no people's."""
    if type_of(event) == "group":
        return event
    for container, key in _find(event):
        if not isinstance(container, dict) or not isinstance(container[key], str) or not trimmed(container[key]):
            continue
        first, last = split(container[key])
        if _remove:
            del container[key]
        for name, value in ((_first, first), (_last, last)):
            if value and (_overwrite or not container.get(name)):
                container[name] = value
    return event
