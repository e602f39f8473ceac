"""`transformer mapper …`: what is wrong with a destination or its cases is told with its place, and never as a fault of ours."""

import json

import pytest

from transformer.cli.exits import Exit


@pytest.fixture
def crm(cli, folder):
    """A new destination, as a folder."""
    assert cli("mapper", "new", "crm", "--folder", folder).code == Exit.OK
    return folder / "crm"


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        ('{"a":', "cases.json: is not JSON"),
        ("[5]", "cases.json[0]: is no object"),
        ('[{"name": "a", "event": 5, "expect": {}}]', "cases.json[0]: an event is an object, and jobs are a list of events"),
        ('[{"name": "a", "jobs": 5, "expect": {}}]', "cases.json[0]: an event is an object, and jobs are a list of events"),
        ('[{"name": "a", "event": {}, "settings": 5, "expect": {}}]', "cases.json[0]: settings must be an object"),
        ('[{"name": "a", "event": {}, "clock": "x", "expect": {}}]', "cases.json[0]: clock is no time"),
    ],
)
def test_cases_that_are_none_are_told(cli, crm, cases, problem):
    crm.joinpath("cases", "cases.json").write_text(cases, "utf-8")
    for command in ("test", "check"):
        ended = cli("mapper", command, crm)
        assert ended.code in {Exit.USAGE, Exit.NOT_HELD}
        assert problem in "\n".join(ended.err)
        assert "fault of ours" not in "\n".join(ended.err)


def test_a_slip_is_told_by_every_command(cli, crm, monkeypatch):
    path = crm / "destination.yaml"
    path.write_text(path.read_text("utf-8").replace("{to: email, from:", "{to: email, form:"), "utf-8")
    for command in (("check",), ("test",), ("show",), ("show", "--compiled"), ("docs",)):
        ended = cli("mapper", *command, crm)
        assert "unknown keyword 'form'; did you mean 'from'?" in "\n".join(ended.err)
        assert "fault of ours" not in "\n".join(ended.err)
    monkeypatch.chdir(crm)
    assert "destination.yaml:27: mappings.person[1]: unknown keyword" in cli("mapper", "check", ".").err[0]


def test_a_function_that_falls_over_is_told_with_its_line(cli, crm):
    path = crm / "destination.yaml"
    path.write_text(path.read_text("utf-8").replace("track: event", "track: mapper.track"), "utf-8")
    crm.joinpath("mapper.py").write_text("def track(event, call):\n    return event['gone'] + request\n", "utf-8")
    ended = cli("mapper", "test", crm)
    assert ended.code == Exit.NOT_HELD
    assert "an event without a name: crm/mapper.py:2: KeyError: 'gone'" in "\n".join(ended.err)
    assert "1 of 2 cases failed" in "\n".join(ended.err)


def test_a_region_that_nobody_names_is_the_default(cli, crm):
    cases = json.loads(crm.joinpath("cases", "cases.json").read_text("utf-8"))
    del cases[0]["settings"]["region"]
    cases[0]["expect"]["requests"][0]["endpoint"] = "https://us.api.example.com/people"
    crm.joinpath("cases", "cases.json").write_text(json.dumps(cases), "utf-8")
    assert cli("mapper", "test", crm).code == Exit.OK


def test_what_is_wrong_is_told_to_scripts(cli, crm):
    assert cli("mapper", "check", crm, "--json").json() == {"destinations": 1, "wrong": 0, "problems": {}}
    held = cli("mapper", "test", crm, "--json").json()
    assert (held["failed"], held["failures"], held["cases"]) == (0, [], held["held"])
    path = crm / "destination.yaml"
    path.write_text(path.read_text("utf-8").replace("{to: email, from:", "{to: mail, from:"), "utf-8")
    ended = cli("mapper", "test", crm, "--json")
    assert (ended.code, ended.json()["failures"][0]["destination"]) == (Exit.NOT_HELD, "crm")
    path.write_text(path.read_text("utf-8").replace("{to: mail, from:", "{to: mail, form:"), "utf-8")
    ended = cli("mapper", "check", crm, "--json")
    assert ended.code == Exit.NOT_HELD
    assert "unknown keyword 'form'" in ended.json()["problems"]["crm"][0]
