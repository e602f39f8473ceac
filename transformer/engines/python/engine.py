"""The Python engine: policy, frozen modules and guards, put together.

Loaded in the guest only, before the lockdown: opening it imports and reads everything that user code may need later.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from types import CodeType
from typing import Any

from transformer.engines.base import LoadError, Program, Report
from transformer.engines.python.builtins import NAMES, make_builtins
from transformer.engines.python.entry import (
    NO_ENTRY_POINT,
    find_entry_point,
    reads_metadata,
    signature_problem,
    top_level_function,
)
from transformer.engines.python.frozen import importer
from transformer.engines.python.guards import make_guards
from transformer.engines.python.policy import Policy
from transformer.engines.python.program import PythonProgram, new_space
from transformer.engines.python.shelf import Shelf
from transformer.errors import Problem
from transformer.limits import Limits

__all__ = ["PythonEngine", "open_engine"]

_FILE = "<transformation>"
_TOO_DEEP = "The code is nested too deeply for the compiler: split the expression or the blocks."
_UNSUPPORTED_AT_RUN_TIME = {"getattr": "x.name", "setattr": "x.name = value", "delattr": "del x.name"}


class PythonEngine:
    """Checks and loads Python programs. They share the frozen modules, which none of them can change."""

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._classes = self._shelf.classes

    def check(self, source: str, name: str) -> Report:  # noqa: ARG002 - code is `<transformation>` in its own tracebacks
        """Compile `source` and look at it, without running it."""
        report, _, _ = self._examine(source)
        return report

    def load(
        self,
        source: str,
        name: str,  # noqa: ARG002 - as above
        log: Callable[[str], None],
        limits: Callable[[], Limits] = Limits,  # noqa: ARG002 - the host keeps them
    ) -> Program:
        """Compile `source` and run its module-level code.

        Raises:
            LoadError: the code cannot be compiled, raised while it was loading, or has no entry point.
        """
        report, code, policy = self._examine(source)
        if code is None or policy is None:
            raise LoadError(report.problems)
        modules = self._shelf.modules() if policy.imported else {}
        space: dict[str, object] = {}
        guards = make_guards(space, self._classes)
        space.update(new_space(make_builtins(log, importer(modules), guards)))
        return PythonProgram(code, space, own_context="decimal" in policy.imported)

    def _examine(self, source: str) -> tuple[Report, CodeType | None, Policy | None]:
        report = Report()
        try:
            with warnings.catch_warnings(record=True) as noted:
                warnings.simplefilter("always")
                return self._compile(source, report, noted)
        except SyntaxError as wrong:
            report.problems.append(Problem(f"{type(wrong).__name__}: {wrong.msg}", wrong.lineno or 0, wrong.offset or 0))
        except (RecursionError, MemoryError):
            report.problems.append(Problem(_TOO_DEEP))
        except (ValueError, OverflowError) as wrong:  # null bytes, lone surrogates, integers of thousands of digits
            report.problems.append(Problem(f"The code cannot be compiled: {wrong}."))
        report.entry_point = None
        return report, None, None

    def _compile(self, source: str, report: Report, noted: list[Any]) -> tuple[Report, CodeType | None, Policy | None]:
        tree = ast.parse(source, _FILE)
        entry = find_entry_point(tree)
        uses_metadata = entry is None or reads_metadata(tree, entry)
        function = top_level_function(tree, entry) if entry else None
        policy = Policy(self._shelf.names, self._shelf.exports)
        policy.visit(tree)
        policy.finish()
        report.problems += policy.problems
        if entry is None:
            report.problems.append(Problem(NO_ENTRY_POINT))
        if function and (wrong := signature_problem(function)):
            report.problems.append(wrong)
        if report.problems:
            compile(ast.parse(source, _FILE), _FILE, "exec", dont_inherit=True)  # what only the compiler sees is reported too
            return report, None, None
        code = compile(tree, _FILE, "exec", dont_inherit=True)
        report.warnings += [Problem(f"{each.message}.", each.lineno) for each in noted]
        report.warnings += _warnings(policy)
        report.entry_point, report.uses_metadata = entry, uses_metadata
        return report, code, policy


def _warnings(policy: Policy) -> list[Problem]:
    """What will fail if it is reached, but may never be."""
    found = [
        policy.problem(node, f"The name {name!r} is not defined anywhere: reading it will fail.")
        for name, node in policy.unknown_names(NAMES)
    ]
    for name, instead in _UNSUPPORTED_AT_RUN_TIME.items():
        if (node := policy.loaded(name)) is not None:
            found.append(policy.problem(node, f"{name}() is not supported and will fail: write {instead}."))
    return found


def open_engine() -> PythonEngine:
    """The engine, with everything loaded that user code may need: call it while there still are files."""
    return PythonEngine()
