"""A destination as `destination.yaml` says it, read and checked for its form. What it means is compiled in `compile.py`.

Every keyword is one of those named here; docs/MAPPINGS.md has an example of each. All that is wrong is told at once, each
with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from transformer.destinations.forms import batching_faults, entry_faults, name_fault, setting_faults
from transformer.destinations.lines import Block, DefinitionError, place, read_block

__all__ = [
    "ENTRY_KEYWORDS",
    "EVENT_TYPES",
    "KEYWORDS",
    "REQUEST_KEYWORDS",
    "Definition",
    "Demand",
    "Entry",
    "RequestForm",
    "read_definition",
]

EVENT_TYPES: Final = ("identify", "track", "page", "screen", "group", "alias", "record", "audiencelist", "any")

KEYWORDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "name": str,
    "title": str,
    "summary": str,
    "documentation": str,
    "author": str,
    "licence": str,
    "extends": str,
    "integrations": list,
    "reports_as": str,
    "workflow": str,
    "settings": dict,
    "require": list,
    "events": dict,
    "missing_type": str,
    "unsupported": str,
    "requests": dict,
    "mappings": dict,
    "batching": dict,
    "limits": list,
}
REQUEST_KEYWORDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "when": str,
    "require": list,
    "method": str,
    "endpoint": str,
    "path": str,
    "headers": dict,
    "params": dict,
    "user_id": str,
    "body": dict,
    "note": str,
}
ENTRY_KEYWORDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "to": (str, list),
    "from": (str, list, dict),
    "value": object,
    "template": str,
    "as": (str, dict, list),
    "values": dict,
    "allowed": list,
    "otherwise": object,
    "except": list,
    "only": list,
    "prefix": str,
    "flatten": str,
    "each": str,
    "with": str,
    "default": object,
    "required": (bool, str),
    "when": str,
    "include": str,
    "note": str,
}
_BODIES: Final = ("JSON", "JSON_ARRAY", "XML", "FORM", "GZIP")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DEMAND: Final[Mapping[str, type | tuple[type, ...]]] = {"that": str, "message": str, "category": str, "when": str}
_CATEGORIES: Final = ("instrumentation", "configuration", "transformation", "platform")
_BATCHING: Final[Mapping[str, type | tuple[type, ...]]] = {
    "use": str,
    "events": int,
    "bytes": int,
    "by": list,
    "body": str,
    "list": str,
    "failures": str,
    "order": str,
    "note": str,
}


_KINDS: Final[Mapping[type, str]] = {str: "a text", list: "a list", dict: "a mapping", bool: "true or false", int: "a number"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a mapping: where a value comes from, what is done to it, where it goes."""

    words: Block
    line: int

    def get(self, keyword: str, otherwise: Any = None) -> Any:
        """What the entry says under a keyword."""
        return self.words.get(keyword, otherwise)

    @property
    def to(self) -> tuple[str, ...]:
        """The path that it writes; () for the object itself."""
        given = self.words.get("to", "")
        return tuple(given) if isinstance(given, list) else tuple(given.split(".")) if given else ()

    @property
    def sources(self) -> list[Any]:
        """Where the value is looked for, in order: paths, or {"product": [path, …]} and {"sum": [path, …]}."""
        given = self.words.get("from", [])
        return given if isinstance(given, list) else [given]

    @property
    def conversions(self) -> list[tuple[str, list[Any]]]:
        """Names of conversions in the order in which they are applied, with their arguments."""
        given = self.words.get("as", [])
        return [
            (next(iter(one)), _listed(next(iter(one.values())))) if isinstance(one, dict) else (one, [])
            for one in _listed(given)
        ]


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold before an event is mapped; its message is told where it does not."""

    that: str
    message: str
    category: str
    when: str
    line: int


@dataclass(frozen=True, slots=True)
class RequestForm:
    """How one request is built. `body` is the kind of body and the mapping (or `mapper.` function) that fills it."""

    name: str
    line: int
    method: str
    endpoint: str
    path: str | None
    headers: Block
    params: Block
    user_id: str | None
    body: tuple[str, str] | None
    when: str
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole destination."""

    path: Path
    name: str
    title: str
    summary: str
    documentation: str
    integrations: tuple[str, ...]
    settings: Mapping[str, Any]
    demands: tuple[Demand, ...]
    events: Mapping[str, tuple[str, ...]]
    requests: Mapping[str, RequestForm]
    mappings: Mapping[str, tuple[Entry, ...]]
    words: Block
    mapper: str = ""
    """The source of mapper.py, or ""."""
    batching: Mapping[str, Any] = field(default_factory=dict)

    def say(self, keyword: str, otherwise: str) -> str:
        """A text of the definition, or else this one."""
        found = self.words.get(keyword, otherwise)
        return found if isinstance(found, str) else otherwise


def read_definition(folder: Path) -> Definition:
    """The destination in a folder. Raises DefinitionError with all that is wrong with its form."""
    path = folder / "destination.yaml"
    block = read_block(path)
    if "extends" in block:
        block = _extended(block, folder, path)
    reader = _Reader(path)
    definition = reader.definition(block, folder)
    if reader.problems:
        raise DefinitionError(reader.problems)
    return definition


def _extended(block: Block, folder: Path, path: Path) -> Block:
    """The block over that of the destination which it extends: keys of its own win, tables are put together."""
    name = str(block["extends"])
    base = folder.parent / name / "destination.yaml"
    if name_fault(name) or not base.is_file() or name == folder.name:
        raise DefinitionError([f"{path}:{block.line_of('extends')}: extends: there is no destination {name[:64]!r} beside it"])
    whole = read_block(base)
    if "extends" in whole:
        raise DefinitionError([f"{path}:{block.line_of('extends')}: extends: {name!r} extends another itself"])
    for key, value in block.items():
        kept = whole.get(key)
        if isinstance(kept, Block) and isinstance(value, Block) and key in {"settings", "events", "requests", "mappings"}:
            kept.update(value)
            kept.lines |= value.lines
        else:
            whole[key] = value
    whole.lines |= block.lines
    return whole


class _Reader:
    """Reads one file, and gathers what is wrong with it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.problems: list[str] = []

    def _wrong(self, line: int, sentence: str) -> None:
        self.problems.append(f"{place(line, self._path)}: {sentence}")

    def _words(self, block: Any, known: Mapping[str, type | tuple[type, ...]], what: str, line: int) -> bool:
        if not isinstance(block, Block):
            self._wrong(line, f"{what}: is no mapping of keys to values")
            return False
        right = True
        for key, value in block.items():
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                self._wrong(block.line_of(key), f"{what}: unknown keyword {key!r}; {hint}")
                right = False
            elif known[key] is not object and not isinstance(value, known[key]):
                told = " or ".join(_KINDS[kind] for kind in _kinds(known[key]))
                self._wrong(block.line_of(key), f"{what}: {key} must be {told}")
                right = False
        return right

    def definition(self, block: Block, folder: Path) -> Definition:
        self._words(block, KEYWORDS, "destination", 1)
        for key in [key for key, kind in KEYWORDS.items() if not isinstance(block.get(key), kind)]:
            block.pop(key, None)  # it was told above
        if told := name_fault(folder.name):
            self._wrong(1, f"destination: {folder.name!r} cannot be the name of its folder: {told}")
        for key in ("name", "title", "summary", "settings", "events"):
            if key not in block:
                self._wrong(1, f"destination: {key} is missing")
        if block.get("name", folder.name) != folder.name:
            self._wrong(block.line_of("name"), f"destination: name must be that of its folder, {folder.name!r}")
        own = folder / "mapper.py"
        base = folder.parent / str(block.get("extends", "")) / "mapper.py"
        mapper = own if own.is_file() else base if "extends" in block and base.is_file() else None
        title = str(block.get("title", folder.name))
        return Definition(
            path=self._path,
            name=folder.name,
            title=title,
            summary=str(block.get("summary", "")),
            documentation=str(block.get("documentation", "")),
            integrations=tuple(map(str, block.get("integrations", [title, folder.name, folder.name.upper()]))),
            settings=self._settings(block),
            demands=self._demands(block, "destination"),
            events=self._table(block, "events", self._event),
            requests=self._table(block, "requests", self._request),
            mappings=self._table(block, "mappings", self._mapping),
            words=block,
            mapper=mapper.read_text("utf-8") if mapper else "",
            batching=self._batching(block),
        )

    def _settings(self, block: Block) -> Block:
        settings = _block_of(block, "settings")
        self._all_wrong(setting_faults(settings))
        return settings

    def _table(self, block: Block, key: str, read: Callable[[str, Any, int], Any]) -> dict[str, Any]:
        table = _block_of(block, key)
        for name in table:
            if told := name_fault(str(name)):
                self._wrong(table.line_of(name), f"{key}.{name}: {told}")
        return {str(name): read(str(name), value, table.line_of(name)) for name, value in table.items()}

    def _event(self, name: str, value: Any, line: int) -> tuple[str, ...]:
        if name not in EVENT_TYPES:
            self._wrong(line, f"events: unknown type {name!r}; known: {', '.join(EVENT_TYPES)}")
        uses = _listed(value)
        if not uses or not all(isinstance(one, str) for one in uses):
            self._wrong(line, f"events.{name}: name a request, a function as mapper.{name}, or a list of these")
            return ()
        return tuple(uses)

    def _demands(self, block: Block, what: str) -> tuple[Demand, ...]:
        found = []
        for given in block.get("require", []):
            line = given.line if isinstance(given, Block) else block.line_of("require")
            if not self._words(given, _DEMAND, f"{what}: require", line):
                continue
            category = given.get("category", "instrumentation")
            if "that" not in given or "message" not in given or category not in _CATEGORIES:
                self._wrong(line, f"{what}: require: wants `that`, `message`, and a category of {', '.join(_CATEGORIES)}")
                continue
            found.append(Demand(given["that"], given["message"], category, given.get("when", ""), line))
        return tuple(found)

    def _request(self, name: str, value: Any, line: int) -> RequestForm:
        what = f"requests.{name}"
        block = value if self._words(value, REQUEST_KEYWORDS, what, line) else Block()
        method = block.get("method", "POST")
        if method not in _METHODS:
            self._wrong(block.line_of("method"), f"{what}: method must be one of {', '.join(_METHODS)}")
        body = None
        given = _block_of(block, "body")
        if given:
            kind = next(iter(given))
            if len(given) != 1 or kind not in _BODIES or not isinstance(given[kind], str):
                self._wrong(given.line, f"{what}: body wants one of {', '.join(_BODIES)}, with the name of a mapping")
            else:
                body = (kind, given[kind])
        return RequestForm(
            name,
            line,
            method,
            block.get("endpoint", ""),
            block.get("path"),
            _block_of(block, "headers"),
            _block_of(block, "params"),
            block.get("user_id"),
            body,
            block.get("when", ""),
            self._demands(block, what),
        )

    def _mapping(self, name: str, value: Any, line: int) -> tuple[Entry, ...]:
        if not isinstance(value, list):
            self._wrong(line, f"mappings.{name}: must be a list of entries")
            return ()
        entries = []
        for number, given in enumerate(value):
            what = f"mappings.{name}[{number}]"
            if self._words(given, ENTRY_KEYWORDS, what, given.line if isinstance(given, Block) else line):
                entries.append(Entry(given, given.line))
                self._all_wrong(entry_faults(given), f"{what}: ")
        return tuple(entries)

    def _batching(self, block: Block) -> Mapping[str, Any]:
        given = _block_of(block, "batching")
        if self._words(given, _BATCHING, "batching", block.line_of("batching")):
            self._all_wrong(batching_faults(given))
        return given

    def _all_wrong(self, faults: Iterable[tuple[int, str]], what: str = "") -> None:
        for line, sentence in faults:
            self._wrong(line, what + sentence)


def _block_of(block: Block, key: str) -> Block:
    found = block.get(key)
    if isinstance(found, Block):
        return found
    empty = Block()
    empty.line = block.line_of(key)
    return empty


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _kinds(allowed: type | tuple[type, ...]) -> tuple[type, ...]:
    return allowed if isinstance(allowed, tuple) else (allowed,)
