"""Bodies that no decoder likes, and data planes send all the same."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.gateway.requests.bodies import BadBodyError, LargeBodyError, read_items
from transformer.gateway.requests.mending import mend

PIECES = ["\\", "\\u", "d800", "dc00", "\\ud83d", "\\ude00", "a", "\\\\", '\\"', "\\n", "\\ud8", "\\uD9ab", "\u00e9"]
HALF = re.compile("[\ud800-\udfff]")


def message(text):
    """The message of the only item of a body with this text in it."""
    (item,) = read_items(f'[{{"message": {{"a": "{text}"}}, "metadata": {{"n": 123456789012345678901234567890}}}}]'.encode())
    assert bytes(item.metadata) == b'{"n": 123456789012345678901234567890}'
    return bytes(item.message)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\ud800", r"\ufffd"),
        (r"\uDC00x", r"\ufffdx"),
        (r"\ud800\ud83d\ude00", r"\ufffd\ud83d\ude00"),
        (r"\ud83d\n", r"\ufffd\n"),
        (r"\\ud800 \ud800", r"\\ud800 \ufffd"),
        (r"\\\ud800", r"\\\ufffd"),
    ],
)
def test_half_of_a_character_is_read_as_go_reads_it_and_nothing_else_changes(text, read):
    assert message(text) == f'{{"a": "{read}"}}'.encode()


def test_a_body_that_is_empty_is_told_so():
    with pytest.raises(BadBodyError, match="not an array of events: it is empty"):
        read_items(b"")


def test_a_body_without_halves_is_read_as_it_came():
    for text in (r"\ud83d\ude00", r"\\ud800", "\U0001f600", r"\u00e9"):
        assert message(text) == f'{{"a": "{text}"}}'.encode()


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_what_python_reads_of_it_is_read_of_it(text):
    try:
        wanted = HALF.sub("\ufffd", json.loads(f'"{text}"'))
    except ValueError:
        with pytest.raises(BadBodyError):
            message(text)
    else:
        assert json.loads(message(text)) == {"a": wanted}


@pytest.mark.parametrize("body", [b"\\\\" * 500_000, b"\\ud800" * 200_000, b"\\u" * 500_000])
def test_a_hostile_body_is_refused_soon(body):
    with pytest.raises(BadBodyError):
        read_items(body)
    with pytest.raises(BadBodyError):
        read_items(mend(body))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"x":', "}"), ('[{"]}":', "}]")])
@pytest.mark.parametrize("depth", [100, 600, 5000])
def test_an_event_that_is_too_deep_fails_alone(opening, closing, depth):
    deep = f'{{"a":{opening * depth}1{closing * depth},"b":[]}}'
    body = f'[{{"message": {{"a": "]}}\\""}}}}, {{"message": {deep}, "metadata": {{"n": [1]}}}}, {{"message": {{"c": [[]]}}}}]'
    first, second, third = read_items(body.encode())
    assert (bytes(first.message), bytes(third.message)) == (b'{"a": "]}\\""}', b'{"c": [[]]}')
    assert bytes(second.metadata) == b'{"n": [1]}'
    if bytes(second.message) != deep.encode():
        with pytest.raises(UnicodeDecodeError):  # nobody takes what is left of it for the event
            msgspec.json.decode(second.message)
    assert depth != 100 or bytes(second.message) == deep.encode()


@pytest.mark.parametrize("body", [b"[" * 5000, b"]" * 5000, b"[" * 5000 + b"]" * 4999, b"[" * 600_000 + b"]" * 600_000])
def test_what_is_nothing_but_deep_is_refused(body):
    with pytest.raises(BadBodyError):
        read_items(body)


@pytest.mark.parametrize(
    "hostile", ['{"a":' + "[" * 300_000 + "]" * 300_000 + "}", '{"a":"' + "\\ud800" * 150_000 + '"}'], ids=["deep", "halves"]
)
def test_one_event_of_a_large_body_costs_no_other(hostile):
    body = f'[{{"message": {{"n": 1}}}}, {{"message": {hostile}}}, {{"message": {{"n": 2}}}}]'.encode()
    with pytest.raises(LargeBodyError):  # this much is not looked at where others wait
        read_items(body)
    first, _, last = read_items(mend(body))
    assert (bytes(first.message), bytes(last.message)) == (b'{"n": 1}', b'{"n": 2}')
