"""What a transform of the library says of itself, in its `manifest.yaml`. Every key is known and typed: a slip is an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from transformer.manifest import ManifestError, read_manifest

__all__ = ["ENGINES_OF_LIBRARIES", "EVENT_TYPES", "GROUPS", "NAME", "Manifest", "load_manifest"]

ENGINES_OF_LIBRARIES: Final = ("python", "javascript")
"""Whose code may import libraries, in the order of preference for a step."""

GROUPS: Final = MappingProxyType(
    {
        "privacy": "Privacy",
        "filtering": "Filtering",
        "sampling": "Sampling",
        "shape": "Shape",
        "enrichment": "Enrichment",
        "functions": "Functions for your own code",
    }
)
"""What a transform is for, in the order of the list; those of the last group are no steps."""

EVENT_TYPES: Final = ("identify", "track", "page", "screen", "group", "alias")
NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_FUNCTION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SUMMARY_CHARS: Final = 100


@dataclass(frozen=True, slots=True)
class Manifest:
    """A transform's manifest. `parameters` is the JSON Schema of an object; `capabilities` may name parameters (`steps`)."""

    name: str
    version: int
    group: str
    summary: str
    event_types: tuple[str, ...]
    engines: tuple[str, ...]
    parameters: Mapping[str, Any]
    exports: tuple[str, ...]
    natives: tuple[str, ...]
    capabilities: Mapping[str, Any]
    author: str
    licence: str

    @property
    def reference(self) -> str:
        """How pipelines name it: `library/pii/v1`."""
        return f"library/{self.name}/v{self.version}"


def load_manifest(path: Path) -> Manifest:
    """The manifest in a file. Raises ManifestError, with the file and the key."""
    found = dict(read_manifest(path))
    take = _Taker(path, found)
    made = Manifest(
        name=take.text("name", NAME),
        version=take.number("version"),
        group=take.choice("group", GROUPS),
        summary=take.summary("summary"),
        event_types=take.event_types("event_types"),
        engines=take.engines("engines"),
        parameters=MappingProxyType(take.schema("parameters")),
        exports=take.names("exports", _FUNCTION),
        natives=take.names("natives", NAME),
        capabilities=MappingProxyType(take.mapping("capabilities")),
        author=take.text("author"),
        licence=take.text("licence"),
    )
    if found:
        raise take.wrong(min(found), f"is not a known key; known: {', '.join(take.known)}")
    return made


class _Taker:
    """Takes keys out of a manifest, each once and typed. Raises ManifestError."""

    def __init__(self, path: Path, found: dict[str, Any]) -> None:
        self._path = path
        self._found = found
        self.known: list[str] = []

    def wrong(self, key: str, sentence: str) -> ManifestError:
        return ManifestError(f"{self._path}: {key}: {sentence}")

    def _take(self, key: str, default: Any = None) -> Any:
        self.known.append(key)
        return self._found.pop(key, default)

    def text(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or "\n" in value.strip():
            raise self.wrong(key, "must be a line of text")
        if pattern is not None and not pattern.fullmatch(value):
            raise self.wrong(key, "must be lower-case words joined by _")
        return value.strip()

    def number(self, key: str) -> int:
        value = self._take(key)
        if type(value) is not int or value < 1:
            raise self.wrong(key, "must be a number, from 1")
        return value

    def choice(self, key: str, allowed: Mapping[str, str]) -> str:
        value = self._take(key)
        if value not in allowed:
            raise self.wrong(key, f"must be one of {', '.join(allowed)}")
        return str(value)

    def summary(self, key: str) -> str:
        value = self.text(key)
        if len(value) > _SUMMARY_CHARS or not value.endswith("."):
            raise self.wrong(key, f"must be one sentence of at most {_SUMMARY_CHARS} characters, with its full stop")
        return value

    def event_types(self, key: str) -> tuple[str, ...]:
        value = self._take(key, "all")
        if value == "all":
            return ()
        if not isinstance(value, list) or not value or not set(value) <= set(EVENT_TYPES):
            raise self.wrong(key, f"must be all, or a list of {', '.join(EVENT_TYPES)}")
        return tuple(value)

    def engines(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not value or not set(map(str, value)) <= set(ENGINES_OF_LIBRARIES):
            raise self.wrong(key, f"must be a list of {', '.join(ENGINES_OF_LIBRARIES)}, one for each source that there is")
        return tuple(engine for engine in ENGINES_OF_LIBRARIES if engine in value)

    def names(self, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and pattern.fullmatch(one) for one in value):
            raise self.wrong(key, "must be a list of names")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, Any]:
        value = self._take(key) or {}
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a mapping")
        return value

    def schema(self, key: str) -> dict[str, Any]:
        value = {"type": "object", "properties": {}, "additionalProperties": False} | self.mapping(key)
        properties = value["properties"]
        required = value.get("required", [])
        if value["type"] != "object" or not isinstance(properties, dict) or not isinstance(required, list):
            raise self.wrong(key, "must be the JSON Schema of an object, with properties")
        if unknown := [name for name in required if name not in properties]:
            raise self.wrong(f"{key}.required", f"names {unknown[0]!r}, which is no property")
        for name, each in properties.items():
            if not isinstance(each, dict) or not isinstance(each.get("description"), str):
                raise self.wrong(f"{key}.properties.{name}", "must have a description")
            if "default" not in each and name not in required:
                raise self.wrong(f"{key}.properties.{name}", "must have a default, unless it is required")
        return value
