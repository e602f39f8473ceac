"""Which libraries code names, each at one exact version, with everything that they import themselves.

Code is not parsed here: that is dangerous, and happens behind the wall. What could be an import is found by its looks. One that
is none, as in a comment, is pinned for nothing and does no harm; whether every import is known is for the worker to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import orjson

from transformer.engines.base import Library
from transformer.errors import Problem
from transformer.library import shelf
from transformer.library.parameters import defaults
from transformer.manifest import ManifestError

__all__ = ["Own", "known_names", "named", "packed", "pinned", "shipped_library", "too_large", "unpacked"]

_SHIPPED: Final = {
    "python": re.compile(r"\blibrary\s*\.\s*([a-z][a-z0-9_]*)\s*\.\s*(v[1-9][0-9]*)\b"),
    "javascript": re.compile(r"@library/([a-z][a-z0-9_]*)/(v[1-9][0-9]*)"),
}
_OWN: Final = {
    "python": re.compile(r"\bfrom\b(?:\s|\\)*(\w+)|(?:^|[;:])[ \t]*import\b((?:[^\n;#\\]|\\\r?\n)*)", re.MULTILINE),
    "javascript": re.compile(r"""\b(?:from|import)\s*["']([^"'\n]{1,100})["']"""),
}
_CODES: Final = 4
"""So many times what one program may be."""

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Own:
    """A version of a workspace's own library, with the libraries that it was published with."""

    handle: str
    engine: str
    source: str
    hash: str
    libraries: tuple[Library, ...] = field(default=())


def named(engine: str, source: str) -> Iterator[str]:
    """The names in a source that may be imports: of libraries that we ship, and words that may be handles. May repeat some."""
    if engine not in _SHIPPED:
        return
    for name, version in _SHIPPED[engine].findall(source):
        yield f"library/{name}/{version}"
    for found in _OWN[engine].finditer(source):
        yield from _WORD.findall(" ".join(filter(None, found.groups())))


def pinned(engine: str, source: str, own: Mapping[str, Own] | None = None) -> tuple[Library, ...]:
    """The libraries that a program imports, and what they import; `own` are those of the workspace, by handle."""
    found: dict[str, Library] = {}
    for library in _direct(engine, source, own or {}, found):
        found[library.hash] = replace(library, direct=True)
    return tuple(found.values())


def _direct(engine: str, source: str, own: Mapping[str, Own], found: dict[str, Library]) -> Iterator[Library]:
    """The libraries that a source names; what they import goes to `found`."""
    for name in dict.fromkeys([*named(engine, source), *_whole_names(engine, source, own)]):
        mine = own.get(name)
        if mine is not None and mine.engine == engine:
            for inner in mine.libraries:
                found.setdefault(inner.hash, replace(inner, direct=False))
            imports = {inner.name: inner.hash for inner in mine.libraries if inner.direct}
            yield Library(name, mine.hash, mine.source, imports=imports)
        elif (library := shipped_library(name, engine, found)) is not None:
            yield library


def _whole_names(engine: str, source: str, own: Mapping[str, Own]) -> Iterator[str]:
    """Handles that are no words, as older services had them: JavaScript may import whatever it can quote."""
    if engine == "javascript":
        yield from (name for name in _OWN[engine].findall(source) if name in own)


def shipped_library(name: str, engine: str, found: dict[str, Library], path: Sequence[str] = ()) -> Library | None:
    """A library that we ship, as `engine` imports it, or None; what it imports goes to `found`.

    Raises:
        ManifestError: it imports itself, by whatever way.
    """
    transform = shelf.find(name)
    if transform is None or engine not in transform.sources:
        return None
    if name in path:
        raise ManifestError(f"libraries import each other in a circle: {' → '.join([*path, name])}")
    manifest, source = transform.manifest, transform.sources[engine]
    imports: dict[str, str] = {}
    for each in dict.fromkeys(named(engine, source)):
        inner = shipped_library(each, engine, found, [*path, name])
        if inner is not None:
            found.setdefault(inner.hash, inner)
            imports[each] = inner.hash
    natives = manifest.natives if engine == "python" else ()
    parameters = defaults(transform)
    told = [name, engine, source, manifest.exports, natives, parameters, imports]
    digest = sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Library(name, digest, source, manifest.exports, orjson.dumps(parameters).decode(), natives, imports)


def too_large(libraries: Iterable[Library], code_bytes: int) -> list[Problem]:
    """What is wrong with libraries that do not fit the memory and the messages of workers together; usually nothing."""
    size, most = sum(len(library.source.encode()) for library in libraries), _CODES * code_bytes
    if size <= most:
        return []
    return [Problem(f"the libraries that the code imports have {size} bytes together; at most {most}")]


def known_names(engine: str, source: str, libraries: Sequence[Library], own: Iterable[str] = ()) -> list[str]:
    """Every library that there is, for the message about one that there is not; none where that cannot be."""
    if engine not in _SHIPPED:
        return []
    found = {library.name for library in libraries}
    missing = any(name not in found for name in named(engine, source) if name.startswith("library/"))
    return [*(shelf.names() if missing else ()), *own]


def packed(libraries: Iterable[Library]) -> list[dict[str, Any]]:
    """The pins as JSON has them."""
    return [asdict(each) for each in libraries]


def unpacked(told: Iterable[Mapping[str, Any]]) -> tuple[Library, ...]:
    """The pins that `packed` wrote."""
    return tuple(map(_unpacked, told))


def _unpacked(told: Mapping[str, Any]) -> Library:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
    return Library(**fields)
