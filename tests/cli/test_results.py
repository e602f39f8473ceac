"""What is printed of an answer."""

from __future__ import annotations

import json

import pytest

from transformer.cli.exits import Exit
from transformer.cli.reading import Lines
from transformer.cli.results import Answer, Printer, place_of
from transformer.errors import Code
from transformer.outcome import Failure, Ledger, Place, Status


def lines(count: int, first: int = 1) -> Lines:
    return Lines(list(range(first, first + count)), [b"{}"] * count)


def test_an_output_of_several_events_names_the_line_of_the_first(capsys):
    ledger = Ledger(4)
    ledger.settle([0, 1, 2, 3], [1, 1, 1, 2], [b'{"n":1}', b'{"n":2}'], [(0, 2), (1, 2)])
    Printer(outcomes=True).print(Answer(lines(4, first=11), ledger, ()))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"line": 11, "status": "emitted", "outputs": [{"n": 1}]},
        {"line": 12, "status": "emitted", "outputs": [{"n": 2}]},
        {"line": 13, "status": "emitted", "joined": [11, 12]},
        {"line": 14, "status": "dropped", "reason": ""},
    ]


def test_counts_go_over_all_answers(capsys):
    printer = Printer()
    for first in (1, 3):
        ledger = Ledger(2)
        ledger.settle([0], [Status.EMITTED], [b"{}", b"{}"], [(0,), (0,)])
        ledger.fail([1], Failure(Code.INVALID, "no [name]"))
        printer.print(Answer(lines(2, first), ledger, ()))
    assert printer.finish() is Exit.NOT_HELD
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == ["line 2: T202 no [name]", "line 4: T202 no [name]"]
    assert said[2].startswith("4 events in ")
    assert said[2].endswith(" s: 2 emitted, 0 dropped, 2 failed; 4 outputs")
    assert said[4].split() == ["2", "T202", "no", "[name]", "2"]


def test_kinds_of_failure_are_bounded(capsys):
    printer = Printer()
    ledger = Ledger(12_000)
    for index in range(ledger.size):
        ledger.fail([index], Failure(Code.EXCEPTION, f"ValueError: {index}"))
    printer.print(Answer(lines(ledger.size), ledger, ()))
    printer.finish()
    assert len(printer.kinds) == 10_000
    assert capsys.readouterr().err.splitlines()[-1] == "and 9,980 other kinds of failure"


@pytest.mark.parametrize(
    ("failure", "place"),
    [
        (Failure(Code.EXCEPTION, "", Place(3, 5, "f"), step=0), "a.py:3:5"),
        (Failure(Code.EXCEPTION, "", Place(3), step=1), "b.py:3"),
        (Failure(Code.EXCEPTION, "", Place(3)), "line:3"),
        (Failure(Code.TIME_LIMIT, "", step=1), "b.py"),
        (Failure(Code.WORKER_LOST, ""), ""),
        (Failure(Code.EXCEPTION, "", step=7), ""),
    ],
)
def test_a_place_is_told_as_far_as_it_is_known(failure, place):
    assert place_of(failure, ("a.py", "b.py")) == place
