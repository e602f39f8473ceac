"""An engine of binaries that takes no compiler, for tests of how artefacts are made and handed over. Runs in the guest.

A binary is a line of words: what becomes of it while it is compiled, and what its program adds to events.
"""

import json
import os
import time
from pathlib import Path

from transformer.engines.base import ArtefactError, Explained, LoadError, Report
from transformer.engines.compiled import Compiled
from transformer.errors import Code, Problem

# Beside this file a test may say which fingerprint the next zygote has.
_STAMP = Path(__file__).with_name("fingerprint")


class Program:
    entry_point = "transformEvent"
    text_only = False
    finite = False
    many = None
    raw = None

    def __init__(self, word):
        self._word = word

    def call(self, event, metadata):
        return {**event, "by": self._word}

    def explain(self, raised):
        return Explained(Code.EXCEPTION, str(raised))


class Engine:
    def __init__(self):
        self._fingerprint = _STAMP.read_text("utf-8") if _STAMP.exists() else "first"

    def check(self, source, name):
        return Report(entry_point="transformEvent")

    def load(self, source, name, host):
        return Program("source")

    def fingerprint(self):
        return self._fingerprint

    def compile(self, binary, name):
        word, _, more = bytes(binary).partition(b" ")
        if word == b"hang":
            while True:
                time.sleep(0.05)
        if word == b"slow":
            time.sleep(0.5)
        if word == b"crash":
            os._exit(3)
        if word == b"eat":
            bytearray(int(more))
        if word == b"problem":
            return Compiled(Report(problems=[Problem(more.decode())]))
        size = int(more) if word == b"large" else 0
        warnings = [Problem("look here", 2, 3)] if word == b"warn" else []
        made = json.dumps({"word": bytes(binary).decode()[:40], "made": time.monotonic_ns(), "pid": os.getpid()}).encode()
        return Compiled(Report(entry_point="transformEvent", uses_metadata=False, warnings=warnings), made.ljust(size))

    def load_artefact(self, artefact, name, host):
        content = bytes(artefact.view)
        if artefact.path:
            descriptor = os.open(artefact.path, os.O_RDONLY)  # the one call for a file that a worker may make
            try:
                if os.pread(descriptor, len(content) + 1, 0) != content:
                    raise LoadError([Problem("the path leads to something else")])
                return self._program(content, "opened")
            finally:
                os.close(descriptor)
        return self._program(content, "copied")

    def _program(self, content, how):
        try:
            os.open("/", os.O_RDONLY)
        except OSError:
            told = _read(content)
        else:
            raise LoadError([Problem("a worker may open files")])
        if told["word"].startswith("garbage"):
            raise LoadError([Problem("it cannot be loaded")])
        if told["word"].startswith("useless"):
            raise ArtefactError([Problem("of another machine")])
        return Program(f"{told['word']} {told['made']} {how}")


def _read(content):
    try:
        return json.loads(content)
    except ValueError:
        raise ArtefactError([Problem("it is none")]) from None


def open_engine():
    return Engine()
