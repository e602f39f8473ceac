"""The JavaScript engine: sources read, V8 started, programs loaded.

Opened in the guest only, before it forks workers: V8 is started here, and a first program compiles the prelude once for all.
"""

from __future__ import annotations

from transformer.engines.base import ALONE, Host, Imported, LoadError, Program, Report, Surroundings
from transformer.engines.javascript.grammar import JAVASCRIPT_GRAMMAR
from transformer.engines.javascript.libraries import exported, prepare_libraries, written
from transformer.engines.javascript.program import JavaScriptProgram
from transformer.engines.javascript.runtime import start_v8
from transformer.engines.javascript.source_text import SourceText
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.javascript.syntax import Around, prepare
from transformer.engines.javascript.uses import find_uses

__all__ = ["JavaScriptEngine", "open_engine"]


class JavaScriptEngine:
    """Checks and loads JavaScript programs, each in a context of its own."""

    def check(
        self,
        source: str,
        name: str,  # noqa: ARG002 - code is `transformation` in its own stacks
        around: Surroundings = ALONE,
    ) -> Report:
        """Compile `source` and look at it, without running it."""
        known = [written(each) for each in around.known]
        prepared = prepare(source, Around(exported(around.libraries), known, around.library, around.loose, around.legacy))
        report = Report(prepared.problems, prepared.warnings, prepared.entry_point, prepared.uses_metadata)
        if around.loose and prepared.readable:
            report.imports = [Imported(each.library, tuple(map(_called, each.names))) for each in prepared.imports]
        if not report.problems:
            text = SourceText(prepared.code)
            report.uses = find_uses(text, JAVASCRIPT_GRAMMAR.parse(text.data))
        return report

    def load(
        self,
        source: str,
        name: str,  # noqa: ARG002 - as above
        host: Host,
    ) -> Program:
        """Compile `source` and run its top level.

        Raises:
            LoadError: the code cannot be compiled, threw while it was loading, or has no entry point.
        """
        prepared = prepare(source, Around(exported(host.libraries), legacy=host.legacy))
        if prepared.problems:
            raise LoadError(prepared.problems)
        return JavaScriptProgram(prepared, host, prepare_libraries(host.libraries))


def _called(name: tuple[str, str]) -> str:
    """What an imported name is called: in the library, or here where it has no name of its own there."""
    local, there = name
    return local if there in {"default", "*"} else there


def open_engine() -> JavaScriptEngine:
    """The engine, ready to be forked: call it while there still are files."""
    start_v8()
    engine = JavaScriptEngine()
    engine.load(JAVASCRIPT.probe, "probe", Host()).call({}, lambda _: {})
    return engine
