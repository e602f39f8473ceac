"""The manifest beside a transformation's code: what the code may ask of its host.

    scrub.py  →  scrub.manifest.yaml, or else manifest.yaml in the same folder

YAML without surprises: one mapping, no tags, no aliases, no key twice, and not large.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from transformer.capabilities import NOTHING, Capabilities, CapabilitiesError

__all__ = ["ManifestError", "PlainLoader", "capabilities_beside", "manifest_beside", "read_manifest"]

_MAX_BYTES: Final = 256 * 1024
_OF_FOLDER: Final = "manifest.yaml"
_DECLARED: Final = "capabilities"
_TRANSFORM: Final = "version"
"""A manifest with this key is that of a transform of the library, whose other keys are the library's to read."""


class ManifestError(ValueError):
    """A manifest cannot be read, or says what it may not: the message begins with the file, and the line where it is known."""


class PlainLoader(yaml.SafeLoader):
    """Plain YAML: a key that stands there twice is refused, and so is an alias, with which small files become huge."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Raises ConstructorError for an alias."""
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # its stubs lack it
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed here", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Raises ConstructorError for a key that stands there twice."""
        seen = set()
        for key, _ in node.value:
            name = getattr(key, "value", None)
            if isinstance(name, str) and name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name[:64]!r} stands here twice", key.start_mark)
            seen.add(name if isinstance(name, str) else None)
        return super().construct_mapping(node, deep)


def read_manifest(path: Path) -> Mapping[str, Any]:
    """The mapping in a YAML file; an empty file is an empty one.

    Raises:
        ManifestError: it cannot be read, is too large, or is no mapping of names.
    """
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise ManifestError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    if len(content) > _MAX_BYTES:
        raise ManifestError(f"{path}: {len(content)} bytes are too many; at most {_MAX_BYTES}")
    try:
        value = yaml.load(content, PlainLoader)  # noqa: S506 - a SafeLoader, and stricter
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(path)
        raise ManifestError(f"{place}: {wrong.problem or 'is not YAML'}") from None
    except (yaml.YAMLError, ValueError, RecursionError):  # bytes that are no text, a date that is none, nesting without end
        raise ManifestError(f"{path}: is not YAML text") from None
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ManifestError(f"{path}: write a mapping, as in capabilities: {{hosts: [api.example.com]}}")
    return value


def manifest_beside(source: Path) -> Path | None:
    """The manifest that goes with a source file, if there is one."""
    own = source.with_name(f"{source.stem}.manifest.yaml")
    return next((path for path in (own, source.with_name(_OF_FOLDER)) if path.is_file()), None)


def capabilities_beside(source: Path) -> Capabilities:
    """What the manifest beside a source file declares; nothing where there is none.

    Raises:
        ManifestError: it is wrong.
    """
    path = manifest_beside(source)
    if path is None:
        return NOTHING
    found = read_manifest(path)
    slips = found.keys() - {_DECLARED}
    if slips and _TRANSFORM not in found:
        raise ManifestError(
            f"{path}: {min(slips)!r} is unknown; there is capabilities, as in capabilities: {{tables: [plans]}}"
        )
    try:
        return Capabilities.from_manifest(found.get(_DECLARED))
    except CapabilitiesError as wrong:
        raise ManifestError(f"{path}: {wrong}") from None
