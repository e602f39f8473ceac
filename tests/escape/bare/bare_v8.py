"""V8 with wall 1 removed: the bridge to Python lies open, and evaluates what user code asks of it. What holds here, the process
wall holds alone.

`python(text)` runs statements and gives the text of what they leave in `result`; `builtins` is the module, as the bridge shows
Python's objects.
"""

import builtins
import json
import re
import traceback

import _STPyV8 as bridge

from transformer.engines.base import Explained, LoadError, Report
from transformer.engines.javascript.runtime import start_v8
from transformer.errors import Code, Problem

_LACK_OF_MEMORY = re.compile(r"!RangeError: (?:Array buffer allocation failed|Invalid string length|[\w.]+: Out of memory)")
_EXPORT = re.compile(r"^export ", re.MULTILINE)
# The bridge takes no answer of promises: they have settled when the outermost call returns, so the second call asks.
_DRIVER = """
(() => {
  let told;
  const tell = (value) => { told = JSON.stringify(value === undefined ? null : value); };
  const wrong = (value) => { told = "!" + (value && value.stack || value); };
  return (text) => {
    if (text === "") return told;
    told = "!it never settled";
    try {
      const value = transformEvent(JSON.parse(text), () => ({}));
      if (value instanceof Promise) value.then(tell).catch(wrong);
      else tell(value);
    } catch (error) {
      wrong(error);
    }
  };
})()
"""

_kept = []  # the bridge ends the process when some contexts are collected


class Globals:
    """What user code finds beside the language."""

    builtins = builtins

    def __init__(self, log):
        self.log = lambda *values: log(" ".join(map(str, values)))

    @staticmethod
    def python(text):
        namespace = {}
        exec(text, namespace)
        return str(namespace.get("result"))


class Program:
    text_only = True
    finite = False
    many = None
    raw = None
    entry_point = "transformEvent"

    def __init__(self, context, run):
        self._context = context
        self._run = run

    def call(self, value, metadata):
        self._context.enter()
        try:
            self._run(json.dumps(value))
            told = self._run("")
        finally:
            self._context.leave()
        if told is not None and told.startswith("!"):
            raise (MemoryError if _LACK_OF_MEMORY.match(told) else ValueError)(told[1:])
        return None if told is None else json.loads(told)

    def explain(self, raised):
        code = Code.MEMORY_LIMIT if isinstance(raised, MemoryError) else Code.EXCEPTION
        return Explained(code, "".join(traceback.format_exception_only(raised)).strip()[:1000])


class Engine:
    def check(self, source, name):
        return Report(entry_point="transformEvent")

    def load(self, source, name, host):
        context = bridge.JSContext(Globals(host.log))
        _kept.append(context)
        context.enter()
        try:
            context.eval(_EXPORT.sub("       ", source))
            return Program(context, context.eval(_DRIVER))
        except BaseException as wrong:  # noqa: BLE001 - whatever the code raises
            raise LoadError([Problem(f"{type(wrong).__name__}: {wrong}")]) from None
        finally:
            context.leave()


def open_engine():
    start_v8()
    return Engine()
