"""`transformer check`: problems and warnings as compilers write them."""

from __future__ import annotations

GOOD = "def transformEvent(event, metadata):\n    return event\n"


def test_good_code_holds(cli, write):
    write("good.py", GOOD)
    ended = cli("check", "good.py")
    assert (ended.code, ended.out, ended.err) == (0, [], ["1 checked, 1 hold, 0 do not"])


def test_problems_have_file_line_column_and_sentence(cli, write):
    write("good.py", GOOD)
    write("colon.py", "def transformEvent(event, metadata)\n    return event\n")
    write("entry.py", "x = 1\n")
    ended = cli("check", "colon.py", "good.py", "entry.py")
    assert ended.code == 1
    assert ended.out[0] == "colon.py:1:36: SyntaxError: expected ':'"
    assert ended.out[1].startswith("entry.py")
    assert ended.err == ["3 checked, 1 hold, 2 do not"]


def test_code_that_hangs_on_a_sample_event_is_a_problem(cli, write):
    write("hangs.py", "def transformEvent(event, metadata):\n    while True:\n        pass\n")
    ended = cli("check", "hangs.py", "--event-seconds", "0.2")
    assert ended.code == 1
    assert ended.out[0].startswith("hangs.py: the sample ")
    assert "longer than one event may (0.2 s)" in ended.out[0]


def test_a_sample_event_that_fails_is_a_warning(cli, write):
    write("warns.py", "def transformEvent(event, metadata):\n    return event['nope']\n")
    ended = cli("check", "warns.py")
    assert ended.code == 0
    assert ended.out[0].startswith("warns.py:2:12: warning: ")
    assert ended.out[0].endswith("T201 KeyError: 'nope'")


def test_code_over_the_limit_is_not_compiled(cli, write):
    write("long.py", GOOD + "#" * 2000)
    ended = cli("check", "long.py", "--code-bytes", 1024)
    assert (ended.code, ended.out) == (1, ["long.py: the source has 2054 bytes; the limit (code_bytes) is 1024"])


def test_json_holds_the_same(cli, write):
    write("good.py", GOOD)
    write("colon.py", "def transformEvent(event, metadata)\n    return event\n")
    ended = cli("check", "good.py", "colon.py", "--json")
    assert (ended.code, ended.json()) == (
        1,
        [
            {"file": "good.py", "held": True, "entry_point": "transformEvent", "problems": [], "warnings": []},
            {
                "file": "colon.py",
                "held": False,
                "entry_point": None,
                "problems": [{"line": 1, "column": 36, "message": "SyntaxError: expected ':'"}],
                "warnings": [],
            },
        ],
    )
