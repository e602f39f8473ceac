"""The transformations of `workloads.py` as WebAssembly: in Zig through the core door, in Python as components.

Both are built by the toolchains that the tests use, which are Python packages; what was built is kept.
"""

import base64
from collections.abc import Callable

from benchmarks.workloads import WORKLOADS, Workload
from tests.guests import build

__all__ = ["COMPONENT_WORKLOADS", "ZIG_WORKLOADS", "salted"]

# What the world asks for, around a transformation as it stands in workloads.py.
_COMPONENT = """
import json

import wit_world


def answer(line):
    made = transformEvent(json.loads(line), lambda _: {})
    return "" if made is None else json.dumps(made, separators=(",", ":"), ensure_ascii=False)


class WitWorld(wit_world.WitWorld):
    def transform_event(self, events: str) -> str:
        return "\\n".join(map(answer, events.split("\\n")))
"""


def _made(make: Callable[[Workload], bytes]) -> Callable[[], tuple[Workload, ...]]:
    def workloads() -> tuple[Workload, ...]:
        return tuple(Workload(each.name, base64.b64encode(make(each)).decode("ascii"), emits=each.emits) for each in WORKLOADS)

    return workloads


ZIG_WORKLOADS = _made(lambda each: build.zig({"main.zig": build.source(f"zig/{each.name}.zig")}))
COMPONENT_WORKLOADS = _made(lambda each: build.python(each.source + _COMPONENT))


def salted(source: str, salt: str) -> str:
    """Another binary that does the same: with a section that nobody reads."""
    name = f"salt {salt}".encode()
    section = bytes([0, len(name) + 1, len(name)]) + name
    return base64.b64encode(base64.b64decode(source) + section).decode("ascii")
