"""The Python engine: policy, frozen modules and guards, put together.

Loaded in the guest only, before the lockdown: opening it imports and reads everything that user code may need later.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Mapping, Sequence
from contextvars import Context
from types import CodeType
from typing import Any, Final

from transformer.engines.base import ALONE, Host, Library, LoadError, Program, Report, Surroundings
from transformer.engines.python import libraries as shared
from transformer.engines.python.builtins import NAMES, make_builtins
from transformer.engines.python.calls import make_calls, make_door
from transformer.engines.python.entry import (
    NO_ENTRY_POINT,
    find_entry_point,
    reads_metadata,
    signature_problem,
    top_level_function,
)
from transformer.engines.python.finite import makes_only_finite
from transformer.engines.python.frozen import FrozenModule, importer
from transformer.engines.python.guards import make_guards
from transformer.engines.python.imports import find_imports
from transformer.engines.python.natives import opened
from transformer.engines.python.parameters import read_parameters
from transformer.engines.python.policy import Policy
from transformer.engines.python.program import PythonProgram, new_space
from transformer.engines.python.shelf import Shelf
from transformer.engines.python.uses import find_uses
from transformer.errors import Problem

__all__ = ["PythonEngine", "open_engine"]

_FILE = "<transformation>"
_TOO_DEEP = "The code is nested too deeply for the compiler: split the expression or the blocks."
_MOST_COMPILED: Final = 64
_UNSUPPORTED_AT_RUN_TIME = {"getattr": "x.name", "setattr": "x.name = value", "delattr": "del x.name"}


class PythonEngine:
    """Checks and loads Python programs. They share the frozen modules, which none of them can change."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._classes = self._shelf.classes
        self._compiled: dict[str, shared.Examined] = {}

    def check(
        self,
        source: str,
        name: str,  # noqa: ARG002 - code is `<transformation>` in its own tracebacks
        around: Surroundings = ALONE,
    ) -> Report:
        """Compile `source` and look at it, without running it."""
        report = self._examine(source, shared.importable(shared.direct(around.libraries)), around)[0]
        if not report.problems:
            with warnings.catch_warnings(action="ignore"):  # they are in the report
                report.uses = find_uses(ast.parse(source))
        return report

    def load(
        self,
        source: str,
        name: str,  # noqa: ARG002 - as above
        host: Host,
    ) -> Program:
        """Compile `source` and run its module-level code.

        Raises:
            LoadError: the code cannot be compiled, raised while it was loading, or has no entry point.
        """
        report, code, policy = self._examine(source, shared.importable(shared.direct(host.libraries)))
        if code is None or policy is None:
            raise LoadError(report.problems)
        imported = self._imported(policy, host.libraries)
        modules = self._shelf.modules(imported, make_door(host)) if imported else {}
        context = Context() if "decimal" in imported else None
        if not host.libraries:
            space, finite = self._space(host, modules), makes_only_finite(source)
            return PythonProgram(code, space, context, waits=host.capabilities.calls, finite=finite)

        def library_space(library: Library, modules: Mapping[str, FrozenModule]) -> dict[str, object]:
            return self._space(host, modules, {"parameters": read_parameters(library.parameters)})

        loaded = shared.load(host.libraries, modules, self._library, library_space, context)
        space = self._space(host, {**modules, **loaded.modules})
        return PythonProgram(code, space, context, loaded.spaces, waits=host.capabilities.calls)

    def _space(
        self, host: Host, modules: Mapping[str, FrozenModule], more: dict[str, object] | None = None
    ) -> dict[str, object]:
        """Fresh globals for code that may import these modules; `more` are names that it finds beside the builtins."""
        space: dict[str, object] = {}
        guards, calls = make_guards(space, self._classes), make_calls(host, make_door(host))
        space.update(new_space(make_builtins(host.log, importer(modules), guards, calls) | (more or {})))
        return space

    def _imported(self, policy: Policy, libraries: Sequence[Library]) -> set[str]:
        """What the program and its libraries import. Raises LoadError: the policy refuses one of these."""
        return policy.imported.union(*(self._library(each, shared.needed(each, libraries)).imported for each in libraries))

    def _library(self, library: Library, inner: Sequence[Library]) -> shared.Examined:
        """The compiled code of a library. Raises LoadError: the policy refuses it."""
        found = self._compiled.get(library.hash)
        if found is None:
            natives = {name: vars(module).keys() for name, module in opened(library.natives).items()}
            names = {**shared.importable(inner), **natives}
            report, code, policy = self._examine(library.source, names, Surroundings(library=True))
            if code is None or policy is None:
                first = report.problems[0]
                raise LoadError([Problem(f"{library.name}, line {first.line}: {first.message}")])
            if len(self._compiled) >= _MOST_COMPILED:
                self._compiled.clear()
            found = self._compiled[library.hash] = shared.Examined(code, frozenset(policy.imported))
        return found

    def _examine(
        self, source: str, names: Mapping[str, Collection[str]], around: Surroundings = ALONE
    ) -> tuple[Report, CodeType | None, Policy | None]:
        report = Report()
        try:
            with warnings.catch_warnings(record=True) as noted:
                warnings.simplefilter("always")
                tree = ast.parse(source, _FILE)
                if around.loose:
                    report.imports = find_imports(tree, self._shelf.names)
                policy = Policy(
                    self._shelf.names | names.keys(),
                    {**self._shelf.exports, **names},
                    [shared.module_name(each) for each in around.known],
                    loose=around.loose,
                )
                return self._compile(source, tree, policy, report, noted, library=around.library)
        except SyntaxError as wrong:
            report.problems.append(Problem(f"{type(wrong).__name__}: {wrong.msg}", wrong.lineno or 0, wrong.offset or 0))
        except (RecursionError, MemoryError):
            report.problems.append(Problem(_TOO_DEEP))
        except (ValueError, OverflowError) as wrong:  # null bytes, lone surrogates, integers of thousands of digits
            report.problems.append(Problem(f"The code cannot be compiled: {wrong}."))
        report.entry_point = None
        return report, None, None

    @staticmethod
    def _compile(
        source: str, tree: ast.Module, policy: Policy, report: Report, noted: list[Any], *, library: bool
    ) -> tuple[Report, CodeType | None, Policy | None]:
        entry = find_entry_point(tree)
        uses_metadata = entry is None or reads_metadata(tree, entry)
        function = top_level_function(tree, entry) if entry else None
        policy.visit(tree)
        policy.finish()
        report.problems += policy.problems
        if entry is None and not library:
            report.problems.append(Problem(NO_ENTRY_POINT))
        if function and (wrong := signature_problem(function)):
            report.problems.append(wrong)
        if report.problems:
            compile(ast.parse(source, _FILE), _FILE, "exec", dont_inherit=True)  # what only the compiler sees is reported too
            return report, None, None
        code = compile(tree, _FILE, "exec", dont_inherit=True)
        report.warnings += [Problem(f"{each.message}.", each.lineno) for each in noted]
        report.warnings += _warnings(policy, {*NAMES, "parameters"} if library else NAMES)
        report.entry_point, report.uses_metadata = entry, uses_metadata
        return report, code, policy


def _warnings(policy: Policy, names: Collection[str]) -> list[Problem]:
    """What will fail if it is reached, but may never be."""
    found = [
        policy.problem(node, f"The name {name!r} is not defined anywhere: reading it will fail.")
        for name, node in policy.unknown_names(names)
    ]
    for name, instead in _UNSUPPORTED_AT_RUN_TIME.items():
        if (node := policy.loaded(name)) is not None:
            found.append(policy.problem(node, f"{name}() is not supported and will fail: write {instead}."))
    return found


def open_engine() -> PythonEngine:
    """The engine, with everything loaded that user code may need: call it while there still are files."""
    return PythonEngine()
