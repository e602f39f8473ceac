"""Compile the entries of a mapping to straight-line Python: no loop over entries and no look at a path per event."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson

from transformer.destinations.conditions import ConditionError, compile_condition
from transformer.destinations.conversions import CONVERSIONS
from transformer.destinations.definition import Entry
from transformer.destinations.scope import Scope, literal
from transformer.mappers.fields import FIELDS

__all__ = ["Faults", "MappingCompiler", "template"]

_HOLE: Final = re.compile(r"\{([^{}]*)\}")
_MAPPER: Final = "mapper."
_PRODUCT_AND_SUM: Final = {"product": "product", "sum": "total"}


class Faults:
    """Gathers what is wrong while a definition is compiled: sentences, each with its line."""

    def __init__(self, path: object) -> None:
        self._path = path
        self.problems: list[str] = []

    def tell(self, line: int, sentence: str) -> None:
        """Remember a sentence about a line."""
        self.problems.append(f"{self._path}:{line}: {sentence}")


class MappingCompiler:
    """Compiles one mapping to a function `name(this, call, event)` that returns a new object."""

    def __init__(
        self,
        name: str,
        function: str,
        known: Collection[str],
        functions: Collection[str],
        faults: Faults,
        *,
        inner: bool = False,
    ) -> None:
        self._name = name
        self._function = function
        self._known = known
        self._functions = functions
        self._faults = faults
        self._inner = inner
        self._scope = Scope()
        self._lines: list[str] = []
        self._targets: dict[tuple[str, ...], str] = {}
        self._careful = False
        self._constants: list[str] = []

    def code(self, entries: Sequence[Entry]) -> list[str]:
        """The lines of the function."""
        paths = [entry.to for entry in entries if "include" not in entry.words]
        merges = any(path == () for path in paths) or any("include" in entry.words for entry in entries)
        written = set(paths)
        self._careful = merges or any(path[:size] in written for path in paths for size in range(1, len(path)))
        for number, entry in enumerate(entries):
            self._entry(entry, f"mappings.{self._name}[{number}]")
        head = [*self._constants, f"def {self._function}(this, call, event):", "    out = {}"]
        head += [f"    {line}" for line in self._scope.lines]
        head += [f"    {name} = None" for name in self._targets.values()]
        return [*head, *(f"    {line}" for line in self._lines), "    return out"]

    # ------------------------------------------------------------------ one entry

    def _entry(self, entry: Entry, what: str) -> None:
        depth = 0
        self._lines.append(f"# {what.removeprefix('mappings.')} · line {entry.line}")
        if condition := entry.get("when"):
            self._add(0, f"if {self._condition(condition, entry, what)}:")
            depth = 1
        if included := entry.get("include"):
            self._need_mapping(included, entry, what)
            self._add(depth, f"out.update(map_{included}(this, call, event))")
            return
        if "value" in entry.words:
            self._assign(depth, entry.to, literal(entry.get("value")))
            return
        self._value(depth, entry, what)

    def _value(self, depth: int, entry: Entry, what: str) -> None:
        sources = [expression for source in entry.sources for expression in self._source(source, entry, what)]
        filled = entry.get("template")
        if sources:
            self._add(depth, f"v = {sources[0]}")
            for expression in sources[1:]:
                self._add(depth, f"if v is None or v == '': v = {expression}")
            after = [f"v = {template(filled, self._scope, 'v')}"] if filled else []
        else:
            self._add(depth, f"v = {_filled(filled, self._scope)}")
            after = []
        self._otherwise_absent(depth, entry)
        if "required" in entry.words and entry.get("required") is not False:
            message = entry.get("required")
            if not isinstance(message, str):
                message = f"Missing required value from {orjson.dumps(_told(entry)).decode()}"
            self._add(depth, f"if v is None or v == '': raise InstrumentationError({message!r})")
            inner = depth
        else:
            self._add(depth, "if v is not None and v != '':")
            inner = depth + 1
        for line in (*self._converted(entry, what), *after):
            self._add(inner, line)
        if (
            entry.conversions
            or "values" in entry.words
            or "allowed" in entry.words
            or "each" in entry.words
            or "with" in entry.words
        ):
            self._add(inner, "if v is not None:")
            inner += 1
        self._assign(inner, entry.to, "v")

    def _otherwise_absent(self, depth: int, entry: Entry) -> None:
        if "default" in entry.words:
            default = entry.get("default")
            given = (
                self._scope.read(default[1:-1]) if isinstance(default, str) and _HOLE.fullmatch(default) else literal(default)
            )
            self._add(depth, f"if v is None or v == '': v = {given}")

    def _source(self, source: Any, entry: Entry, what: str) -> list[str]:  # noqa: PLR0911 - one for each kind of source
        if isinstance(source, dict):
            ((operation, paths),) = source.items()
            if operation not in _PRODUCT_AND_SUM or not isinstance(paths, list):
                return ["None"]
            reads = [self._scope.read(path) if isinstance(path, str) else literal(path) for path in paths]
            return [f"{_PRODUCT_AND_SUM[operation]}({', '.join(reads)})"]
        if not isinstance(source, str):
            return ["None"]
        if source.startswith("$"):
            name = source[1:]
            if name in FIELDS:
                prefix = "^." if self._inner else ""
                return [self._scope.read(prefix + path) for path in FIELDS[name]]
            if "." not in name:
                self._faults.tell(entry.line, f"{what}: unknown field ${name}; known: {', '.join(FIELDS)}")
                return ["None"]
        if source.startswith(_MAPPER):
            self._need_function(source, entry, what)
            return [f"{source}(this, call)"]
        return [self._scope.read(source)]

    def _converted(self, entry: Entry, what: str) -> list[str]:
        lines: list[str] = []
        kind, may_be_gone = "any", False
        for name, arguments in entry.conversions:
            guard = "if v is not None: " if may_be_gone else ""
            if str(name).startswith(_MAPPER):
                self._need_function(name, entry, what)
                lines.append(f"{guard}v = {name}({', '.join(['v', *map(literal, arguments)])})")
                kind, may_be_gone = "any", True
                continue
            known = CONVERSIONS.get(name)
            if known is None:
                self._faults.tell(
                    entry.words.line_of("as"), f"{what}: unknown conversion {name!r}; known: {', '.join(CONVERSIONS)}"
                )
                return lines
            if len(arguments) > known.arguments or (
                known.arguments and name not in {"round", "date", "flat"} and len(arguments) < known.arguments
            ):
                self._faults.tell(
                    entry.words.line_of("as"), f"{what}: {name} takes {known.arguments} arguments, not {len(arguments)}"
                )
            if not _fits(kind, known.takes):
                self._faults.tell(entry.words.line_of("as"), f"{what}: {name} cannot work on what comes before it: {kind}")
            lines.append(f"{guard}v = {known.function}({', '.join(['v', *map(literal, arguments)])})")
            may_be_gone = may_be_gone or known.fails
            kind = kind if known.gives == "same" else known.gives
        lines += self._looked_up(entry, may_be_gone)
        lines += self._of_objects(entry, what, "v is not None and " if may_be_gone else "")
        return lines

    def _looked_up(self, entry: Entry, may_be_gone: bool) -> list[str]:
        guard = "v is not None and " if may_be_gone else ""
        if "values" in entry.words:
            table = {_key(key): value for key, value in entry.get("values").items()}
            name = f"VALUES_{self._function}_{len(self._constants)}"
            self._constants.append(f"{name} = {literal(table)}")
            otherwise = literal(entry.get("otherwise"))
            if entry.get("otherwise") == "keep":
                otherwise = "v"
            return [
                f"v = {name}.get(text(v), {otherwise})"
                if not guard
                else f"if v is not None: v = {name}.get(text(v), {otherwise})"
            ]
        if "allowed" in entry.words:
            allowed = literal(tuple(entry.get("allowed")))
            otherwise = entry.get("otherwise")
            return [f"if {guard}v not in {allowed}: v = {literal(otherwise)}"]
        return []

    def _of_objects(self, entry: Entry, what: str, guard: str) -> list[str]:
        lines = []
        if "only" in entry.words:
            lines.append(f"if {guard}type(v) is dict: v = only(v, {literal(tuple(entry.get('only')))})")
        if "except" in entry.words:
            lines.append(f"if {guard}type(v) is dict: v = without(v, {literal(frozenset(entry.get('except')))})")
        if "flatten" in entry.words:
            lines.append(f"if {guard}type(v) is dict: v = flatten(v, {literal(entry.get('flatten'))})")
        if "prefix" in entry.words:
            lines.append(f"if {guard}type(v) is dict: v = {{{literal(entry.get('prefix'))} + k: x for k, x in v.items()}}")
        for keyword in ("each", "with"):
            if inner := entry.get(keyword):
                self._need_mapping(inner, entry, what)
                if keyword == "each":
                    lines.append(f"v = [x for one in items(v) if (x := map_{inner}(one, call, event))] or None")
                else:
                    lines.append(f"v = map_{inner}(v, call, event) or None if type(v) is dict else None")
        return lines

    # ------------------------------------------------------------------ where it goes

    def _assign(self, depth: int, to: tuple[str, ...], value: str) -> None:
        if not to:
            self._add(depth, f"merge(out, {value})")
        elif len(to) == 1:
            self._add(depth, f"out[{to[0]!r}] = {value}")
        elif self._careful:
            self._add(depth, f"put(out, {to!r}, {value})")
        else:
            self._add(depth, f"{self._target(depth, to[:-1])}[{to[-1]!r}] = {value}")

    def _target(self, depth: int, way: tuple[str, ...]) -> str:
        outer = self._target(depth, way[:-1]) if len(way) > 1 else "out"
        name = self._targets.setdefault(way, f"t{len(self._targets)}")
        self._add(depth, f"if {name} is None: {name} = {outer}[{way[-1]!r}] = {{}}")
        return name

    # ------------------------------------------------------------------ parts

    def _condition(self, condition: str, entry: Entry, what: str) -> str:
        try:
            return compile_condition(condition, self._scope)
        except ConditionError as wrong:
            self._faults.tell(entry.words.line_of("when"), f"{what}: when: {wrong}")
            return "True"

    def _need_mapping(self, name: str, entry: Entry, what: str) -> None:
        if name not in self._known:
            self._faults.tell(entry.line, f"{what}: there is no mapping {name!r}")

    def _need_function(self, name: str, entry: Entry, what: str) -> None:
        if name.removeprefix(_MAPPER) not in self._functions:
            self._faults.tell(entry.line, f"{what}: mapper.py has no function {name.removeprefix(_MAPPER)!r}")

    def _add(self, depth: int, line: str) -> None:
        self._lines.append("    " * depth + line)


def _filled(pattern: str, scope: Scope) -> str:
    """As `template`, but None where no hole has a value, and without white space around it."""
    parts = _parts(pattern, scope, None)
    values = ", ".join(read if is_hole else f"Fixed({read})" for is_hole, read in parts)
    return f"filled({values})"


def template(pattern: str, scope: Scope, value: str | None) -> str:
    """The expression for a text with `{path}` holes; `{}` is the value at hand. A hole without a value is empty.

    `{path|lower|sha256}` converts. `{{` and `}}` are braces.
    """
    return " + ".join(f"said({read})" if is_hole else read for is_hole, read in _parts(pattern, scope, value))


def _parts(pattern: str, scope: Scope, value: str | None) -> list[tuple[bool, str]]:
    """The pieces of a template: whether it is a hole, and its expression."""
    prepared = pattern.replace("{{", "\0").replace("}}", "\1")
    parts: list[tuple[bool, str]] = []
    at = 0
    for hole in _HOLE.finditer(prepared):
        if hole.start() > at:
            parts.append((False, literal(_braces(prepared[at : hole.start()]))))
        path, *names = hole[1].split("|")
        if path == "" and value:
            read = value
        elif path.startswith("$"):
            read = f"field(event, {path[1:]!r})"
        else:
            read = scope.read(path)
        for name in names:
            read = f"converted({CONVERSIONS[name].function}, {read})" if name in CONVERSIONS else read
        parts.append((True, read))
        at = hole.end()
    if at < len(prepared) or not parts:
        parts.append((False, literal(_braces(prepared[at:]))))
    return parts


def _braces(text: str) -> str:
    return text.replace("\0", "{").replace("\1", "}")


def _fits(kind: str, takes: str) -> bool:
    if "any" in {kind, takes} or kind == takes:
        return True
    return takes == "scalar" and kind in {"text", "number", "boolean", "scalar"}


def _key(key: object) -> str:
    return {True: "true", False: "false"}[key] if isinstance(key, bool) else str(key)


def _told(entry: Entry) -> Any:
    sources = [_spelled(one) if isinstance(one, str) else one for one in entry.sources]
    return sources[0] if len(sources) == 1 and isinstance(sources[0], str) else sources


def _spelled(source: str) -> str:
    """A standard field as senders of events write its name: `$group_id` is groupId."""
    if not source.startswith("$"):
        return source
    first, *others = source[1:].split("_")
    return first + "".join(map(str.capitalize, others))
