"""Reads the campaign out of URLs into context.campaign."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from library.digest.v1 import trimmed
from library.paths.v1 import finders, leaves, parse, writer

NAMES = {"utm_campaign": "name", "utm_source": "source", "utm_medium": "medium", "utm_term": "term", "utm_content": "content"}
"""The names that parameters have in a campaign; others lose their `utm_`."""

_LONGEST = 500


def campaign(url: Any, lower: bool = False) -> dict[str, str]:
    """The campaign that the parameters `utm_…` of a URL tell, in its query or fragment; empty where they tell none."""
    found: dict[str, str] = {}
    for name, value in query(url):
        name = name.lower()
        if name.startswith("utm_") and len(name) > 4 and trimmed(value):
            said = trimmed(value)[:_LONGEST]
            found.setdefault(NAMES.get(name, name[4:]), said.lower() if lower else said)
    return found


def query(url: Any) -> list[tuple[str, str]]:
    """The parameters of a URL, decoded, in their order: those of the query, then those of the fragment."""
    if not isinstance(url, str):
        return []
    before, _, fragment = url.partition("#")
    parts = [before.partition("?")[2], fragment.partition("?")[2] or ("" if "?" in fragment else fragment)]
    pairs = [pair.partition("=") for part in parts for pair in part.split("&") if "=" in pair]
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "))


_find = finders(parameters["fields"])
_target = parse(parameters["target"])
_write = writer(parameters["target"])
_lower, _overwrite, _extra = parameters["lower"], parameters["overwrite"], parameters["extra"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Write the campaign of the first URL that tells one."""
    for container, key in leaves(_find(event)):
        found = campaign(container[key], _lower)
        if _extra:
            for name, value in query(container[key]):
                if name in _extra and value:
                    found.setdefault(_extra[name], value[:_LONGEST])
        if found:
            here: Any = event
            for step in _target:
                here = here.get(step) if isinstance(here, dict) else None
            known = here if isinstance(here, dict) else {}
            if not _overwrite:
                found |= {name: value for name, value in known.items() if value is not None and value != ""}
            _write(event, {**known, **found})
            break
    return event
