"""Table files: every key is found, no other is, and broken files are told and never read beyond their end."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.tables import compile_rows
from transformer.wire.tables import HEAD, Table, TableError, key_text

KEYS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.integers(-(2**63), 2**64 - 1), st.booleans())


def table_of(rows, key="id"):
    return Table(memoryview(compile_rows(rows, key)))


@settings(max_examples=60)
@given(st.lists(KEYS, max_size=40, unique_by=key_text), st.lists(KEYS, max_size=10))
def test_every_key_is_found_and_no_other(keys, others):
    table = table_of({"id": key, "n": number} for number, key in enumerate(keys))
    assert len(table) == len(keys)
    for number, key in enumerate(keys):
        assert table.get(key) == {"id": key, "n": number}
    there = set(map(key_text, keys))
    for key in others:
        assert (table.get(key, "none") == "none") == (key_text(key) not in there)


@pytest.mark.parametrize(
    ("key", "text"),
    [("a", "a"), (1, "1"), (1.0, "1"), (-0.0, "0"), (True, "true"), (1.5, None), (None, None), (2**64, None), (1e300, None)],
)
def test_keys_are_compared_as_text(key, text):
    assert key_text(key) == text


@pytest.mark.parametrize("key", [float("nan"), float("inf"), [], {}, b"a", object(), "\ud800"])
def test_what_can_be_no_key_is_not_found(key):
    assert table_of([{"id": "a"}]).get(key, "none") == "none"


def test_rows_may_be_anything_that_json_says():
    row = {"id": "ä\U0001f600", "list": [1, {"a": None}], "text": "x" * 10_000, "number": 1.5}
    assert table_of([row]).get(row["id"]) == row


def test_an_empty_table_finds_nothing():
    assert table_of([]).get("a") is None


@pytest.mark.parametrize("size", [0, 7, HEAD.size - 1, HEAD.size, HEAD.size + 9])
def test_a_file_that_is_cut_short_is_refused(size):
    with pytest.raises(TableError):
        Table(memoryview(compile_rows([{"id": str(n)} for n in range(9)], "id")[:size]))


def test_whatever_is_changed_in_a_file_it_is_told_or_nothing_is_found_that_was_not_there():
    """Every byte of the head and of the slots, and some of the records: an error, or an answer, and never anything worse."""
    whole = compile_rows([{"id": str(number), "n": number} for number in range(20)], "id")
    choose = random.Random(7)
    places = [*range(HEAD.size), *(choose.randrange(len(whole)) for _ in range(600))]
    for place in places:
        for value in (0, 1, 0x7F, 0xFF):
            broken = bytearray(whole)
            broken[place] = value
            try:
                table = Table(memoryview(bytes(broken)))
                for key in ("0", "7", "19", "none"):
                    table.get(key)
            except TableError:
                continue


def test_a_record_that_claims_to_be_longer_than_the_file_is_told():
    whole = bytearray(compile_rows([{"id": "a"}], "id"))
    whole[HEAD.size + 4 : HEAD.size + 8] = (2**32 - 1).to_bytes(4, "little")
    with pytest.raises(TableError, match="a record does not end within the file"):
        Table(memoryview(bytes(whole))).get("a")


def test_a_slot_that_leads_nowhere_is_told():
    whole = bytearray(compile_rows([{"id": "a"}], "id"))
    for at in range(len(whole) - 16, len(whole), 8):
        if any(whole[at : at + 8]):
            whole[at : at + 5] = (2**40 - 1).to_bytes(5, "little")
    with pytest.raises(TableError, match="a slot leads nowhere"):
        Table(memoryview(bytes(whole))).get("a")
