"""A new transform: files that work, with a case, to begin from."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from transformer.library.manifest import ENGINES_OF_LIBRARIES, NAME

__all__ = ["SkeletonError", "write_skeleton"]

_MANIFEST: Final = """\
name: {name}
version: 1
group: shape
summary: Says in one sentence what it does to an event.
event_types: all
engines: [{engines}]
parameters:
  properties:
    field:
      description: The property to set.
      type: string
      minLength: 1
      default: seen
exports: [mark]
natives: []
capabilities: {{}}
author: Your name
licence: Apache-2.0
"""
_PYTHON: Final = '''\
"""Says in one sentence what it does to an event."""


def mark(event, field):
    """The event, with a property of this name set. For importers: parameters are what they pass."""
    event.setdefault("properties", {})[field] = True
    return event


def transformEvent(event, metadata):
    return mark(event, parameters["field"])
'''
_JAVASCRIPT: Final = """\
// Says in one sentence what it does to an event.

// The event, with a property of this name set. For importers: parameters are what they pass.
export function mark(event, field) {
  event.properties = { ...event.properties, [field]: true };
  return event;
}

export function transformEvent(event) {
  return mark(event, parameters.field);
}
"""
_README: Final = """\
# {name}

What it does, and when one wants it.

| before | after |
| --- | --- |
| `{{"type": "track"}}` | `{{"type": "track", "properties": {{"seen": true}}}}` |
"""
_CASES: Final = (
    {
        "name": "marks an event",
        "event": {"type": "track"},
        "expect": {"emitted": {"type": "track", "properties": {"seen": True}}},
    },
    {
        "name": "takes the name of the property",
        "parameters": {"field": "known"},
        "event": {"properties": {"a": 1}},
        "expect": {"emitted": {"properties": {"a": 1, "known": True}}},
    },
    {"name": "refuses no name", "parameters": {"field": ""}, "expect": {"refused": True}},
    {
        "name": "mark for importers",
        "function": "mark",
        "arguments": [{}, "x"],
        "expect": {"returned": {"properties": {"x": True}}},
    },
)
_SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "python": ("transform.py", _PYTHON),
    "javascript": ("transform.js", _JAVASCRIPT),
}


class SkeletonError(ValueError):
    """A transform of that name cannot be begun there: the message says why."""


def write_skeleton(folder: Path, name: str, engines: Collection[str] = ENGINES_OF_LIBRARIES) -> Path:
    """Begin the transform `name` below `folder`; returns its own folder.

    Raises:
        SkeletonError: the name is none, or there is something already.
    """
    if not NAME.fullmatch(name):
        raise SkeletonError(f"{name[:60]!r} is no name of a transform: write lower-case words joined by _")
    target = folder / name / "v1"
    if target.exists():
        raise SkeletonError(f"{target} is there already; versions that were released never change, begin v2 beside it")
    try:
        target.joinpath("cases").mkdir(parents=True)
        target.joinpath("manifest.yaml").write_text(
            _MANIFEST.format(name=name, engines=", ".join(sorted(engines, key=ENGINES_OF_LIBRARIES.index))), "utf-8"
        )
        target.joinpath("README.md").write_text(_README.format(name=name), "utf-8")
        cases = "[\n" + ",\n".join(f"  {json.dumps(case)}" for case in _CASES) + "\n]\n"
        target.joinpath("cases", "cases.json").write_text(cases, "utf-8")
        for engine in engines:
            file, source = _SOURCES[engine]
            target.joinpath(file).write_text(source, "utf-8")
    except OSError as wrong:
        raise SkeletonError(f"{target}: {(wrong.strerror or 'cannot be written').lower()}") from None
    return target
