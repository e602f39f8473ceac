"""publish, activate, rollback, deactivate, list, show, diff: against a real server."""

from __future__ import annotations

import pytest

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
UPPER = "def transformEvent(event, metadata):\n    event['name'] = event.get('name', '').upper()\n    return event\n"
HOLDS = {"name": "writes names in capitals", "event": {"name": "ada"}, "expect": {"emitted": {"name": "ADA"}}}
DIFFERS = {"name": "keeps names", "event": {"name": "ada"}, "expect": {"emitted": {"name": "ada"}}}


@pytest.fixture
def published(on, write):
    """Versions 1 (identity) and 2 (upper) of `names`; none is live."""
    for source in (IDENTITY, UPPER):
        write("names.py", source)
        assert on("publish", "names.py", "--name", "names").code == 0


def test_publish_creates_what_is_missing_and_prints_the_version(on, write):
    write("names.py", IDENTITY)
    ended = on("publish", "names.py", "--name", "names")
    assert (ended.code, ended.out) == (0, [f"workspaces/{on.workspace}/transformations/names/versions/1"])
    assert ended.err == [
        f"created workspace {on.workspace}",
        "created transformation names",
        "names@1 is published; transformer activate names 1 makes it live",
    ]


def test_the_same_content_is_the_same_version(on, write):
    write("names.py", IDENTITY)
    first, second = on("publish", "names.py", "--name", "names"), on("publish", "names.py", "--name", "names")
    assert second.out == first.out


def test_publish_can_activate(on, write):
    write("names.py", IDENTITY)
    ended = on("publish", "names.py", "--name", "names", "--activate", "--json")
    found = ended.json()
    assert (found["version"], found["live"], found["entry_point"]) == (1, True, "transformEvent")
    assert ended.err[-1] == "names@1 is published and live"
    assert on("list", "--json").json()[0]["live_version"] == 1


def test_cases_beside_the_code_are_run_and_kept(on, write):
    write("names.py", UPPER)
    write("names.cases.json", [HOLDS])
    assert on("publish", "names.py", "--name", "names").code == 0
    assert on("show", "names@1", "--json").json()["cases"] == ["writes names in capitals"]


def test_a_case_that_differs_refuses_the_code(on, write):
    write("names.py", UPPER)
    write("more/a.json", [HOLDS, DIFFERS])
    ended = on("publish", "names.py", "--name", "names", "--cases", "more")
    assert ended.code == 1
    assert ended.out == ['names.py: case "keeps names": expect.emitted.name: expected "ada", got "ADA"']
    assert on("list", "names").code == 3  # nothing was made for a version that there will not be


def test_two_cases_of_one_name_are_refused_before_anything_is_sent(on, write):
    write("names.py", UPPER)
    write("names.cases.json", [HOLDS, HOLDS])
    ended = on("publish", "names.py", "--name", "names")
    assert ended.code == 2
    assert ended.err == [
        'transformer: names.cases.json: a second case is named "writes names in capitals"; give each its own name'
    ]


def test_refused_code_is_printed_as_check_prints_it(on, cli, write):
    write("names.py", "def transformEvent(event, metadata)\n    return event\n")
    ended = on("publish", "names.py", "--name", "names")
    assert (ended.code, ended.out) == (1, cli("check", "names.py").out)
    assert ended.out == ["names.py:1:36: SyntaxError: expected ':'"]


def test_refused_code_leaves_no_empty_transformation_behind(on, write):
    write("names.py", "def transformEvent(event, metadata)\n    return event\n")
    assert on("publish", "names.py", "--name", "never-was").code == 1
    assert on("show", "never-was").code == 3


def test_warnings_are_talk(on, write):
    write("names.py", "def transformEvent(event, metadata):\n    return event['nope']\n")
    ended = on("publish", "names.py", "--name", "names")
    assert ended.code == 0
    assert any(line.startswith("names.py:2:12: warning: ") for line in ended.err)


def test_dry_run_changes_nothing(on, write, published):
    write("names.py", UPPER + "# more\n")
    ended = on("publish", "names.py", "--name", "names", "--dry-run")
    assert ended.code == 0
    assert ended.err == ["names holds with 0 cases; it would be version 3"]
    assert on("list", "--json").json()[0]["latest_version"] == 2


def test_dry_run_into_nothing_is_refused(on, write):
    write("names.py", UPPER)
    ended = on("publish", "names.py", "--name", "names", "--dry-run")
    assert ended.code == 3
    assert ended.err[0].startswith(f"transformer: there is no transformation names in workspace {on.workspace} to publish to")


def test_activate_and_rollback_move_live(on, published):
    ended = on("activate", "names", "1")
    assert (ended.code, ended.out, ended.err) == (0, ["names@1"], ["activated: names@live is version 1"])
    assert on("activate", "names", "names@2", "--json").json()["version"] == 2
    ended = on("rollback", "names")
    assert (ended.code, ended.out, ended.err) == (0, ["names@1"], ["rolled back: names@live is version 1"])


def test_a_canary_has_its_share_and_can_be_ended(on, published):
    on("activate", "names", "1")
    ended = on("activate", "names", "2", "--alias", "canary", "--percent", "12.5")
    assert ended.err == ["activated: names@canary is version 2 for 12.5 % of users"]
    assert on("deactivate", "names", "--alias", "canary").err == ["removed: names@canary points to nothing"]
    ended = on("show", "names@canary")
    assert ended.code == 3
    assert ended.err[0].startswith("transformer: T402 ")


def test_rollback_without_a_past_is_refused(on, published):
    on("activate", "names", "1")
    ended = on("rollback", "names")
    assert (ended.code, ended.out) == (3, [])
    assert ended.err[0].startswith("transformer: T408 ")


def test_list_shows_transformations(on, published):
    on("activate", "names", "1")
    ended = on("list")
    assert ended.out[0].split() == ["name", "live", "latest", "changed", "description"]
    assert ended.out[1].split()[:3] == ["names", "1", "2"]


def test_list_shows_versions_newest_first_with_their_aliases(on, published):
    on("activate", "names", "1")
    ended = on("list", "names")
    assert ended.out[0].split() == ["version", "aliases", "engine", "content", "published", "by"]
    assert [line.split()[0] for line in ended.out[1:]] == ["2", "1"]
    assert [(row["version"], row["aliases"]) for row in on("list", "names", "--json").json()] == [(2, []), (1, ["live"])]


def test_list_of_a_transformation_that_does_not_exist_names_it(on, published):
    ended = on("list", "other")
    assert (ended.code, ended.out, len(ended.err)) == (3, [], 1)
    assert f"workspaces/{on.workspace}/transformations/other" in ended.err[0]


def test_show_gives_the_file_back(on, write, published):
    on("activate", "names", "1")
    assert on("show", "names@2").out == UPPER.splitlines()
    assert on("show", "names@live").out == IDENTITY.splitlines()


def test_show_tells_the_history_of_aliases(on, published):
    on("activate", "names", "1")
    on("activate", "names", "2")
    on("rollback", "names")
    found = on("show", "names", "--json").json()
    (live,) = found["aliases"]
    assert (live["version"], [(change["action"], change["version"]) for change in live["history"]]) == (
        1,
        [("rollback", 1), ("activate", 2), ("activate", 1)],
    )
    assert len(on("show", "names").out) == 4


def test_diff_is_unified_and_empty_where_nothing_changed(on, published):
    ended = on("diff", "names", "1", "2")
    assert ended.code == 0
    assert "-    return event" not in ended.out
    assert "+    event['name'] = event.get('name', '').upper()" in ended.out
    assert on("diff", "names", "1", "names@1").out == []


def test_audit_tells_every_change_newest_first(on, published):
    on("activate", "names", "1")
    found = on("audit", "--json").json()
    assert [entry["action"] for entry in found] == [
        "ActivateVersion",
        "CreateVersion",
        "CreateVersion",
        "CreateTransformation",
        "CreateWorkspace",
    ]
    assert found[0]["resource"] == f"workspaces/{on.workspace}/transformations/names/aliases/live"
    ended = on("audit", "-n", "2")
    assert ended.out[0].split() == ["when", "by", "did", "to", "detail"]
    assert len(ended.out) == 3


@pytest.mark.parametrize("arguments", [("activate", "names", "9"), ("show", "names@9"), ("diff", "names", "1", "9")])
def test_a_version_that_does_not_exist_is_named(on, published, arguments):
    ended = on(*arguments)
    assert (ended.code, ended.out) == (3, [])
    assert "versions/9" in ended.err[0]


def test_what_the_manifest_declares_is_published_shown_and_told_apart(on, write):
    write("names.py", IDENTITY)
    write("names.manifest.yaml", "capabilities:\n  hosts: [api.example.com]\n  kv: visits/\n")
    declared = {"hosts": ["api.example.com"], "kv": "visits/"}
    assert on("publish", "names.py", "--name", "names", "--json").json()["capabilities"] == declared
    assert on("show", "names@1", "--json").json()["capabilities"] == declared
    assert [line for line in on("show", "names@1").err if line.startswith("may use")] == [
        "may use hosts: api.example.com",
        "may use kv: visits/",
    ]
    write("names.manifest.yaml", "")
    assert on("publish", "names.py", "--name", "names", "--json").json()["version"] == 2
    assert "-hosts: api.example.com" in on("diff", "names", "1", "2").out


def test_a_manifest_that_is_wrong_is_told_before_anything_is_done(on, write):
    write("names.py", IDENTITY)
    write("names.manifest.yaml", "capabilities: {hosts: ['http://x']}")
    ended = on("publish", "names.py", "--name", "names")
    assert (ended.code, len(ended.err)) == (2, 1)
    assert "names.manifest.yaml: capabilities.hosts: 'http://x' is no host" in ended.err[0]
