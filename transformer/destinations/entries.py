"""Compile the entries of a mapping to straight-line Python: no loop over entries and no look at a path per event."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from transformer.destinations.conditions import ConditionError, compile_condition
from transformer.destinations.conversions import CONVERSIONS
from transformer.destinations.definition import Entry
from transformer.destinations.holes import Tell, filled, hole, paths_in, template
from transformer.destinations.lines import place
from transformer.destinations.literals import LiteralError, literal
from transformer.destinations.scope import Scope, path_fault
from transformer.mappers.fields import FIELDS
from transformer.mappers.values import text

__all__ = ["PRESENT", "Faults", "MappingCompiler"]

_MAPPER: Final = "mapper."
PRESENT: Final = "if v or (v is not None and v != ''):"
_ABSENT: Final = "if not v and (v is None or v == ''):"
"""What compiled code asks of a value. Nearly every value is true, and is then looked at once."""
_PRODUCT_AND_SUM: Final = {"product": "product", "sum": "total"}
_IN_OBJECT: Final = re.compile(r"(o_\w+)\.get\(")
_WITHOUT_VALUE: Final = frozenset({"when", "default", "required", "template"})
"""Keywords of entries that do something where there is no value, or are looked at before it."""
_MAY_LEAVE_NOTHING: Final = frozenset({"values", "allowed", "each", "with"})
_WANTS: Final = {
    "each": frozenset({"any", "list", "object"}),
    **dict.fromkeys(("with", "only", "except", "flatten", "prefix"), frozenset({"any", "object"})),
    **dict.fromkeys(("values", "allowed"), frozenset({"any", "text", "number", "boolean"})),
}
"""What keywords can work on, of the kinds that conversions give."""
_OF_TYPE: Final = {"string": "text", "number": "number", "integer": "number", "boolean": "boolean", "array": "list"}
_TYPES: Final = {"object": "dict", "list": "list"}
"""Kinds that a conversion cannot do without, as Python calls them."""


class Faults:
    """Gathers what is wrong while a definition is compiled: sentences, each with its line."""

    def __init__(self, path: object) -> None:
        self._path = path
        self.problems: list[str] = []

    def tell(self, line: int, sentence: str) -> None:
        """Remember a sentence about a line."""
        told = f"{place(line, self._path)}: {sentence}"
        if told not in self.problems:  # what is included is compiled in several places
            self.problems.append(told)

    def at(self, line: int, what: str) -> Tell:
        """What tells sentences about this part, in this line."""
        return lambda sentence: self.tell(line, f"{what}: {sentence}")


class MappingCompiler:
    """Compiles one mapping to a function `name(this, call, event)` that returns a new object."""

    def __init__(
        self,
        name: str,
        function: str,
        known: Mapping[str, Sequence[Entry]],
        functions: Collection[str],
        faults: Faults,
        *,
        settings: Mapping[str, str],
        parts: Collection[str] = (),
    ) -> None:
        """`known` are all mappings; `parts` those for objects within the event."""
        self._name = name
        self._function = function
        self._known = known
        self._functions = functions
        self._faults = faults
        self._settings = settings
        self._parts = parts
        self._inner = name in parts
        self._scope = Scope()
        self._lines: list[str] = []
        self._targets: dict[tuple[str, ...], str] = {}
        self._careful = False
        self._constants: list[str] = []
        self._guard = ""

    def code(self, entries: Sequence[Entry]) -> list[str]:
        """The lines of the function."""
        spelled = list(self._spelled_out(self._name, entries, (self._name,)))
        paths = [entry.to for _, entry in spelled if "include" not in entry.words]
        merges = any(path == () for path in paths) or any("include" in entry.words for _, entry in spelled)
        written = set(paths)
        self._careful = merges or any(path[:size] in written for path in paths for size in range(1, len(path)))
        for what, entry in spelled:
            self._entry(entry, what)
        head = [*self._constants, f"def {self._function}(this, call, event):", "    out = {}"]
        head += [f"    {line}" for line in self._scope.lines]
        head += [f"    {name} = None" for name in self._targets.values()]
        return [*head, *(f"    {line}" for line in self._lines), "    return out"]

    def _spelled_out(self, name: str, entries: Sequence[Entry], above: tuple[str, ...]) -> Iterator[tuple[str, Entry]]:
        """The entries, with those of mappings that are included in their place: a call and a copy less for each event."""
        for number, entry in enumerate(entries):
            included = entry.get("include")
            if included in self._known and "when" not in entry.words and included not in above and self._is_flat(included):
                yield from self._spelled_out(included, self._known[included], (*above, included))
            else:
                yield f"mappings.{name}[{number}]", entry

    def _is_flat(self, name: str) -> bool:
        """Whether what a mapping makes can as well be written where it is included."""
        alike = (name in self._parts) == self._inner
        return alike and all("include" in entry.words or len(entry.to) == 1 for entry in self._known[name])

    # ------------------------------------------------------------------ one entry

    def _entry(self, entry: Entry, what: str) -> None:
        depth = 0
        self._lines.append(f"# {what.removeprefix('mappings.')} · line {entry.line}")
        if {"when", "include", "value"} & set(entry.words):
            self._guard = ""
        if condition := entry.get("when"):
            self._add(0, f"if {self._condition(condition, entry, what)}:")
            depth = 1
        if included := entry.get("include"):
            self._need_mapping(included, entry, what)
            self._add(depth, f"out.update(map_{included}(this, call, event))")
            return
        if "value" in entry.words:
            self._assign(depth, entry.to, self._literal(entry, "value", what))
            return
        self._value(depth, entry, what)

    def _guarded(self, sources: Sequence[str], entry: Entry) -> bool:
        """Whether the lines stand below a look at the object that the value is in: many have none, and neighbours share it."""
        found = _IN_OBJECT.match(sources[0]) if len(sources) == 1 and not _WITHOUT_VALUE & set(entry.words) else None
        if found is None:
            return False
        if self._guard != found[1]:
            self._guard = found[1]
            self._add(0, f"if {found[1]}:")
        return True

    def _value(self, depth: int, entry: Entry, what: str) -> None:
        sources = [expression for source in entry.sources for expression in self._source(source, entry, what)]
        if self._guarded(sources, entry):
            depth += 1
        else:
            self._guard = ""
        pattern, tell = entry.get("template"), self._faults.at(entry.words.line_of("template"), f"{what}: template")
        after = []
        if sources:
            self._add(depth, f"v = {sources[0]}")
            for expression in sources[1:]:
                self._add(depth, f"{_ABSENT} v = {expression}")
            after = [f"if v is not None: v = {template(pattern, self._scope, tell, 'v')}"] if pattern is not None else []
        else:
            self._add(depth, f"v = {filled(str(pattern), self._scope, tell)}")
        self._otherwise_absent(depth, entry, what)
        needed = _demanded(entry)
        if needed:
            self._add(depth, f"{_ABSENT} {needed}")
        else:
            self._add(depth, PRESENT)
            depth += 1
        lines, may_be_gone = self._converted(entry, what)
        for line in (*lines, *after):
            self._add(depth, line)
        if may_be_gone or (needed and entry.conversions) or _MAY_LEAVE_NOTHING & set(entry.words):
            self._add(depth, f"{_ABSENT} {needed}" if needed else "if v is not None:")
            depth += not needed
        self._assign(depth, entry.to, "v")

    def _otherwise_absent(self, depth: int, entry: Entry, what: str) -> None:
        if "default" in entry.words:
            default, tell = entry.get("default"), self._faults.at(entry.words.line_of("default"), f"{what}: default")
            given = hole(default, self._scope, tell) if isinstance(default, str) else None
            self._add(depth, f"{_ABSENT} v = {given or self._literal(entry, 'default', what)}")

    def _source(self, source: Any, entry: Entry, what: str) -> list[str]:
        if isinstance(source, dict):
            ((operation, paths),) = source.items()
            reads = [read for path in paths for read in self._term(path, entry, what)]
            return [f"{_PRODUCT_AND_SUM[operation]}({', '.join(reads)})"]
        if source.startswith("$") and source[1:] in FIELDS:
            prefix = "^." if self._inner else ""
            return [self._scope.read(prefix + path) for path in FIELDS[source[1:]]]
        if source.startswith(_MAPPER):
            self._need_function(source, entry, what)
            return [f"{source}(this, call)"]
        return self._term(source, entry, what)

    def _term(self, path: Any, entry: Entry, what: str) -> list[str]:
        """One path, field or number."""
        if not isinstance(path, str):
            return [literal(path)]
        if path.startswith("$") and path[1:] in FIELDS:
            return [f"field(event, {path[1:]!r})"]
        told = path_fault(path)
        if path.startswith("$") and "." not in path:
            told = f"unknown field {path}; known: {', '.join(FIELDS)}"
        if told:
            self._faults.tell(entry.words.line_of("from"), f"{what}: {told}")
            return ["None"]
        return [self._scope.read(path)]

    def _converted(self, entry: Entry, what: str) -> tuple[list[str], bool]:
        """The lines that convert `v`, and whether nothing may be left of it."""
        lines: list[str] = []
        kind, may_be_gone = self._kind(entry), False
        tell = self._faults.at(entry.words.line_of("as"), what)
        for name, arguments in entry.conversions:
            guard = "if v is not None: " if may_be_gone else ""
            passed = ", ".join(["v", *self._arguments(arguments, tell)])
            if name.startswith(_MAPPER):
                self._need_function(name, entry, what)
                lines.append(f"{guard}v = {name}({passed})")
                kind, may_be_gone = "any", True
                continue
            known = CONVERSIONS.get(name)
            if known is None:
                tell(f"unknown conversion {name!r}; known: {', '.join(CONVERSIONS)}")
                return lines, True
            if told := known.argument_fault(arguments):
                tell(f"{name} {told}")
            if not known.fits(kind):
                tell(f"{name} cannot work on what comes before it: {kind}")
            one_kind = kind == "any" and known.takes in _TYPES
            unless = f"if not ({known.keeps}): " if known.keeps and not guard else guard
            lines.append(
                f"{unless}v = {known.function}({passed})"
                + (f" if type(v) is {_TYPES[known.takes]} else None" if one_kind else "")
            )
            may_be_gone = may_be_gone or known.fails or one_kind
            kind = kind if known.gives == "same" else known.gives
        for keyword, kinds in _WANTS.items():
            if keyword in entry.words and kind not in kinds:
                self._faults.tell(
                    entry.words.line_of(keyword), f"{what}: {keyword} cannot work on what comes before it: {kind}"
                )
        lines += self._looked_up(entry, what, may_be_gone)
        lines += self._of_objects(entry, what, "v is not None and " if may_be_gone else "")
        return lines, may_be_gone

    def _kind(self, entry: Entry) -> str:
        """The kind of value that an entry finds, where it can be none but the setting of that type."""
        if "from" not in entry.words:
            return "text" if "default" not in entry.words else "any"
        (source, *others) = entry.sources
        name = source.removeprefix("settings.") if isinstance(source, str) and source.startswith("settings.") else ""
        if others or "default" in entry.words or name not in self._settings:
            return "any"
        return _OF_TYPE.get(self._settings[name], self._settings[name])

    @staticmethod
    def _arguments(arguments: Sequence[Any], tell: Tell) -> list[str]:
        try:
            return [literal(one) for one in arguments]
        except LiteralError as wrong:
            tell(str(wrong))
            return []

    def _literal(self, entry: Entry, keyword: str, what: str) -> str:
        try:
            return literal(entry.get(keyword))
        except LiteralError as wrong:
            self._faults.tell(entry.words.line_of(keyword), f"{what}: {keyword}: {wrong}")
            return "None"

    def _constant(self, value: str) -> str:
        """The name of a constant of the module."""
        name = f"CONSTANT_{self._function}_{len(self._constants)}"
        self._constants.append(f"{name} = {value}")
        return name

    def _looked_up(self, entry: Entry, what: str, may_be_gone: bool) -> list[str]:
        otherwise = "v" if entry.get("otherwise") == "keep" else self._literal(entry, "otherwise", what)
        if "values" in entry.words:
            name = self._constant(literal({text(key): value for key, value in entry.get("values").items()}))
            return [f"{'if v is not None: ' if may_be_gone else ''}v = {name}.get(text(v), {otherwise})"]
        if "allowed" in entry.words:
            allowed = self._constant(literal(tuple(entry.get("allowed"))))
            return [f"if {'v is not None and ' if may_be_gone else ''}v not in {allowed}: v = {otherwise}"]
        return []

    def _of_objects(self, entry: Entry, what: str, guard: str) -> list[str]:
        lines = []
        if "only" in entry.words:
            lines.append(f"if {guard}type(v) is dict: v = only(v, {self._constant(literal(tuple(entry.get('only'))))})")
        if "except" in entry.words:
            lines.append(
                f"if {guard}type(v) is dict: v = without(v, {self._constant(literal(frozenset(entry.get('except'))))})"
            )
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
            self._add(depth, f"put_apart(out, {to!r}, {value})")
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


def _demanded(entry: Entry) -> str:
    """The statement for an entry that has no value and needs one; "" where it needs none."""
    message = entry.get("required", False)
    if message is True:
        message = f"Missing required value from {orjson.dumps(_told(entry)).decode()}"
    return f"raise InstrumentationError({message!r})" if message else ""


def _told(entry: Entry) -> Any:
    given = entry.sources or paths_in(entry.get("template", ""))
    sources = [_spelled(one) if isinstance(one, str) else one for one in given]
    return sources[0] if len(sources) == 1 and isinstance(sources[0], str) else sources


def _spelled(source: str) -> str:
    """A standard field as senders of events write its name: `$group_id` is groupId."""
    if not source.startswith("$"):
        return source
    first, *others = source[1:].split("_")
    return first + "".join(map(str.capitalize, others))
