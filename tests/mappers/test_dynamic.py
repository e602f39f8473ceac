"""Settings that depend on the event."""

import time

import pytest

from transformer.mappers import timestamps, values
from transformer.mappers.dynamic import has_templates, resolved
from transformer.mappers.templates import fill, render

EVENT = {"type": "track", "properties": {"list": "l7", "blank": ""}}


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("{{ properties.list || l1 }}", "l7"),
        ("{{event.properties.list||l1}}", "l7"),
        (' {{ message.properties.list || "l1" }} ', "l7"),
        ("{{ properties.none || l1 }}", "l1"),
        ("{{ properties.blank || 'l1' }}", "l1"),
        ("{{ properties.none || }}", ""),
        ("{{ properties.none || a || b }}", "a || b"),
    ],
)
def test_the_event_says_it_or_else_the_default(setting, found):
    assert has_templates({"deep": [{"list": setting}]})
    settings, event = resolved({"list": setting}, EVENT)
    assert settings == {"list": found}
    assert ("list" in event["properties"]) == (found != "l7")
    assert EVENT["properties"]["list"] == "l7"


@pytest.mark.parametrize(
    "text", ["", "{{ a }}", "{{ || b }}", "{{ a | b }}", "x {{ a || b }}", "{{ a || b", "{{{a||b}}}", "{{}}"]
)
def test_any_other_text_stays_what_it_is(text):
    assert not has_templates(text)
    assert resolved({"x": text}, EVENT)[0] == {"x": text}


@pytest.mark.parametrize(
    "text", ["{{" + " " * 100_000, "{{~" + " " * 100_000, "{{ a" + " |" * 50_000 + "}}", "{{ a ||" + " " * 100_000]
)
def test_a_long_text_takes_no_longer_than_its_length(text):
    """A server looks for templates when a destination is pushed: a pattern that goes back again and again would hold it up."""
    before = time.process_time()
    has_templates(text)
    resolved({"x": text}, {})
    fill(text, {})
    render(text, {})
    render(f"{{{text}", {})
    assert time.process_time() - before < 5  # 4,000 spaces took a minute once
    assert render("a {{ b }}", {"b": 1}) == "a 1"


@pytest.mark.parametrize("conversion", [values.number, values.floating, values.integer, values.revenue, timestamps.moment])
@pytest.mark.parametrize("text", ["1" * 200_000 + "x", " " * 200_000 + "x", "1." * 100_000, "-" * 200_000])
def test_a_long_text_of_an_event_takes_no_longer_than_its_length(conversion, text):
    before = time.process_time()
    conversion(text)
    assert time.process_time() - before < 5  # 3,000 digits took a tenth of a second, and each ten times as many a hundred times
