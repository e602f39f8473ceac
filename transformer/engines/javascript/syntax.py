"""Reads a source before V8 does: which entry points it has, what is wrong with it, and what V8 is to run.

tree-sitter reads, V8 judges. What the code exports and imports, and which of it is types, is read from tree-sitter's tree,
which is there for broken code too; whether the rest is JavaScript is for V8 to say, because its words and places are better and
its grammar is the one that counts. So every problem of ours is found, and the first of V8's.

Code that exports or imports, and TypeScript, is strict, as modules are; other code is a sloppy script, as it is in Node and was
in the incumbent. Every source may be TypeScript: it is taken for that if it does not fit JavaScript and fits TypeScript better.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tree_sitter import Tree

from transformer.engines.base import EntryPoint
from transformer.engines.javascript.broken import refusal
from transformer.engines.javascript.entry import ENTRY_POINTS, NO_ENTRY_POINT, Entry, find_entries, kind_problem, reads_metadata
from transformer.engines.javascript.grammar import JAVASCRIPT_GRAMMAR, TYPESCRIPT_GRAMMAR, Grammar
from transformer.engines.javascript.modules import Import, Module, read_module
from transformer.engines.javascript.source_text import SourceText
from transformer.engines.javascript.typescript import erase_types
from transformer.engines.naming import no_library
from transformer.errors import Problem

__all__ = ["ENTRY_POINTS", "NO_ENTRY_POINT", "Around", "Prepared", "prepare"]

_UNREADABLE: Final = re.compile("[\0\ud800-\udfff]")
_MOST_PROBLEMS: Final = 100
_BOTH: Final = "transformEvent and transformBatch are both exported: export the one that is to be called."
_NUL: Final = "There is a NUL character here: remove it."
_SURROGATE: Final = "The code cannot be read: it holds half of a surrogate pair. Write the whole character, or its escape."
_NOT_READ: Final = "The code cannot be read as JavaScript, nor as TypeScript, from here on: put this part into other words."
_LOOKS_DEFINED: Final = r"\b(?:function\s+|const\s+|let\s+|var\s+){}\b"


@dataclass(slots=True)
class Prepared:
    """A source as V8 is to run it."""

    code: str
    """The source with blanks for what V8 is not to see: as many code points, in as many lines. One more line follows, and the
    value of the whole is a list with a function, or undefined, for each of ENTRY_POINTS; for a library, an object of its
    exports."""

    entry_points: tuple[str, ...] = ()
    """Those of ENTRY_POINTS that the code defines, in the order of their precedence."""

    imports: tuple[Import, ...] = ()
    exports: tuple[str, ...] = ()
    strict: bool = False
    problems: list[Problem] = field(default_factory=list)
    """In the order of the source. Places count code points, from 1."""

    warnings: list[Problem] = field(default_factory=list)
    uses_metadata: bool = True
    readable: bool = True
    """Whether it is JavaScript, or TypeScript, at all."""

    @property
    def entry_point(self) -> EntryPoint | None:
        """What the worker is to call."""
        if not self.entry_points or self.problems:
            return None
        return "transformEvent" if self.entry_points[0] == "transformEvent" else "transformBatch"


@dataclass(frozen=True, slots=True)
class Around:
    """What code may import: the names that each library exports, by how it is written; and all libraries, for messages."""

    libraries: Mapping[str, Collection[str]] = field(default_factory=dict)
    known: Sequence[str] = ()
    library: bool = False
    """Whether the code is one itself, and may do without an entry point."""
    loose: bool = False
    """Whether it may import anything. Such code is not to be run."""
    legacy: bool = False
    """Whether it was written for an older service: see `entry.find_entries`."""


def prepare(source: str, around: Around = Around()) -> Prepared:
    """What V8 is to run, and what is wrong with the source. Never raises for bad code, and runs none of it."""
    if wrong := _unreadable(source):
        return Prepared(source, problems=[wrong], readable=False)
    text = SourceText(source)
    tree = JAVASCRIPT_GRAMMAR.parse(text.data)
    prepared, compiles = _read(text, tree, around)
    if compiles:
        return prepared
    types = TYPESCRIPT_GRAMMAR.parse(text.data)
    if not types.root_node.has_error:
        typed, compiles = _read_typed(text, types, around)
        return typed if typed and (compiles or tree.root_node.has_error) else prepared
    typed, compiles = _read_typed(text, types, around)
    if typed is None:
        return prepared
    if _misfit(TYPESCRIPT_GRAMMAR, types) < _misfit(JAVASCRIPT_GRAMMAR, tree):
        if compiles:  # by luck: what did not fit may have been blanked, or not
            left = [problem for problem in typed.problems if problem.message != NO_ENTRY_POINT]
            typed.problems = [*left, text.problem(_trouble(types), _NOT_READ)]
            typed.readable = False
        return typed
    # Both misread it: whoever came further is more likely to have come to what is wrong.
    return typed if _reached(typed) > _reached(prepared) else prepared


def _reached(prepared: Prepared) -> tuple[int, int]:
    """How far V8 came; to the end, where it is not it that says what is wrong."""
    return max(
        [(each.line, each.column) for each in prepared.problems if each.message.startswith("SyntaxError")],
        default=(sys.maxsize, 0),
    )


def _trouble(types: Tree) -> int:
    """Where TypeScript does not fit: of what is not closed, where it begins."""
    first = TYPESCRIPT_GRAMMAR.trouble(types)[0]
    if first.is_missing and first.type == "}" and first.parent is not None:
        return first.parent.start_byte
    return first.start_byte


def _unreadable(source: str) -> Problem | None:
    """What no parser can be given."""
    found = _UNREADABLE.search(source)
    if not found:
        return None
    line = source.count("\n", 0, found.start()) + 1
    return Problem(_NUL if found[0] == "\0" else _SURROGATE, line, found.start() - source.rfind("\n", 0, found.start()))


def _read_typed(text: SourceText, tree: Tree, around: Around) -> tuple[Prepared | None, bool]:
    """What is left without the types, as `_read` has it. None where there are none."""
    code, problems = erase_types(text, tree)
    if code == text.text:
        return None, False
    erased = SourceText(code)
    return _read(erased, JAVASCRIPT_GRAMMAR.parse(erased.data), around, problems, typed=True)


def _read(
    text: SourceText, tree: Tree, around: Around, found: Sequence[Problem] = (), *, typed: bool = False
) -> tuple[Prepared, bool]:
    """What V8 is to run for a text without types, and whether V8 could compile it."""
    module = read_module(text, tree)
    strict = typed or module.is_module or around.library
    refused = refusal(module.code, strict=strict)
    entries = find_entries(module, legacy=around.legacy)
    problems = [*found, *module.problems, *_unknown_imports(module, text, around)]
    if refused and not module.has_jsx:  # which is what V8 stumbles over
        problems.append(refused)
    if not entries and tree.root_node.has_error:
        entries = _entries_by_their_looks(text)
    if not entries and not refused and not around.library and not module.has_unnamed_default:
        problems.append(Problem(NO_ENTRY_POINT))
    problems += [wrong for entry in entries[:1] if (wrong := kind_problem(entry, module, text))]
    if around.legacy and len({"transformEvent", "transformBatch"} & module.exports.keys()) > 1:
        problems.append(Problem(_BOTH))
    prepared = Prepared(
        module.code + (_exporting(module) if around.library else _ending(entries)),
        tuple(entry.name for entry in entries),
        tuple(module.imports),
        tuple(_exported(module)),
        strict,
        sorted(problems, key=lambda problem: (problem.line or sys.maxsize, problem.column))[:_MOST_PROBLEMS],
        module.warnings[:_MOST_PROBLEMS],
        not entries or reads_metadata(entries[0], module, text),
        refused is None,
    )
    return prepared, refused is None


def _misfit(grammar: Grammar, tree: Tree) -> int:
    """How much of a source does not fit a grammar."""
    return sum(1 + node.end_byte - node.start_byte for node in grammar.trouble(tree))


def _entries_by_their_looks(text: SourceText) -> tuple[Entry, ...]:
    """Entry points in code that V8 understands and the parser does not quite: loading it will tell."""
    return tuple(Entry(name, name) for name in ENTRY_POINTS if re.search(_LOOKS_DEFINED.format(name), text.text))


def _unknown_imports(module: Module, text: SourceText, around: Around) -> list[Problem]:
    """What is imported and does not exist."""
    found = []
    for each in module.imports:
        exported = around.libraries.get(each.library)
        if exported is None and around.loose:
            continue
        if exported is None:
            found.append(text.problem(each.byte, no_library(each.library, around.known)))
            continue
        for _, name in each.names:
            if name != "*" and name not in exported:
                shown = ", ".join(sorted(exported)) or "nothing"
                found.append(
                    text.problem(each.byte, f"The library {each.library!r} does not export {name!r}; it exports {shown}.")
                )
    return found


def _exporting(module: Module) -> str:
    """The last line of a library: an object of what it exports."""
    return "\n;({__proto__:null," + ",".join(f"{json.dumps(name)}:{value}" for name, value in _exported(module).items()) + "})"


def _exported(module: Module) -> dict[str, str]:
    """What others may import: not the parts of a default export, which only entry points are looked for among."""
    return {name: value for name, value in module.exports.items() if "." not in value}


def _ending(entries: tuple[Entry, ...]) -> str:
    """The last line of the code: the functions of its entry points, by whatever keyword they were declared."""
    expressions = {entry.name: entry.expression for entry in entries}
    listed = (expressions.get(name) for name in ENTRY_POINTS)
    return "\n;[" + ",".join(f'typeof {each}==="function"?{each}:void 0' if each else "void 0" for each in listed) + "]"
