"""What data planes are told of events that cannot be mapped: statuses, and the tags by which they count."""

import pytest

from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import read_definition
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.replies import processed

DEFINITION = """
name: shop
title: Shop
summary: A test.
settings: {}
events: {any: mapper.wrong}
"""
MAPPER = """
from transformer.mappers.errors import ConfigurationError, FilteredError

ERRORS = {"no topic": ConfigurationError("no topic", meta="expired"), "not wanted": FilteredError("not wanted")}


def wrong(event, call):
    raise ERRORS[event["event"]]
"""
TAGS = {"destType": "SHOP", "feature": "processor", "implementation": "native", "module": "destination"}


@pytest.fixture
def told(tmp_path):
    """The reply to an event whose mapping ends in the error of this name."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "destination.yaml").write_text(DEFINITION, "utf-8")
    (folder / "mapper.py").write_text(MAPPER, "utf-8")
    compiled = compile_definition(read_definition(folder))

    def reply(name):
        mapper = Mapper(Program(compiled.name, compiled.code, compiled.mappers), {})
        (one,) = processed(mapper, {"message": {"type": "track", "event": name}})
        return one

    return reply


def test_an_error_may_have_a_tag_more(told):
    reply = told("no topic")
    assert reply["statTags"] == {"errorCategory": "dataValidation", "errorType": "configuration", "meta": "expired", **TAGS}


def test_what_settings_filter_is_nobodys_fault(told):
    reply = told("not wanted")
    assert (reply["statusCode"], reply["error"], reply["statTags"]) == (298, "not wanted", TAGS)
