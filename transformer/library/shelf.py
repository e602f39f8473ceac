"""The transforms that we ship, by their names. Each is read when it is asked for, and then kept: they do not change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from transformer.engines.catalog import ENGINES
from transformer.library.manifest import ENGINES_OF_LIBRARIES, Manifest, load_manifest
from transformer.manifest import ManifestError

__all__ = ["Transform", "find", "folder", "names", "open_transform", "put_back", "try_out"]

_REFERENCE: Final = re.compile(r"library/([a-z][a-z0-9_]*)/v([1-9][0-9]{0,3})")
_tried: Final[dict[str, Transform]] = {}
_ENTRY: Final = re.compile(r"^(?:export )?(?:async )?(?:def|function) (transformBatch|transformEvent)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Transform:
    """One version of a transform: its manifest, its folder, and its source for each engine that it has."""

    manifest: Manifest
    folder: Path
    sources: Mapping[str, str]

    @property
    def reference(self) -> str:
        """`library/pii/v1`."""
        return self.manifest.reference

    @property
    def entry_point(self) -> str:
        """What a step of it calls; "" where it is functions only."""
        found = set(_ENTRY.findall(next(iter(self.sources.values()))))
        return next((name for name in ("transformBatch", "transformEvent") if name in found), "")

    @property
    def readme(self) -> str:
        """What its author tells about it."""
        return self.folder.joinpath("README.md").read_text("utf-8")


def folder() -> Path:
    """Where the transforms lie: in the package where it was installed, in the repository where one works on it."""
    packaged = Path(__file__).with_name("transforms")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "library" / "transforms"


@cache
def names() -> tuple[str, ...]:
    """Every transform, as `library/pii/v1`, by name and then version."""
    found = [(path.parent.parent.name, int(path.parent.name[1:])) for path in folder().glob("*/v*/manifest.yaml")]
    return tuple(f"library/{name}/v{version}" for name, version in sorted(found))


@cache
def find(reference: str) -> Transform | None:
    """The transform of this name, or None. Raises ManifestError if it is not as it should be."""
    if reference in _tried:
        return _tried[reference]
    matched = _REFERENCE.fullmatch(reference)
    if matched is None or reference not in names():
        return None
    return open_transform(folder() / matched[1] / f"v{matched[2]}")


def try_out(path: Path) -> Transform:
    """Take the transform in a folder to the shelf, in this process, for its author to try. Raises ManifestError."""
    transform = open_transform(path)
    _tried[transform.reference] = transform
    find.cache_clear()
    return transform


def put_back(reference: str) -> None:
    """Take a transform that was tried out from the shelf again."""
    _tried.pop(reference, None)
    find.cache_clear()


def open_transform(path: Path) -> Transform:
    """The transform in a folder. Raises ManifestError."""
    manifest = load_manifest(path / "manifest.yaml")
    if (manifest.name, f"v{manifest.version}") != (path.parent.name, path.name):
        raise ManifestError(
            f"{path / 'manifest.yaml'}: name and version must be those of its folder, {'/'.join(path.parts[-2:])}"
        )
    sources = dict(_sources(path))
    if not sources:
        raise ManifestError(f"{path}: there is no transform.py and no transform.js")
    if tuple(sources) != manifest.engines:
        told = f"must be those of the sources that are there: {', '.join(sources)}"
        raise ManifestError(f"{path / 'manifest.yaml'}: engines: {told}")
    return Transform(manifest, path, MappingProxyType(sources))


def _sources(path: Path) -> Iterator[tuple[str, str]]:
    for engine in ENGINES_OF_LIBRARIES:
        source = path / f"transform{ENGINES[engine].suffixes[0]}"
        if source.is_file():
            yield engine, source.read_text("utf-8")
