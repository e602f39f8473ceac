"""Takes version numbers apart, so that they can be compared and grouped."""

from __future__ import annotations

import re
from typing import Any

from library.digest.v1 import trimmed
from library.paths.v1 import finders

_VERSION = re.compile(
    r"[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?",
    re.ASCII,
)
_DIGITS = 6


def parse(text: Any) -> dict[str, Any] | None:
    """The parts of a version: major, minor, patch, and revision, prerelease and build where they are; None for no version."""
    found = _VERSION.fullmatch(trimmed(text)) if isinstance(text, str) else None
    if not found:
        return None
    major, minor, patch, revision, prerelease, build = found.groups()
    made: dict[str, Any] = {"major": int(major), "minor": int(minor or 0), "patch": int(patch or 0)}
    if revision is not None:
        made["revision"] = int(revision)
    if prerelease is not None:
        made["prerelease"] = prerelease
    if build is not None:
        made["build"] = build
    return made


def sort_key(parts: dict[str, Any]) -> str:
    """A text that sorts as versions do: a release after its pre-releases, 10 after 9."""
    numbers = [str(parts.get(name, 0)).zfill(_DIGITS) for name in ("major", "minor", "patch", "revision")]
    before = parts.get("prerelease")
    if before is None:
        return ".".join(numbers) + "~"
    words = [f"0{word.zfill(_DIGITS)}" if word.isdecimal() else f"1{word}" for word in before.split(".")]
    return ".".join(numbers) + "-" + ".".join(words)


_find = finders(parameters["fields"])
_separator, _sort = parameters["separator"], parameters["sort_key"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Write the parts beside the versions."""
    for container, key in list(_find(event)):
        parts = parse(container[key]) if isinstance(container, dict) else None
        if parts:
            for name, value in parts.items():
                container[f"{key}{_separator}{name}"] = value
            if _sort:
                container[f"{key}{_separator}sort"] = sort_key(parts)
    return event
