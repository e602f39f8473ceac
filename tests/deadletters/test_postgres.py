"""Letters in PostgreSQL: made when needed, aged to the second, and back when the server is."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.deadletters.letters import keep, make_letter, make_mark
from transformer.deadletters import Selection, SinkError, Swept, open_sink

EVERYTHING = Selection(state="all")


@pytest.fixture
def database(postgres):
    url = postgres.new_database()
    yield url
    postgres.take_back(url)


@pytest.fixture
def open_table(settings, database):
    opened = []

    def open_(**changes):
        opened.append(open_sink(settings(dead_letters=database, **changes)))
        return opened[-1]

    yield open_
    for sink in opened:
        sink.close()


def ids(sink):
    return [kept.letter.id for kept in sink.find(EVERYTHING)]


def test_letters_are_removed_when_they_are_too_old(open_table):
    sink = open_table(dead_letters_age_seconds=3600)
    now = datetime.now(UTC)
    old, done, young = (make_letter(time=now - timedelta(seconds=age)) for age in (3700, 3650, 3500))
    keep(sink, old, done, young)
    sink.mark([(done.id, make_mark(done))])
    assert (sink.sweep(), ids(sink)) == (Swept(expired=1), [young.id])


def test_a_table_that_somebody_removed_is_made_again(open_table, database):
    import psycopg

    sink = open_table()
    keep(sink, make_letter())
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE dead_letters")
    assert ids(sink) == []
    with pytest.raises(SinkError) as told:
        keep(sink, make_letter())
    assert str(told.value) == "PostgreSQL answered with SQLSTATE 42P01"
    keep(sink, letter := make_letter())
    assert ids(sink) == [letter.id]


def test_many_pages_of_letters_are_found_in_order(open_table):
    sink = open_table()
    letters = [make_letter(workspace=f"w{n % 3}") for n in range(2500)]
    keep(sink, *letters)
    assert ids(sink) == [one.id for workspace in ("w0", "w1", "w2") for one in letters if one.workspace == workspace]
    assert sink.purge(Selection(workspace="w1")) == 833
    assert len(ids(sink)) == 1667


def test_several_processes_may_make_the_table_at_once(open_table):
    from concurrent.futures import ThreadPoolExecutor

    sinks = [open_table() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda sink: keep(sink, make_letter()), sinks))
    assert len(ids(sinks[0])) == 4


def test_a_server_that_is_not_there_is_told_without_its_address(settings):
    sink = open_sink(settings(dead_letters="postgresql://ada:hunter2@127.0.0.1:1/letters"))
    for ask in (lambda: keep(sink, make_letter()), sink.sweep, lambda: ids(sink)):
        with pytest.raises(SinkError) as told:
            ask()
        assert str(told.value) == "PostgreSQL cannot be reached"
    sink.close()
