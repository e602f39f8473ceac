"""What compiling alone does not notice: settings that do not exist, mappings that nothing reaches, events without a case.

Everything is told with the file and the line. What is found here is an error, since each of it is a slip sooner or later.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from transformer.destinations.cases import Case
from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import Definition, Entry
from transformer.destinations.lines import DefinitionError, place

__all__ = ["check_definition"]

_SETTING: Final = re.compile(r"\bsettings\.([A-Za-z_]\w*)")
_OF_SETTINGS: Final = frozenset({"settings", "config"})


def check_definition(definition: Definition, cases: list[Case]) -> None:
    """Raises DefinitionError with all that is wrong: what the compiler finds, or else what is told above."""
    compiled = compile_definition(definition)
    problems = [
        *_unknown_settings(definition),
        *_unreached(definition, [source for _, source in compiled.mappers]),
        *_overwritten(definition),
        *_without_case(definition, cases),
    ]
    if problems:
        raise DefinitionError(problems)


def _unknown_settings(definition: Definition) -> Iterator[str]:
    known = definition.settings
    for number, line in enumerate(definition.path.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        for name in _SETTING.findall(line):
            if name not in known:
                yield f"{definition.path}:{number}: there is no setting {name!r}; known: {', '.join(known) or 'none'}"
    for name, number in _read_in_mapper(definition):
        if name not in known:
            yield f"{definition.path.with_name('mapper.py')}:{number}: there is no setting {name!r} in destination.yaml"


def _read_in_mapper(definition: Definition) -> Iterator[tuple[str, int]]:
    """The settings that mapper.py reads by a constant name: settings["x"], settings.get("x"), call.settings.get("x")."""
    if not definition.mapper or not definition.path.with_name("mapper.py").is_file():
        return
    for node in ast.walk(ast.parse(definition.mapper)):
        match node:
            case ast.Call(ast.Attribute(value, "get"), [ast.Constant(str(name)), *_]) if _is_settings(value):
                yield name, node.lineno
            case ast.Subscript(value, ast.Constant(str(name))) if _is_settings(value):
                yield name, node.lineno
            case _:
                continue


def _is_settings(node: ast.expr) -> bool:
    match node:
        case ast.Name(name):
            return name in _OF_SETTINGS
        case ast.Attribute(_, name):
            return name in _OF_SETTINGS
    return False


def _unreached(definition: Definition, mappers: list[str]) -> Iterator[str]:
    """`mappers` are the sources of its mapper.py and of those that it imports from."""
    words = {word for source in mappers for word in _constants(source)}
    requests = {use for uses in definition.events.values() for use in uses} | words
    for name, form in definition.requests.items():
        if name not in requests:
            yield f"{place(form.line, definition.path)}: requests.{name}: no event leads to it, and mapper.py does not name it"
    used = {form.body[1] for form in definition.requests.values() if form.body} | words
    used |= {
        str(entry.get(word))
        for entries in definition.mappings.values()
        for entry in entries
        for word in ("include", "each", "with")
        if entry.get(word)
    }
    for name, entries in definition.mappings.items():
        if name not in used:
            line = entries[0].line if entries else definition.words.line_of("mappings")
            yield f"{place(line, definition.path)}: mappings.{name}: nothing uses it"


def _constants(source: str) -> set[str]:
    """Every text in mapper.py: a name that is built at run time is none, and should not be."""
    return {
        node.value
        for node in ast.walk(ast.parse(source or "pass"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _overwritten(definition: Definition) -> Iterator[str]:
    """Entries whose value never lasts, and sources that are named twice."""
    for name, entries in definition.mappings.items():
        always: dict[tuple[str, ...], int] = {}
        for number, entry in reversed(list(enumerate(entries))):
            what = f"{place(entry.line, definition.path)}: mappings.{name}[{number}]"
            if "include" in entry.words:
                continue
            if entry.to and entry.to in always:
                yield f"{what}: what it writes is always overwritten, in line {always[entry.to]}"
            if entry.to and _always_writes(entry):
                always[entry.to] = entry.line
            seen: list[Any] = []
            for source in entry.sources:
                if source in seen:
                    yield f"{what}: {source} is looked at twice"
                seen.append(source)


def _always_writes(entry: Entry) -> bool:
    return "when" not in entry.words and "value" in entry.words


def _without_case(definition: Definition, cases: list[Case]) -> Iterator[str]:
    seen = {str(event.get("type", "")).lower() for case in cases for event in case.events}
    for event in definition.events:
        if event != "any" and event not in seen:
            line = definition.words.line_of("events")
            yield f"{place(line, definition.path)}: events.{event}: no case has such an event; add one to cases/"
    if not cases:
        yield f"{definition.path}:1: there are no cases; cases/*.json hold lists of them"
