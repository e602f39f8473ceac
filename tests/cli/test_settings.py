"""`transformer settings` and `events`: small commands, exact outputs."""

from __future__ import annotations

from transformer.sample_events import sample_events
from transformer.settings import Settings


def rows(ended):
    return {row["name"]: row for row in ended.json()}


def test_every_setting_is_printed_with_its_origin(cli, write, monkeypatch):
    write("some.toml", "workers = 5\nqueue = 7\n")
    monkeypatch.setenv("TRANSFORMER_QUEUE", "9")
    monkeypatch.setenv("TRANSFORMER_LOG_LEVEL", "debug")
    found = rows(cli("--config", "some.toml", "settings", "--json", "--log-level", "error"))
    assert set(found) == set(Settings.model_fields)
    assert (found["workers"]["value"], found["workers"]["origin"]) == (5, "file some.toml")
    assert (found["queue"]["value"], found["queue"]["origin"]) == (9, "environment TRANSFORMER_QUEUE")
    assert (found["log_level"]["value"], found["log_level"]["origin"]) == ("error", "flag --log-level")
    assert (found["profile"]["value"], found["profile"]["origin"]) == ("strict", "default")
    assert all(row["help"] for row in found.values())


def test_the_file_of_the_working_directory_is_read(cli, write):
    write("transformer.toml", 'workspace = "shop"\n')
    assert rows(cli("settings", "--json"))["workspace"] == {
        "name": "workspace",
        "value": "shop",
        "origin": "file transformer.toml",
        "help": Settings.model_fields["workspace"].description,
    }


def test_people_get_a_table(cli):
    ended = cli("settings")
    assert ended.out[0].split() == ["setting", "value", "from", "what", "it", "is"]
    assert len(ended.out) == 1 + len(Settings.model_fields)


def test_the_environment_of_theirs_is_shown_where_it_is_asked_for(cli, monkeypatch):
    monkeypatch.setenv("NUM_PROCS", "4")
    for url in ("https://me:se:cret@backend", "https://secret@backend"):
        monkeypatch.setenv("CONFIG_BACKEND_URL", url)
        found = rows(cli("settings", "--json", "--rudder-environment"))["config_backend_url"]
        assert (found["value"], found["origin"]) == ("https://***@backend", "environment CONFIG_BACKEND_URL")
    assert cli("settings", "--rudder-environment").err == [
        "NUM_PROCS means nothing here: one process answers; code runs in workers of its own"
    ]
    assert rows(cli("settings", "--json"))["config_backend_url"]["origin"] == "default"


def test_passwords_are_not_printed(cli):
    urls = ("postgresql+psycopg://me:se:cret@db/x", "postgresql+psycopg://db/x?user=me&password=se:cret&sslmode=require")
    for url in urls:
        shown = rows(cli("settings", "--json", "--database-url", url))["database_url"]["value"]
        assert "cret" not in shown
        assert shown in {"postgresql+psycopg://me:***@db/x", "postgresql+psycopg://db/x?user=me&password=***&sslmode=require"}


def test_an_unknown_name_in_the_file_is_refused(cli, write):
    write("transformer.toml", "wrokers = 5\n")
    ended = cli("settings")
    assert (ended.code, ended.out) == (2, [])
    assert ended.err == ["transformer: transformer.toml: there is no setting 'wrokers'"]


def test_events_are_the_samples(cli):
    ended = cli("events", "--count", 20, "--seed", 3)
    assert (ended.code, ended.events(), ended.err) == (0, sample_events(20, seed=3), [])


def test_events_of_some_types(cli):
    ended = cli("events", "-n", 5, "--type", "group", "--type", "alias")
    assert ended.events() == sample_events(5, types=("group", "alias"))


def test_no_events(cli):
    assert cli("events", "-n", 0).out == []
