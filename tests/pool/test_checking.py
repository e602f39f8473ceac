"""What a check found, as a guest tells it: a guest that has left its sandbox may tell anything."""

import orjson
import pytest

from transformer.capabilities import NOTHING
from transformer.engines.base import Imported, Report, Surroundings
from transformer.errors import Problem
from transformer.pool.checking import read_report
from transformer.uses import KINDS, MADE, Use, hold_against
from transformer.wire.frames import FrameError, Kind

LOOSE = Surroundings(library=True, loose=True)
GOOD = {
    "entry_point": "transformEvent",
    "problems": [["wrong", 3, 4]],
    "warnings": [["odd", 5, 6]],
    "uses_metadata": True,
    "uses": [["hosts", "api.example.com:443", 1, 2, False], ["tables", None, 3, 4, False], ["kv", "a/", 5, 6, True]],
    "artefact": 7,
}


def read(told, kind=Kind.CHECKED):
    return read_report((kind, memoryview(told if isinstance(told, bytes) else orjson.dumps(told))))


def test_a_report_is_what_was_told():
    uses = [Use("hosts", "api.example.com:443", 1, 2), Use("tables", None, 3, 4), Use("kv", "a/", 5, 6, goes_on=True)]
    report = Report([Problem("wrong", 3, 4)], [Problem("odd", 5, 6)], "transformEvent", uses_metadata=True, uses=uses)
    assert read(GOOD) == (report, 7)


@pytest.mark.parametrize(
    "told",
    [
        b"no JSON",
        b"[]",
        {},
        GOOD | {"entry_point": "main"},
        GOOD | {"problems": [["wrong", 3]]},
        GOOD | {"problems": [["wrong", "three", 4]]},
        GOOD | {"warnings": None},
        GOOD | {"artefact": "large"},
        GOOD | {"uses": [["sockets", "x", 1, 1, False]]},
        GOOD | {"uses": [["tables", 7, 1, 1, False]]},
        GOOD | {"uses": [["tables", "plans", 1, 1]]},
        GOOD | {"uses": [["hosts", "api.example.com", 1, 1, False]]},
        GOOD | {"uses": [["kv", None, 1, 1, False]]},
        GOOD | {"uses": [["geolocation", None, 1, 1, False]]},
        GOOD | {"imports": [["json", [], False], ["os"]]},
        GOOD | {"imports": 7},
    ],
)
def test_what_no_guest_of_ours_tells_is_no_report(told):
    with pytest.raises(FrameError):
        read(told)


def test_another_answer_is_none_to_a_check():
    with pytest.raises(FrameError):
        read(GOOD, Kind.END)


@pytest.mark.parametrize("kind", KINDS)
def test_every_use_that_is_read_can_be_held_against_a_manifest(kind):
    whats = ["x.example.com:1" if kind == "hosts" else "x", *([None] if kind in MADE else [])]
    report, _ = read(GOOD | {"uses": [[kind, what, 1, 1, False] for what in whats]})
    problems, warnings = hold_against(report.uses, NOTHING)
    assert (len(problems), len(warnings)) == (1, len(whats) - 1)


def test_imports_are_told_where_a_check_was_asked_for_them():
    report, _ = read(GOOD | {"imports": [["os.path", ["join"], False], ["json", [], True]]})
    assert report.imports == [Imported("os.path", ("join",)), Imported("json", offered=True)]
    assert read(GOOD)[0].imports is None


async def test_a_loose_check_runs_in_a_worker_which_bounds_what_a_parser_may_do(make_pool):
    pool = await make_pool(spare_workers=0, event_seconds=20, turn_seconds=60)
    report = await pool.check("w", "python", "import mathhelper, json\n", "test", LOOSE)
    assert report.imports == [Imported("mathhelper"), Imported("json", offered=True)]
    assert not report.problems
    for deep in ("x = " + "-" * 200_000 + "1", "x = " + "9" * 100_000, "a" + ".b" * 100_000):
        report = await pool.check("w", "python", deep, "test", LOOSE)
        assert report.problems
    assert (await pool.check("w", "python", "x = 1", "test")).imports is None
