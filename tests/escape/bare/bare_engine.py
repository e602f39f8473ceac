"""An engine with wall 1 removed: real builtins, plain compile and exec, real imports. What holds here, the process wall holds alone."""

import traceback

from transformer.engines.base import Explained, LoadError, Report
from transformer.errors import Code, Problem


class Program:
    text_only = False
    finite = False
    many = None
    raw = None

    def __init__(self, namespace):
        self.entry_point = "transformBatch" if "transformBatch" in namespace else "transformEvent"
        self.call = namespace[self.entry_point]

    def explain(self, raised):
        code = Code.MEMORY_LIMIT if isinstance(raised, MemoryError) else Code.EXCEPTION
        return Explained(code, "".join(traceback.format_exception_only(raised)).strip()[:1000])


class Engine:
    def check(self, source, name):
        try:
            compile(source, name, "exec")
        except (SyntaxError, ValueError, MemoryError, RecursionError) as wrong:
            return Report([Problem(f"{type(wrong).__name__}: {wrong}")])
        return Report(entry_point="transformEvent")

    def load(self, source, name, host):
        namespace = {"log": host.log, "__name__": "hostile"}
        try:
            exec(compile(source, name, "exec"), namespace)
        except BaseException as wrong:  # noqa: BLE001 - whatever the code raises
            raise LoadError([Problem(f"{type(wrong).__name__}: {wrong}")]) from None
        return Program(namespace)


def open_engine():
    return Engine()
