"""Versions of destinations in one worker: none meets the functions of another, and only so many are kept."""

import gc
import sys
import weakref

from transformer.mappers import mapper, timestamps, user_agents
from transformer.mappers.mapper import Mapper, Program

CODE = """
INTEGRATIONS = ()
MAPPINGS, REQUESTS, BATCHING, SETTINGS, DEFAULTS = {}, {}, {}, {}, {}
MISSING_TYPE = UNSUPPORTED = WORKFLOW = ""
IMPLEMENTATION = "native"
def demand(event, call): pass
demand_of_event = demand
def settings_hold(call): return True
EVENTS = {"any": (mapper.run,)}
"""
RUN = "from destinations.base import answer\ndef run(event, call):\n    return {'answer': answer()}\n"


def opened(number, name="own"):
    base = f"def answer():\n    return {number}\n"
    return Mapper(Program(name, CODE, (("base", base), (name, RUN))), {})


def test_each_version_keeps_the_functions_that_it_was_made_with():
    first, second = opened(1), opened(2)
    again = opened(1)
    assert [one.requests({}) for one in (first, second, again)] == [[{"answer": 1}], [{"answer": 2}], [{"answer": 1}]]
    assert not any(name.startswith("destinations") for name in sys.modules)


def test_versions_that_nobody_needs_are_let_go():
    function = weakref.ref(opened(0, "gone").functions["mapper"].run)
    for number in range(mapper._OPEN):
        opened(number, "other")
    gc.collect()
    assert function() is None


def test_a_program_that_cannot_be_loaded_leaves_nothing_behind():
    for _ in range(2):
        try:
            Mapper(Program("broken", CODE, (("broken", "raise ValueError"),)), {})
        except ValueError:
            assert not any(name.startswith("destinations") for name in sys.modules)


def test_long_texts_of_events_are_not_remembered():
    for cached, ask in ((timestamps._read, timestamps.moment), (user_agents._described, user_agents.describe)):
        cached.cache_clear()
        for number in range(3):
            ask("x" * 2000 + str(number))
        assert cached.cache_info().currsize <= 1
