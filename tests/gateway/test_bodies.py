"""Bodies that no decoder likes, and data planes send all the same."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.gateway.bodies import BadBodyError, read_items

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


@pytest.mark.parametrize(
    "body", [b"\\\\" * 500_000, b"\\ud800" * 200_000, b"\\u" * 500_000, b'["' + b"\\ud800" * 200_000 + b'"]']
)
def test_a_hostile_body_is_refused_soon(body):
    with pytest.raises(BadBodyError):
        read_items(body)
