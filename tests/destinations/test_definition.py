"""What is wrong with a definition is told when it is compiled, with its file and line, and all at once."""

import pytest

from transformer.destinations.cases import read_cases
from transformer.destinations.check import check_definition
from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import read_definition
from transformer.destinations.lines import DefinitionError
from transformer.destinations.skeleton import write_skeleton

TEXT = """\
name: example
title: Example
summary: Shows one thing.
settings:
  key: {type: string}
events:
  track: only
requests:
  only:
    body: {JSON: main}
mappings:
  main:
    - {to: id, from: userId}
"""


def problems(folder):
    with pytest.raises(DefinitionError) as wrong:
        compile_definition(read_definition(folder))
    return [problem.removeprefix(f"{folder}/") for problem in wrong.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "{to: id, from: userId}",
            "{to: id, form: userId}",
            "destination.yaml:13: mappings.main[0]: unknown keyword 'form'; did you mean 'from'?",
        ),
        (
            "{to: id, from: userId}",
            "{to: id}",
            "destination.yaml:13: mappings.main[0]: wants one of `from`, `value` and `template`",
        ),
        (
            "{to: id, from: userId}",
            "{to: 5, from: userId}",
            "destination.yaml:13: mappings.main[0]: to must be a text or a list",
        ),
        ("{to: id, from: userId}", "{to: id, from: $mail}", "destination.yaml:13: mappings.main[0]: unknown field $mail"),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, as: bigger}",
            "destination.yaml:13: mappings.main[0]: unknown conversion 'bigger'",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, as: [{flat: .}, lower]}",
            "destination.yaml:13: mappings.main[0]: lower cannot work on what comes before it: object",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, as: cut}",
            "destination.yaml:13: mappings.main[0]: cut takes 1 arguments, not 0",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, each: item}",
            "destination.yaml:13: mappings.main[0]: there is no mapping 'item'",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, when: 1 +}",
            "destination.yaml:13: mappings.main[0]: when: '1 +' is no condition",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: userId, when: exec(a)}",
            "destination.yaml:13: mappings.main[0]: when: unknown function 'exec'",
        ),
        (
            "{to: id, from: userId}",
            "{to: id, from: mapper.gone}",
            "destination.yaml:13: mappings.main[0]: mapper.py has no function 'gone'",
        ),
        ("track: only", "tracks: only", "destination.yaml:7: events: unknown type 'tracks'"),
        ("track: only", "track: other", "events.track: there is no request 'other'"),
        ("{JSON: main}", "{JSON: other}", "destination.yaml:9: requests.only: body: there is no mapping 'other'"),
        ("{JSON: main}", "{TEXT: main}", "destination.yaml:10: requests.only: body wants one of JSON"),
        ("name: example", "name: other", "destination.yaml:1: destination: name must be that of its folder, 'example'"),
        ("title: Example", "titel: Example", "destination.yaml:2: destination: unknown keyword 'titel'; did you mean 'title'?"),
        ("title: Example", "title: [", "destination.yaml:4: "),
        ("title: Example", "name: again", "destination.yaml:2: 'name' stands here twice"),
    ],
)
def test_a_slip_is_told_with_its_line(write, old, new, told):
    assert old in TEXT
    found = problems(write(TEXT.replace(old, new)))
    assert any(told in problem for problem in found), found


def test_all_slips_are_told_at_once(write):
    found = problems(write(TEXT.replace("from: userId", "form: userId").replace("JSON: main", "TEXT: main")))
    assert len(found) == 2


@pytest.mark.parametrize("content", [b"", b"- a", b"\xff", b"a: &x 1\nb: *x", b"a: !!python/object:os.system {}"])
def test_what_is_no_definition_is_refused(tmp_path, content):
    tmp_path.joinpath("destination.yaml").write_bytes(content)
    with pytest.raises(DefinitionError):
        read_definition(tmp_path)


def checked(folder):
    with pytest.raises(DefinitionError) as wrong:
        check_definition(read_definition(folder), read_cases(folder))
    return "\n".join(wrong.value.problems)


def test_settings_that_do_not_exist_are_found_in_both_files(write):
    folder = write(
        TEXT.replace("from: userId", "from: settings.kee").replace("track: only", "track: [only, mapper.more]"),
        'def more(event, call):\n    return call.settings.get("absent")\n',
    )
    told = checked(folder)
    assert "destination.yaml:13: there is no setting 'kee'" in told
    assert "mapper.py:2: there is no setting 'absent'" in told


def test_a_mapping_that_an_imported_function_names_is_reached(write):
    write(TEXT, 'def map_spare(event, call):\n    return call.map("spare", event)\n', name="base")
    spare = TEXT.replace("name: example", "name: other").replace("track: only", "track: [only, mapper.map_spare]")
    folder = write(
        spare + "  spare:\n    - {to: a, from: event}\n",
        "from destinations.base import map_spare\n",
        name="other",
    )
    assert "nothing uses it" not in checked(folder)


def test_what_nothing_reaches_is_found(write):
    folder = write(TEXT + "  spare:\n    - {to: a, value: 1}\n    - {to: a, value: 2}\n    - {to: b, from: [x, x]}\n")
    told = checked(folder)
    assert "mappings.spare: nothing uses it" in told
    assert "mappings.spare[0]: what it writes is always overwritten, in line 16" in told
    assert "mappings.spare[2]: x is looked at twice" in told


def test_an_event_without_a_case_is_found(write):
    assert "events.track: no case has such an event" in checked(write(TEXT))


def test_a_circle_of_mappers_is_told(write):
    write({"events": {"track": "mapper.one"}}, "from destinations.second import two as one\n", name="first")
    found = problems(write({"events": {"track": "mapper.two"}}, "from destinations.first import one as two\n", name="second"))
    assert "imports in a circle" in found[0]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("\nimport socket\n", "first/mapper.py:2: mapper.py of first: socket is not there in a worker"),
        ("def one(e, c):\n    import os.path\n", "first/mapper.py:2: mapper.py of first: os.path is not there in a worker"),
        ("from . import x\n", "first/mapper.py:1: mapper.py of first: . is not there in a worker"),
        ("from destinations.gone import x\n", "first/mapper.py:1: mapper.py of first: there is no mapper.py of 'gone'"),
        ("from destinations.other import x\n", "first/mapper.py:1: mapper.py of first: mapper.py of 'other' has no 'x'"),
        (
            "def f():\n    from destinations.other import one\n",
            "first/mapper.py:2: mapper.py of first: destinations.other is not",
        ),
        ("def one(\n", "first/mapper.py:1: '(' was never closed"),
        ("from destinations.broken import x\n", "broken/mapper.py:2: "),
    ],
)
def test_what_a_mapper_cannot_import_is_told(write, source, told):
    write({}, "import re\nONE = two = 1\ndef one(event, call):\n    pass\n", name="other")
    write({}, "\n)\n", name="broken")
    folder = write({}, source, name="first")
    with pytest.raises(DefinitionError) as wrong:
        compile_definition(read_definition(folder))
    assert any(problem.startswith(f"{folder.parent}/{told}") for problem in wrong.value.problems), wrong.value.problems


def test_a_mapper_may_import_what_others_have(write):
    write({}, "import re\nONE = two = 1\nclass Three:\n    pass\n", name="other")
    source = (
        "from destinations.other import ONE, Three, re, two\nimport urllib.parse\nfrom transformer.mappers.paths import at\n"
    )
    assert [name for name, _ in compile_definition(read_definition(write({}, source, name="first"))).mappers] == [
        "other",
        "first",
    ]


def test_what_is_taken_over_is_told_with_the_line_where_it_stands(write):
    base = write(TEXT.replace("from: userId", "from: mapper.gone"))
    folder = write("name: more\nextends: example\nmappings:\n  other:\n    - {to: a, from: $none}\n", name="more")
    found = problems(folder)
    assert f"{base}/destination.yaml:13: mappings.main[0]: mapper.py has no function 'gone'" in found
    assert any(one.startswith("destination.yaml:5: mappings.other[0]: unknown field $none") for one in found)


def test_a_destination_has_functions_of_that_which_it_extends_unless_it_has_its_own(write):
    words = {"events": {"track": "mapper.one"}}
    write(words, "def one(event, call):\n    return None\n")
    extending = "name: {0}\nextends: example\ntitle: More\n"
    assert "def one" in read_definition(write(extending.format("more"), name="more")).mapper
    own = write(extending.format("own"), "def two(event, call):\n    return None\n", name="own")
    assert any("events.track: mapper.py has no function 'one'" in problem for problem in problems(own))


def test_the_skeleton_is_clean(tmp_path):
    folder = write_skeleton(tmp_path, "my_crm")
    check_definition(read_definition(folder), read_cases(folder))
    with pytest.raises(FileExistsError):
        write_skeleton(tmp_path, "my_crm")
    with pytest.raises(ValueError, match="cannot be the name"):
        write_skeleton(tmp_path, "../crm")
