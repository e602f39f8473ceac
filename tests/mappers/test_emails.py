"""Addresses of email, as far as destinations look at them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.mappers.emails import EMAIL

PLAIN = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
"""The same, in fewer signs and more time."""


@pytest.mark.parametrize("text", ["ann@example.com", "a@b.c", "a@.b.c", "a@b..c", "ä+1@ü.example"])
def test_these_are(text):
    assert EMAIL.fullmatch(text)


@pytest.mark.parametrize("text", ["", "ann", "ann@example", "a@b.", "a@.b", "a b@c.d", "a@b@c.d", " a@b.c"])
def test_these_are_not(text):
    assert not EMAIL.fullmatch(text)


@given(st.text(alphabet="a.@ ", max_size=12))
def test_it_says_what_the_plain_pattern_says(text):
    assert bool(EMAIL.fullmatch(text)) == bool(PLAIN.fullmatch(text))


def test_a_long_text_takes_no_longer_than_its_length():
    before = time.process_time()
    assert not EMAIL.fullmatch("a@" + "." * 500_000 + " ")
    assert time.process_time() - before < 5  # 20,000 points took the plain pattern two seconds
