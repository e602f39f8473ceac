"""Table files: every key is found, no other is, and broken files are told and never read beyond their end."""

import mmap
import random
import tempfile

import cdbx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mapped import open_table
from transformer.tables import compile_rows
from transformer.wire.tables import ABOUT, HEAD, MAGIC, SALT_BYTES, TableError, key_text

KEYS = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.integers(-(2**63), 2**64 - 1), st.booleans())


def table_of(rows, key="id"):
    return open_table(compile_rows(rows, key))


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


WHOLE = compile_rows([{"id": str(number), "n": number} for number in range(20)], "id")


@pytest.mark.parametrize("size", [0, 1, 7, 2047, 2048, len(WHOLE) - 8, len(WHOLE) - 1])
def test_a_file_that_is_cut_short_is_refused(size):
    with pytest.raises(TableError):
        open_table(WHOLE[:size])


@pytest.mark.parametrize(
    "content", [bytes(4096), b"\xff" * 4096, b"TXTABLE\x01" * 512, WHOLE + b"x", b"{}\n" * 2000], ids=range(5)
)
def test_what_is_no_table_is_refused(content):
    with pytest.raises(TableError):
        open_table(content)


@pytest.mark.parametrize("about", [b"", HEAD.pack(b"TXTABLE\x01", bytes(8), 1), HEAD.pack(MAGIC, bytes(8), 1) + b"x"])
def test_a_cdb_of_somebody_else_or_of_another_version_is_no_table(about):
    with tempfile.TemporaryFile() as file:
        maker = cdbx.CDB.make(file.fileno())
        maker.add(b"a", b"{}")
        maker.add(ABOUT, about)
        maker.commit()
        file.seek(0)
        content = file.read()
    with pytest.raises(TableError, match="it is no table, or one of another version"):
        open_table(content)


def test_whatever_is_changed_in_a_file_it_is_told_or_nothing_is_found_that_was_not_there():
    """Every byte after the first table of places, and some of that: an error, or an answer, and never anything worse."""
    choose = random.Random(7)
    places = [*choose.sample(range(2048), 300), *range(2048, len(WHOLE))]
    for place in places:
        for value in (0, 1, 0x7F, 0xFF):
            broken = bytearray(WHOLE)
            broken[place] = value
            try:
                table = open_table(broken)
                for key in ("0", "7", "19", "none"):
                    table.get(key)
            except TableError:
                continue


@pytest.mark.parametrize("size", [2**31 - 1, 2**32 - 1, len(WHOLE)])
def test_a_record_that_claims_to_be_longer_than_the_file_is_told(size):
    at = WHOLE.index(b'{"id":"7"') - len("7") - SALT_BYTES - 4
    broken = bytearray(WHOLE)
    broken[at : at + 4] = size.to_bytes(4, "little")
    table = open_table(broken)
    assert table.get("6") == {"id": "6", "n": 6}
    with pytest.raises(TableError, match="it leads out of itself"):
        table.get("7")


def test_a_row_that_is_no_json_is_told():
    broken = WHOLE.replace(b'{"id":"7"', b'["id":"7"')
    with pytest.raises(TableError, match="a row is no JSON"):
        open_table(broken).get("7")


def test_the_mapping_of_python_is_as_it_was():
    before = mmap.mmap
    open_table(WHOLE)
    with pytest.raises(TableError):
        open_table(bytes(4096))
    assert mmap.mmap is before
