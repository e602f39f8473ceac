"""Finds the entry points of a program by reading it, and what is wrong with them.

What is exported counts; where nothing of the kind is exported, what the top level defines counts: old code does not export. An
exported transformEvent may so have a private helper called transformBatch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from transformer.engines.javascript.modules import Module
from transformer.engines.javascript.source_text import SourceText
from transformer.errors import Problem

__all__ = ["ENTRY_POINTS", "NO_ENTRY_POINT", "Entry", "find_entries", "kind_problem", "reads_metadata"]

ENTRY_POINTS: Final = ("transformBatch", "transformEvent", "transform")
"""In the order of their precedence. `transform(events)` is the legacy one: it is called as transformBatch is."""

NO_ENTRY_POINT: Final = (
    "There is no entry point: export transformEvent(event, metadata), which is called for each event, "
    "or transformBatch(events, metadata), "
    "which is called for the whole batch."
)

_NOT_A_FUNCTION: Final = {
    "generator_function_declaration": "a generator",
    "generator_function": "a generator",
    "class_declaration": "a class",
    "class": "a class",
}
# Ways to an argument, or to the global function `metadata`, that reading does not follow.
_HIDDEN: Final = re.compile(
    r"\\u|\b(?:arguments|caller|eval|Function|constructor|globalThis|Reflect)\b|\bthis\s*\[|\bwith\s*\(|(?<!\?)\.\s*metadata\s*\("
)
_CALLED: Final = re.compile(r"[ \t]*\(")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point, and the expression that gives its function after the code has run."""

    name: str
    expression: str


def find_entries(module: Module, *, legacy: bool = False) -> tuple[Entry, ...]:
    """The entry points that a program defines, the one that is used first.

    `legacy`: it was written for an older service, where a script that exports nothing had transform(events) and no other.
    """
    if legacy and not module.is_module and "transform" in module.bindings:
        return (Entry("transform", "transform"),)
    found = [Entry(name, module.exports[name]) for name in ENTRY_POINTS if name in module.exports]
    return tuple(found or [Entry(name, name) for name in ENTRY_POINTS if name in module.bindings])


def kind_problem(entry: Entry, module: Module, text: SourceText) -> Problem | None:
    """What is wrong with an entry point that cannot be called, or None."""
    binding = module.bindings.get(entry.expression)
    if binding is None or binding.function is None or binding.function.type not in _NOT_A_FUNCTION:
        return None
    what = _NOT_A_FUNCTION[binding.function.type]
    message = f"{entry.name} is {what}, which cannot be called for its result: make it a function, async if it waits."
    return text.problem(binding.function.start_byte, message)


def reads_metadata(entry: Entry, module: Module, text: SourceText) -> bool:
    """False only if it is certain that the code never asks for metadata, by the second argument or the global function."""
    binding = module.bindings.get(entry.expression)
    function = binding.function if binding else None
    if function is None or _HIDDEN.search(module.code):
        return True
    bound_by_name = function.type not in {"function_declaration", "generator_function_declaration"}
    uses = [use for use in _mentions(entry.expression, module.code) if not _CALLED.match(module.code, use.end())]
    if len(uses) > bound_by_name:  # it is given another value, or to another function
        return True
    listed = function.child_by_field_name("parameters")
    parameters = [each for each in listed.named_children if each.type != "comment"] if listed else []
    if any(each.type == "rest_pattern" for each in parameters[:2]):
        return True
    if len(parameters) < 2:
        return bool(_mentions("metadata", module.code))
    if parameters[1].type != "identifier":
        return True
    second = text.between(parameters[1].start_byte, parameters[1].end_byte)
    own = 1 if second == "metadata" else 0
    return len(_mentions("metadata", module.code)) > own or len(_mentions(second, module.code)) > 1


def _mentions(name: str, code: str) -> list[re.Match[str]]:
    """Where a name stands that is not a property after a dot. Comments and strings count: better one too many."""
    return list(re.finditer(rf"(?<![\w$.]){re.escape(name)}(?![\w$])|(?<=\.\.\.){re.escape(name)}(?![\w$])", code))
