"""An engine without wall 1: plain compile and exec with the real builtins. For tests of wall 2; the product has nothing like it."""

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
        return Explained(code, f"{type(raised).__name__}: {raised}"[:1000])


class Engine:
    def check(self, source, name):
        try:
            compile(source, name, "exec")
        except SyntaxError as wrong:
            return Report([Problem(wrong.msg, wrong.lineno or 0, wrong.offset or 0)])
        return Report(entry_point="transformEvent")

    def load(self, source, name, host):
        namespace = {"log": host.log}
        try:
            exec(compile(source, name, "exec"), namespace)
        except Exception as wrong:  # noqa: BLE001 - whatever the code raises
            raise LoadError([Problem(f"{type(wrong).__name__}: {wrong}")]) from None
        return Program(namespace)


def open_engine():
    return Engine()
