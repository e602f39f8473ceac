"""An engine without a first wall, for tests of host calls: code is Python as it is, with `host` and whatever it imports.

So it shows what a guest can do that has left its sandbox of the first wall: it has the socket, the mark and all modules.
"""

import contextlib
import os
import time

from transformer.engines.base import Explained, Report
from transformer.errors import Code
from transformer.wire import calls
from transformer.wire.frames import Kind, frame_head


class Program:
    text_only = False
    finite = False
    many = None
    raw = None

    def __init__(self, space):
        self.entry_point = "transformBatch" if "transformBatch" in space else "transformEvent"
        self.call = space[self.entry_point]

    def explain(self, raised):
        return Explained(Code.EXCEPTION, f"{type(raised).__name__}: {raised}")


class Engine:
    def check(self, source, name):
        return Report(entry_point="transformEvent")

    def load(self, source, name, host):
        space = {
            "host": host,
            "os": os,
            "time": time,
            "CallError": calls.CallError,
            "suppress": contextlib.suppress,
            "send": _send,
            "call": _call,
            "set_mark": lambda *values: _set_mark(host, values),
        }
        exec(source, space)
        return Program(space)


def _send(kind, body):
    """A frame, past everything that keeps to the rules."""
    os.write(3, frame_head(Kind(kind), len(body), 1 << 30) + body)


def _call(number, kind="kv", event=0, step=0, arguments=None):
    written = calls.write_call(calls.Call(number, event, step, kind, arguments or {}))
    _send(Kind.CALL, b"".join(written))


def _set_mark(host, values):
    for at, value in enumerate(values):
        host._calls._mark[at] = value


def open_engine():
    return Engine()
