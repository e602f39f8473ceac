"""`transformer dead-letters`: what it shows, what it hides, what it removes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from transformer.deadletters import Letter, LetterFailure, Line, Mark, Metadata, Selection, next_id, open_sink
from transformer.outcome import Place
from transformer.settings import Settings

EVERYTHING = Selection(state="all")
SECRET = b'{"card":"4111"}'


@pytest.fixture
def sink(folder):
    opened = open_sink(Settings(dead_letters=f"directory:{folder}/transformer.db.dead-letters"))  # what the default is here
    yield opened
    opened.close()


@pytest.fixture
def keep(sink):
    """keep(payload, …): the id of a letter that is kept."""

    def put(payload=SECRET, code="T201", version=3, workspace="default", age=timedelta(), name="scrub"):
        full = f"workspaces/{workspace}/transformations/{name}/versions/{version}"
        letter = Letter(
            next_id(),
            datetime.now(UTC) - age,
            workspace,
            (f"transformations/{name}",),
            LetterFailure(code, f"message of {code}", version=full, place=Place(3, 5, "f")),
            payload,
            "m1",
            Metadata("source", attributes=b'{"card":"4111"}'),
        )
        sink.keep(workspace, [Line(letter.id, letter.time, letter.line())])
        return letter.id

    return put


@pytest.fixture
def replayed(sink):
    def mark(letter_id):
        (kept,) = sink.find(Selection(ids=frozenset({letter_id})))
        sink.mark([(kept.where, Mark(letter_id, datetime.now(UTC), "emitted", "ada"))])

    return mark


def test_letters_are_listed_newest_first_without_what_they_hold(cli, keep, replayed):
    first, second, done = keep(), keep(code="T202"), keep()
    replayed(done)
    ended = cli("dead-letters", "list")
    assert [line.split()[0] for line in ended.out] == ["id", second, first]
    assert ended.out[1].split()[3:] == ["scrub@3", "T202", "message", "of", "T202", "0"]
    (row,) = cli("dead-letters", "list", "--replayed").out[1:]
    assert row.split()[3:] == ["scrub@3", "emitted", "1"]
    for form in ((), ("--json",), ("--replayed", "--json")):
        assert not any("4111" in line for line in cli("dead-letters", "list", *form).out)


def test_payloads_are_shown_to_who_asks(cli, keep):
    letter = keep(b"\xff\x00")
    (told,) = cli("dead-letters", "list", "--json", "--payload").json()
    assert (told["payload_base64"], told["metadata"]["attributes"]) == ("/wA=", '{"card":"4111"}')
    assert "payload_base64" not in cli("dead-letters", "show", letter).json()
    assert cli("dead-letters", "show", letter, "--payload").json() == told
    assert cli("dead-letters", "list", "--payload").code == 2


def test_raw_is_the_event_byte_for_byte(cli, keep):
    letter = keep()
    ended = cli("dead-letters", "show", letter, "--raw")
    assert ended.out == [SECRET.decode()]


def test_show_tells_how_it_failed_and_what_became_of_it(cli, keep, replayed):
    letter = keep()
    replayed(letter)
    told = cli("dead-letters", "show", letter).json()
    assert told["failure"]["place"] == {"line": 3, "column": 5, "function": "f"}
    assert (told["replayed"], told["tries"], told["last"]["by"]) == (True, 1, "ada")


def test_a_letter_that_is_not_there_is_refused(cli):
    ended = cli("dead-letters", "show", "nothing")
    assert (ended.code, ended.err) == (3, ["transformer: there is no dead letter 'nothing'"])


def test_options_choose(cli, keep):
    old, other = keep(age=timedelta(hours=3)), keep(workspace="other")
    scrub, split = keep(code="T301"), keep(name="split", version=1)

    def listed(*arguments):
        return {one["id"] for one in cli("dead-letters", "list", "--json", *arguments).json()}

    assert listed() == {old, scrub, split}
    assert listed("--all-workspaces") == {old, other, scrub, split}
    assert listed("--workspace", "other") == {other}
    assert listed("--since", "2h") == {scrub, split}
    assert listed("--until", "2h") == {old}
    assert listed("--until", (datetime.now(UTC) - timedelta(hours=1)).isoformat()) == {old}
    assert listed("--code", "T301", "--code", "202") == {scrub}
    assert listed("scrub") == {old, scrub}
    assert listed("split@1", "scrub@2") == {split}
    assert listed("--id", old) == {old}
    assert listed("-n", 1) == {split}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("scrub@canary",), "'scrub@canary': a letter knows versions, not aliases; write NAME or NAME@3"),
        (("--code", "bad"), "--code 'bad' is no code; write it like T201"),
        (
            ("--since", "yesterday"),
            "--since 'yesterday' is no time; write 2026-09-01T12:30 (UTC), or how long ago: 90m, 6h, 2d",
        ),
        (("--dead-letters", "none"), "dead_letters is none: no letters are kept, and none can be looked at"),
    ],
)
def test_what_is_wrong_is_named(cli, arguments, sentence):
    ended = cli("dead-letters", "list", *arguments)
    assert (ended.code, ended.out, ended.err) == (2, [], [f"transformer: {sentence}"])


def test_a_sink_that_does_not_work_is_told(cli, folder):
    (folder / "transformer.db.dead-letters").write_text("")
    ended = cli("dead-letters", "list")
    assert (ended.code, ended.err) == (4, ["transformer: the dead letters cannot be used: not a directory"])


def test_purge_removes_what_was_chosen_for_good(cli, keep, replayed, sink, folder):
    young, old, done = keep(), keep(age=timedelta(days=3)), keep()
    replayed(done)
    assert cli("dead-letters", "purge", "--until", "2d", "--dry-run").err == ["1 dead letter would be removed"]
    assert cli("dead-letters", "purge", "--until", "2d").err == ["1 dead letter was removed"]
    assert {kept.letter.id for kept in sink.find(EVERYTHING)} == {young, done}
    assert cli("dead-letters", "purge", "--replayed").err == ["1 dead letter was removed"]
    assert {kept.letter.id for kept in sink.find(EVERYTHING)} == {young}
    (path,) = folder.glob("*.dead-letters/default/*.jsonl")
    assert [json.loads(line)["id"] for line in path.read_bytes().splitlines()] == [young]
    assert old not in path.read_text()


def test_purging_everything_has_to_be_said(cli, keep, replayed, sink):
    replayed(keep())
    keep()
    ended = cli("dead-letters", "purge")
    assert (ended.code, ended.err) == (
        2,
        ["transformer: this would remove every letter; choose some, or say --every"],
    )
    assert cli("dead-letters", "purge", "--every").err == ["2 dead letters were removed"]
    assert list(sink.find(EVERYTHING)) == []
