"""`transformer library …`, and the transforms of the library where code runs offline."""

import pytest

DROP = "library/drop_fields/v1"


def test_the_list_has_every_transform_with_what_it_does(cli):
    ended = cli("library", "list")
    assert ended.code == 0
    assert [line for line in ended.out if line.startswith(DROP)]
    named = {one["name"]: one for one in cli("library", "list", "--json").json()}
    assert named[DROP]["engines"] == ["python", "javascript"]


def test_show_tells_parameters_and_code(cli):
    told = cli("library", "show", "drop_fields")
    assert told.out[0] == "# drop_fields"
    assert any(line.startswith("  fields (") for line in told.out)
    assert any("def transformEvent" in line for line in cli("library", "show", DROP, "--code").out)
    missing = cli("library", "show", "drop_feilds")
    assert (missing.code, "there is no transform" in missing.err[0]) == (2, True)


def test_a_new_one_holds_its_own_cases(cli, folder, need):
    need("javascript")
    made = cli("library", "new", "my_own", "--folder", folder)
    assert (made.code, made.out) == (0, [str(folder / "my_own" / "v1")])
    assert cli("library", "test", folder / "my_own" / "v1").code == 0
    assert cli("library", "new", "my_own", "--folder", folder).code != 0
    assert cli("library", "new", "other", "--folder", folder, "--engine", "wasm").code != 0


def test_what_does_not_hold_is_shown(cli, folder):
    cli("library", "new", "mine", "--folder", folder, "--engine", "python")
    cases = folder / "mine" / "v1" / "cases" / "cases.json"
    cases.write_text(cases.read_text().replace('"seen": true', '"seen": 1'))
    ended = cli("library", "test", folder / "mine" / "v1", "--json")
    assert ended.code == 1
    (wrong,) = [one for one in ended.json()["results"] if not one["held"]]
    assert (wrong["name"], wrong["differences"][0]["expected"]) == ("marks an event", "1")


def test_one_that_imports_itself_is_refused(cli, folder):
    cli("library", "new", "mine", "--folder", folder, "--engine", "python")
    code = folder / "mine" / "v1" / "transform.py"
    code.write_text("from library.mine.v1 import mark as again\n" + code.read_text())
    ended = cli("library", "test", folder / "mine" / "v1")
    told = "transformer: libraries import each other in a circle: library/mine/v1 → library/mine/v1"
    assert (ended.code, ended.err) == (2, [told])


@pytest.mark.parametrize("file", ["code.py", "code.js"])
def test_code_may_import(cli, write, events_file, need, file):
    if file.endswith("js"):
        need("javascript")
        source = f'import {{ drop }} from "@{DROP}";\nexport function transformEvent(event) {{\n  return drop(event, event.paths);\n}}\n'
    else:
        source = "from library.drop_fields.v1 import drop\n\n\ndef transformEvent(event, metadata):\n    return drop(event, event['paths'])\n"
    path = write(file, source)
    assert cli("check", path).code == 0
    ended = cli("run", path, "--events", events_file([{"paths": ["a"], "a": 1}]))
    assert ended.events() == [{"paths": ["a"]}]


def test_a_step_without_code(cli, events_file):
    events = events_file([{"card": "4111", "total": 3}])
    ended = cli("run", "--use", DROP, "--with", '{"fields": ["card"]}', "--events", events)
    assert ended.events() == [{"total": 3}]
    assert cli("run", "--use", DROP, "--with", '{"feilds": []}', "--events", events).code != 0
    assert cli("run", "--use", DROP, "--with", "{}", "--with", "{}", "--events", events).code != 0
    ended = cli("run", "--use", DROP, "--use", DROP, "--with", '{"fields": ["card"]}', "--events", events)
    assert (ended.code, ended.err[0].partition(",")[0]) == (2, "transformer: give each --use its --with")
    for command in ("run", "send"):
        ended = cli(command, "--use", "mine", "--events", events)
        assert (ended.code, ended.err[0].partition(";")[0]) == (
            2,
            "transformer: --use mine: a transform of the library is meant, library/NAME/vN",
        )
    assert cli("run", "--events", events).code == 2


def test_libraries_of_a_workspace_are_published_and_imported(on, write):
    library = write("tools.py", "def one():\n    return 1\n")
    code = write("uses.py", "import tools\n\n\ndef transformEvent(event, metadata):\n    return {'n': tools.one()}\n")
    assert on("library", "publish", library, "--name", "tools").out[0].endswith("/libraries/tools/versions/1")
    assert on("publish", code, "--name", "uses").code == 0
    assert [line.split()[:2] for line in on("library", "published").out if line.startswith("tools")] == [["tools", "1"]]
    broken = on("library", "publish", write("broken.py", "x =\n"), "--name", "tools")
    assert (broken.code, "SyntaxError" in broken.out[0]) == (1, True)


@pytest.fixture
def own(write):
    """Options that name two libraries of the workspace's own, one of which imports the other."""
    address = write("address.py", "import letters\n\n\ndef street(event):\n    return letters.upper(event['street'])\n")
    letters = write("letters.py", "def upper(text):\n    return text.upper()\n")
    return ["--library", f"address={address}", "--library", f"letters={letters}"]


def test_libraries_of_a_workspace_can_be_tried_offline(cli, write, events_file, own):
    code = "from address import street\n\n\ndef transformEvent(event, metadata):\n    return {'street': street(event)}\n"
    path = write("code.py", code)
    write("code.cases.json", '[{"name": "shouts", "event": {"street": "a"}, "expect": {"emitted": {"street": "A"}}}]')
    assert cli("run", path, *own, "--events", events_file([{"street": "b"}])).events() == [{"street": "B"}]
    assert cli("test", path, *own).code == 0
    assert cli("check", path, *own).code == 0
    unknown = cli("check", path, *own[2:])
    assert (unknown.code, "'address'" in unknown.out[0]) == (1, True)


def test_libraries_that_cannot_be_are_refused(cli, write):
    code = write("code.py", "def transformEvent(event, metadata):\n    return event\n")
    one, two = write("one.py", "import two\n"), write("two.py", "from one import x\n")
    for given, told in (
        (["one"], "write HANDLE=FILE"),
        (["=one.py"], "write HANDLE=FILE"),
        ([f"one={one}", f"one={one}"], "stands twice"),
        ([f"one={one}.none"], "one.py.none"),
        ([f"one={one}", f"two={two}"], "in a circle: one → two → one"),
    ):
        ended = cli("check", code, *(part for each in given for part in ("--library", each)))
        assert (ended.code, told in ended.err[0]) == (2, True), ended.err
