"""`transformer test`: which cases belong to which code, and how a case that does not hold is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

import transformer.cli.demo

UPPER = """\
def transformEvent(event, metadata):
    log("name is", event["name"])
    event["name"] = event["name"].upper()
    return event
"""
HOLDS = {"name": "writes names in capitals", "event": {"name": "ada"}, "expect": {"emitted": {"name": "ADA"}}}
DIFFERS = {"name": "keeps the age", "event": {"name": "ada", "age": 36}, "expect": {"emitted": {"name": "Ada", "age": 36}}}


def test_cases_that_hold_are_listed(cli, write):
    write("upper.py", UPPER)
    write("upper.cases.json", [HOLDS])
    ended = cli("test", "upper.py")
    assert (ended.code, ended.out) == (0, ["upper.py", "  held    writes names in capitals"])
    assert ended.err[0].startswith("1 case in ")
    assert ended.err[0].endswith(" s: 1 held, 0 did not")


def test_a_case_that_differs_is_shown_with_path_and_logs(cli, write):
    write("upper.py", UPPER)
    write("cases/names.json", [HOLDS, DIFFERS])
    ended = cli("test", "upper.py")
    assert ended.code == 1
    assert ended.out == [
        "upper.py",
        "  held    writes names in capitals",
        "  DIFFERS keeps the age",
        "    in cases/names.json",
        "    expect.emitted.name",
        '      expected  "Ada"',
        '      got       "ADA"',
        "    log: name is ada",
    ]


def test_json_holds_the_same(cli, write):
    write("upper.py", UPPER)
    write("upper.cases.json", [HOLDS, DIFFERS])
    ended = cli("test", "upper.py", "--json")
    assert ended.code == 1
    assert ended.json() == {
        "cases": 2,
        "held": 1,
        "failed": 1,
        "files": [
            {
                "file": "upper.py",
                "problems": [],
                "cases": [
                    {
                        "name": "writes names in capitals",
                        "file": "upper.cases.json",
                        "held": True,
                        "differences": [],
                        "logs": ["name is ada"],
                        "unused": [],
                    },
                    {
                        "name": "keeps the age",
                        "file": "upper.cases.json",
                        "held": False,
                        "differences": [{"path": "expect.emitted.name", "expected": '"Ada"', "got": '"ADA"'}],
                        "logs": ["name is ada"],
                        "unused": [],
                    },
                ],
            }
        ],
    }


def test_drops_and_failures_can_be_expected(cli, write):
    write(
        "code.py",
        "def transformEvent(event, metadata):\n"
        "    if metadata(event).get('sourceId') == 's':\n"
        "        raise Drop('not from s')\n"
        "    return event['nope']\n",
    )
    write(
        "code.cases.json",
        {
            "name": "drops and fails",
            "events": [{}, {}],
            "metadata": [{"sourceId": "s"}, {}],
            "expect": [{"dropped": "not from s"}, {"failed": {"code": "T201", "message": "KeyError: 'nope'", "line": 4}}],
        },
    )
    assert cli("test", "code.py").code == 0


def test_a_folder_is_searched_with_its_subfolders(cli, write):
    write("one/transform.py", UPPER)
    write("one/cases/a.json", HOLDS)
    write("more/two/upper.py", UPPER)
    write("more/two/lower.py", UPPER)
    write("more/two/upper.cases.json", HOLDS)
    write("without.py", UPPER)
    ended = cli("test", ".")
    assert [line for line in ended.out if not line.startswith(" ")] == ["more/two/upper.py", "one/transform.py"]


def test_a_cases_folder_beside_two_source_files_belongs_to_neither(cli, write):
    write("a.py", UPPER)
    write("b.py", UPPER)
    write("cases/a.json", HOLDS)
    ended = cli("test", ".")
    assert (ended.code, ended.err) == (
        1,
        ["transformer: no case was found at .; cases lie in cases/*.json or NAME.cases.json"],
    )


def test_broken_code_fails_all_of_its_cases(cli, write):
    write("upper.py", "import os\n")
    write("upper.cases.json", [HOLDS, DIFFERS])
    ended = cli("test", "upper.py")
    assert ended.code == 1
    assert ended.out[0] == "upper.py"
    assert ended.out[1].startswith("  upper.py:1:1: Import of 'os' is not allowed.")
    assert ended.out[-1] == "  its cases were not run: 2"


def test_a_case_that_hangs_fails_and_the_next_one_is_run(cli, write):
    write("code.py", "def transformEvent(event, metadata):\n    while event['loop']:\n        pass\n    return event\n")
    write(
        "code.cases.json",
        [
            {"name": "loops", "event": {"loop": True}, "expect": {"failed": "T301"}},
            {"name": "does not", "event": {"loop": False}, "expect": {"emitted": {"loop": False}}},
        ],
    )
    assert cli("test", "code.py", "--event-seconds", "0.1").code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "upper.cases.json: is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)"),
        (
            {**HOLDS, "expects": 1},
            "upper.cases.json: expects is not a known key; known: name, event, events, metadata, expect, outputs, calls, kv, secrets, tables",
        ),
    ],
)
def test_a_broken_case_file_is_named(cli, write, content, message):
    write("upper.py", UPPER)
    write("upper.cases.json", content)
    ended = cli("test", "upper.py")
    assert (ended.code, ended.err) == (2, [f"transformer: {message}"])


def test_a_path_that_does_not_exist_is_named(cli):
    ended = cli("test", "missing")
    assert (ended.code, ended.err) == (2, ["transformer: missing: no such file or folder"])


def test_the_transformations_of_the_demo_hold(cli):
    ended = cli("test", Path(transformer.cli.demo.__file__).parent / "transforms")
    assert ended.code == 0
    assert sum(line.startswith("  held") for line in ended.out) == 12
