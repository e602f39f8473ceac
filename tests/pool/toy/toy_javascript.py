"""The JavaScript engine with the bare doors of host calls as globals, `begin` and `wait`, for tests of what they are made of."""

from transformer.engines.javascript import program
from transformer.engines.javascript.engine import open_engine
from transformer.engines.javascript.prelude import PRELUDE

__all__ = ["open_engine"]

_BEFORE = "\nconst { load, loadStrict"
_DOORS = """
kit.global("begin", (kind, values) => kit.begin(kind, JSON.stringify(values)).then(JSON.parse));
kit.global("wait", (kind, values) => JSON.parse(kit.wait(kind, JSON.stringify(values))));
"""
assert _BEFORE in PRELUDE
program.PRELUDE = PRELUDE.replace(_BEFORE, f"{_DOORS}{_BEFORE}")
