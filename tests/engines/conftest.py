"""An engine opened in this process, and the words to ask it: the language alone, without workers."""

import copy
import os
import time
from importlib import import_module

import pytest

from tests.engines.answering import Answers, http
from transformer.engines.base import Host, LoadError
from transformer.engines.python.engine import open_engine


@pytest.fixture(scope="session", autouse=True)
def _own_time_zone():
    """Opening the Python engine sets the zone of its process, which here is everybody's."""
    before = os.environ.get("TZ")
    yield
    os.environ.pop("TZ", None) if before is None else os.environ.__setitem__("TZ", before)
    time.tzset()


@pytest.fixture(scope="session")
def engine(_own_time_zone):
    return open_engine()


@pytest.fixture(scope="session")
def open_spec(_own_time_zone):
    """open_spec(spec) → its engine, opened once."""
    opened = {}

    def open_it(spec):
        return (
            opened.setdefault(spec.name, None)
            or opened.__setitem__(spec.name, import_module(spec.module).open_engine())
            or opened[spec.name]
        )

    return open_it


@pytest.fixture
def logged():
    return []


@pytest.fixture
def load(engine, logged):
    """load(source) → a Program; what it logs is in `logged`."""
    return lambda source: engine.load(source, "test", Host(logged.append))


@pytest.fixture
def call(load):
    """call(source, event=…) → what its entry point returned for (a copy of) the event."""

    def call_it(source, event=None):
        return load(source).call(copy.deepcopy({"n": 1} if event is None else event), lambda _: {"sourceId": "s"})

    return call_it


@pytest.fixture
def value(call):
    """value(expression, before="") → the value of an expression of user code, with `before` at module level."""
    return lambda expression, before="": call(f"{before}\ndef transformEvent(event, metadata):\n    return {expression}\n")


@pytest.fixture
def problems(engine):
    """problems(source) → what is wrong with it, as (line, column, message)."""
    return lambda source: [(each.line, each.column, each.message) for each in engine.check(source, "test").problems]


@pytest.fixture
def fails(load):
    """fails(source) → what its failure is explained as, whether it came while loading or in a call."""

    def fail(source):
        try:
            program = load(source)
        except LoadError as broken:
            return broken.problems[0]
        try:
            returned = program.call({"n": 1}, lambda _: {})
        except BaseException as raised:  # noqa: BLE001 - user code raises what it likes
            return program.explain(raised)
        pytest.fail(f"it returned {returned!r}")

    return fail


@pytest.fixture
def run(engine):
    """run(source, answer) → (what its transformEvent returned, what was asked)."""

    def run_it(source, answer=lambda *_: http(), tables=None):
        host = Answers(answer, tables)
        program = engine.load(source, "test", host)
        try:
            return program.call({}, lambda _: {}), host.asked
        except Exception as raised:  # noqa: BLE001 - user code raises what it likes
            return program.explain(raised), host.asked

    return run_it


@pytest.fixture
def says(run):
    """says(expression, answer, before="") → the value of an expression."""

    def say(expression, answer=lambda *_: http(), before="", tables=None):
        source = f"import requests\n{before}\ndef transformEvent(event, metadata):\n    return {expression}\n"
        return run(source, answer, tables)[0]

    return say


@pytest.fixture
def sent(run):
    """sent(expression, before="") → the arguments of the one fetch that it makes."""

    def send(expression, before=""):
        returned, asked = run(f"import requests\n{before}\ndef transformEvent(event, metadata):\n    return {expression}\n")
        assert len(asked) == 1, returned
        kind, arguments = asked[0]
        assert kind == "fetch"
        return arguments

    return send
