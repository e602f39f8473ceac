"""What every sink does: one suite over the directory and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.deadletters.letters import VERSION, keep, make_letter, make_mark
from transformer.deadletters import LetterFailure, Metadata, Selection, SinkBusyError, Swept

EVERYTHING = Selection(state="all")
NEW_FAILURE = LetterFailure("T301", "too slow", version=VERSION.replace("/3", "/4"))


def found(sink, selection=EVERYTHING):
    return [kept.letter.id for kept in sink.find(selection)]


def test_an_empty_sink_has_nothing_and_makes_nothing(sink, tmp_path):
    assert found(sink) == []
    assert sink.purge(EVERYTHING) == 0
    assert sink.sweep() == Swept()
    with sink.replaying():
        pass
    assert list(tmp_path.iterdir()) == []


def test_letters_come_back_whole_in_order_and_to_every_process(open_letters):
    letters = [make_letter(b'{"n":%d}' % n) for n in range(50)] + [make_letter(b"\xff\x00 bytes", metadata=Metadata())]
    keep(open_letters(), *letters)
    other = open_letters()
    kept = list(other.find(EVERYTHING))
    assert [one.letter.id for one in kept] == [letter.id for letter in letters]
    assert other.read([one.where for one in kept]) == letters
    assert {one.letter.payload for one in kept} == {b""}
    assert [one.size for one in kept] == [len(letter.line()) for letter in letters]


def test_letters_of_a_workspace_are_found_without_the_others(sink):
    ours, theirs = make_letter(), make_letter(workspace="other")
    keep(sink, ours, theirs)
    assert found(sink, Selection(workspace="w")) == [ours.id]
    assert set(found(sink)) == {ours.id, theirs.id}


def test_a_replayed_letter_waits_no_longer_and_stays_until_it_is_purged(sink):
    emitted, dropped, waiting = letters = [make_letter() for _ in range(3)]
    keep(sink, *letters)
    wheres = {kept.letter.id: kept.where for kept in sink.find(EVERYTHING)}
    sink.mark([(wheres[emitted.id], make_mark(emitted)), (wheres[dropped.id], make_mark(dropped, "dropped"))])
    assert found(sink, Selection()) == [waiting.id]
    kept = list(sink.find(Selection(state="replayed")))
    assert [(one.letter.id, one.tries, one.last.status, one.last.by) for one in kept] == [
        (emitted.id, 1, "emitted", "ada"),
        (dropped.id, 1, "dropped", "ada"),
    ]
    assert sink.purge(Selection(state="replayed")) == 2
    assert found(sink) == [waiting.id]


def test_a_letter_that_fails_again_stays_once_with_its_new_failure(sink):
    letter = make_letter()
    keep(sink, letter)
    for _ in range(2):
        (kept,) = sink.find(Selection())
        sink.mark([(kept.where, make_mark(letter, "failed", NEW_FAILURE))])
    (kept,) = sink.find(Selection(codes=frozenset({"T301"}), refs=(("scrub", 4),)))
    assert (kept.tries, kept.failure, kept.replayed) == (2, NEW_FAILURE, False)
    assert kept.letter.failure == letter.failure
    assert found(sink, Selection(codes=frozenset({"T201"}))) == []


def test_every_part_of_a_selection_chooses(sink):
    now = datetime.now(UTC)
    old = make_letter(time=now - timedelta(hours=3))
    other = make_letter(failure=LetterFailure("T202", "no", version=VERSION.replace("scrub", "other")))
    blameless = make_letter(failure=LetterFailure("T101", "not JSON"), transformations=("transformations/scrub/aliases/x",))
    keep(sink, old, other, blameless)
    assert found(sink, Selection(since=now - timedelta(hours=1))) == [other.id, blameless.id]
    assert found(sink, Selection(until=now - timedelta(hours=1))) == [old.id]
    assert found(sink, Selection(codes=frozenset({"T201", "T101"}))) == [old.id, blameless.id]
    assert found(sink, Selection(ids=frozenset({other.id, "unknown"}))) == [other.id]
    assert found(sink, Selection(refs=(("scrub", 0),))) == [old.id, blameless.id]
    assert found(sink, Selection(refs=(("scrub", 3),))) == [old.id]
    assert found(sink, Selection(refs=(("scrub", 2), ("other", 3)))) == [other.id]


def test_purging_takes_exactly_what_was_chosen(sink):
    letters = [make_letter(b'{"n":%d}' % n) for n in range(10)]
    keep(sink, *letters)
    chosen = {letter.id for letter in letters[::3]}
    assert sink.purge(Selection(ids=frozenset(chosen))) == 4
    kept = list(sink.find(EVERYTHING))
    assert sink.read([one.where for one in kept]) == [letter for letter in letters if letter.id not in chosen]
    keep(sink, more := make_letter())
    assert found(sink)[-1] == more.id


def test_what_was_found_and_is_gone_is_neither_read_nor_marked(sink):
    gone, there = make_letter(), make_letter()
    keep(sink, gone, there)
    wheres = [kept.where for kept in sink.find(EVERYTHING)]
    sink.purge(Selection(ids=frozenset({gone.id})))
    assert sink.read(wheres)[0] is None
    sink.purge(EVERYTHING)
    assert sink.read(wheres) == [None, None]
    sink.mark([(wheres[0], make_mark(gone))])
    assert found(sink) == []


def test_only_one_replays_or_purges(open_letters):
    first, second = open_letters(), open_letters()
    keep(first, make_letter())
    with first.replaying():
        with pytest.raises(SinkBusyError), second.replaying():
            pass
        with pytest.raises(SinkBusyError):
            second.purge(EVERYTHING)
        keep(second, make_letter())  # a server goes on meanwhile
    with second.replaying():
        pass
    assert second.purge(EVERYTHING) == 2


def test_a_replay_that_fails_gives_its_lock_back(sink):
    keep(sink, make_letter())
    with pytest.raises(KeyboardInterrupt), sink.replaying():
        raise KeyboardInterrupt
    with sink.replaying():
        pass


def test_over_its_bytes_the_largest_workspace_loses_its_oldest(open_letters):
    sink = open_letters(dead_letters_bytes=2**16, dead_letters_file_bytes=4096)
    small = [make_letter(b"x" * 1000, workspace="small") for _ in range(5)]
    keep(sink, *small)
    large = [make_letter(b"x" * 1000, workspace="large") for _ in range(100)]
    for letter in large:
        keep(sink, letter)
    swept = sink.sweep()
    assert (swept.evicted + len(found(sink)), swept.expired) == (105, 0)
    assert found(sink, Selection(workspace="small")) == [letter.id for letter in small]
    left = found(sink, Selection(workspace="large"))
    assert left == [letter.id for letter in large[-len(left) :]]
    assert 2**16 * 0.7 < sum(kept.size for kept in sink.find(EVERYTHING)) <= 2**16
    assert sink.sweep() == Swept()


def test_what_was_replayed_is_not_counted_as_lost(open_letters):
    sink = open_letters(dead_letters_bytes=2**16, dead_letters_file_bytes=4096)
    letters = [make_letter(b"x" * 1000) for _ in range(100)]
    for letter in letters:
        keep(sink, letter)
    sink.mark([(kept.where, make_mark(kept.letter)) for kept in sink.find(EVERYTHING)])
    assert sink.sweep() == Swept()
    assert 0 < len(found(sink)) < 60


def test_a_letter_that_is_kept_twice_is_there_once_where_the_sink_can_tell(sink):
    letter = make_letter()
    keep(sink, letter)
    keep(sink, letter)
    assert set(found(sink)) == {letter.id}


def test_every_byte_comes_back_as_it_was_sent(sink):
    payloads = [bytes([n]) * 3 for n in range(256)] + ["Ł€😀\u2028\r\n".encode(), b"", b'{"a":"\\u0000"}']
    keep(sink, *[make_letter(payload, metadata=Metadata(attributes=payload)) for payload in payloads])
    letters = sink.read([kept.where for kept in sink.find(EVERYTHING)])
    assert [letter.payload for letter in letters] == payloads
    assert [letter.metadata.attributes for letter in letters] == payloads
