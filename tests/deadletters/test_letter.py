"""A letter's line says everything, exactly, whatever bytes were sent."""

import json
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.deadletters.letters import make_letter, make_mark
from transformer.deadletters import Letter, LetterFailure, Mark, Metadata, next_id
from transformer.outcome import Place

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(timezones=st.just(UTC))
places = st.none() | st.builds(Place, st.integers(0, 2**31), st.integers(0, 2**31), texts)
failures = st.builds(LetterFailure, st.just("T201"), texts, st.booleans(), texts, places)
letters = st.builds(
    Letter,
    texts,
    moments,
    texts,
    st.lists(texts, max_size=3).map(tuple),
    failures,
    st.binary(max_size=200) | texts.map(str.encode),
    texts,
    st.builds(Metadata, texts, texts, texts, texts, st.binary(max_size=50)),
    st.lists(texts, max_size=3).map(tuple),
)
marks = st.builds(Mark, texts, moments, st.sampled_from(["emitted", "dropped", "failed"]), texts, st.none() | failures)


@given(letters)
def test_a_letter_comes_back_from_its_line_exactly(letter):
    line = letter.line()
    assert line.index(b"\n") == len(line) - 1
    assert Letter.of(line) == letter


@given(marks)
def test_a_mark_comes_back_from_its_line_exactly(mark):
    line = mark.line()
    assert line.index(b"\n") == len(line) - 1
    assert Mark.of(line) == mark


def test_people_can_read_what_is_text():
    told = json.loads(make_letter('{"name":"Ada Ł"}'.encode()).line())
    assert told["payload"] == '{"name":"Ada Ł"}'
    assert told["metadata"]["attributes"] == '{"a":1}'
    assert told["failure"]["place"] == {"line": 3, "column": 5, "function": "transformEvent"}


def test_what_is_no_utf8_is_base64():
    assert json.loads(make_letter(b"\xff\x00").line())["payload_base64"] == "/wA="


def test_without_body_neither_payload_nor_attributes_are_read():
    letter = Letter.of(make_letter(b"secret").line(), body=False)
    assert (letter.payload, letter.metadata.attributes, letter.metadata.source_id) == (b"", b"", "source")


def test_fields_of_a_later_version_are_passed_over():
    letter = make_letter()
    told = json.loads(letter.line()) | {"later": 1}
    told["failure"]["later"] = 2
    assert Letter.of(json.dumps(told).encode()) == letter


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"id":1', b'{"id":"x","time":"yesterday"}', b"\xff"])
def test_a_line_that_is_no_letter_is_refused(line):
    with pytest.raises(ValueError):
        Letter.of(line)
    with pytest.raises(ValueError):
        Mark.of(line)


def test_a_lone_surrogate_in_a_message_costs_no_letter():
    letter = make_letter(failure=LetterFailure("T201", "bad \ud800 text"))
    assert Letter.of(letter.line()).failure.message == "bad ? text"
    assert Mark.of(make_mark(letter, "failed", letter.failure).line()).failure.message == "bad ? text"


def test_ids_grow_and_are_never_given_twice():
    given_out = []

    def take():
        given_out.append([next_id() for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(ids == sorted(ids) for ids in given_out)
    assert len({one for ids in given_out for one in ids}) == 8000
    assert datetime.fromtimestamp(int(given_out[0][0][:16], 16) / 1e9, UTC).year >= 2026
