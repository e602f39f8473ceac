"""`transformer keys` against a server that asks for keys, and what the commands send to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from transformer.access import keys
from transformer.registry import Store
from transformer.registry.records import KeyDraft

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

KEY = re.compile(r"tk_[a-z2-7]{12}_[a-z2-7]{52}")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The environment in which commands talk to a server that asks for keys, with a first key that was made beside it."""
    folder = tmp_path_factory.mktemp("guarded")
    database = f"sqlite:///{folder}/registry.db"
    flags = ["--listen", "127.0.0.1:0", "--authentication", "keys", "--database-url", database]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "transformer", "serve", *flags], stdout=subprocess.PIPE, stderr=log, env=clean_environment()
        )
    try:
        address = process.stdout.readline().decode().strip().removeprefix("listening on ")
        store, made = Store(database), keys.make()
        store.create_key(KeyDraft(made.id, made.digest, "first", "", "admin"))
        store.close()
        yield {"DATABASE_URL": database, "SERVER": address, "API_KEY": made.text}
    finally:
        process.terminate()
        try:
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.communicate()


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("TRANSFORMER_")}


@pytest.fixture
def guarded(running, monkeypatch):
    for name, value in running.items():
        monkeypatch.setenv(f"TRANSFORMER_{name}", value)


def test_keys_from_the_first_to_the_last(guarded, cli, write, monkeypatch):
    # The first key makes one for the data plane; it is the only line on stdout
    made = cli("keys", "create", "gateway", "--role", "transform", "--days", 30, "--rate", 50)
    assert (made.code, len(made.out)) == (0, 1)
    assert KEY.fullmatch(made.out[0])
    identity = made.out[0].split("_")[1]
    [said] = made.err
    assert said.startswith(
        f"keys/{identity} may send batches in workspace default until {datetime.now(UTC) + timedelta(days=30):%Y}"
    )
    # It is listed without its secret
    [listed] = [one for one in cli("keys", "list", "--json").json() if one["label"] == "gateway"]
    assert (listed["label"], listed["role"], listed["workspace"], listed["requests_per_second"]) == (
        "gateway",
        "transform",
        "default",
        50,
    )
    assert made.out[0] not in repr(listed)
    assert {"first", "gateway"} <= {one["label"] for one in cli("keys", "list", "--every-workspace", "--json").json()}
    assert [f"keys/{identity}", "transform"] in [row.split()[:2] for row in cli("keys", "list").out]
    # It may send batches and nothing else
    write("code.py", "def transformEvent(event, metadata):\n    return event\n")
    assert cli("publish", "code.py", "--name", "code", "--activate").code == 0
    with monkeypatch.context() as gateway:
        gateway.setenv("TRANSFORMER_API_KEY", made.out[0])
        write("events.jsonl", '{"n": 1}\n')
        assert cli("send", "code", "--events", "events.jsonl").events() == [{"n": 1}]
        refused = cli("list")
        assert (refused.code, refused.err) == (
            3,
            ["transformer: T410 ListTransformations needs the role author; these credentials have transform"],
        )
    # Revoked, by the key itself as it is pasted, it may do nothing
    assert cli("keys", "revoke", made.out[0]).err == [f"revoked keys/{identity} (gateway)"]
    with monkeypatch.context() as gateway:
        gateway.setenv("TRANSFORMER_API_KEY", made.out[0])
        ended = cli("send", "code", "--events", "events.jsonl")
        assert (ended.code, ended.err) == (3, [f"transformer: T409 the API key keys/{identity} is unknown, expired or revoked"])
    [listed] = [one for one in cli("keys", "list", "--json").json() if one["label"] == "gateway"]
    assert listed["revoked_by"].startswith("first (keys/")
    # Who did it is known
    actions = [(entry["action"], entry["resource"]) for entry in cli("audit", "--all", "--json").json()]
    assert {("CreateKey", f"keys/{identity}"), ("RevokeKey", f"keys/{identity}")} <= set(actions)


def test_without_a_key_there_is_nothing(guarded, cli, monkeypatch):
    monkeypatch.delenv("TRANSFORMER_API_KEY")
    ended = cli("list")
    assert (ended.code, ended.err) == (3, ["transformer: T409 send an API key as the metadata authorization: Bearer tk_…"])


def test_a_running_server_learns_of_keys_that_were_made_beside_it(guarded, cli, monkeypatch):
    made = cli("keys", "create", "late", "--role", "author", "--local")
    assert made.err[0].startswith("kept in ")
    monkeypatch.setenv("TRANSFORMER_API_KEY", made.out[0])
    assert cli("list").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", "--role", "root"), "there is no role 'root'; roles are transform, author, operator, admin"),
        (("", "--role", "admin"), "T401 key.label: is empty; say who or what will use the key"),
        (("x", "--role", "admin", "--workspace", "nowhere"), "T402 workspaces/nowhere does not exist"),
    ],
)
def test_what_no_key_can_be_is_told(cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.setenv("TRANSFORMER_DATABASE_URL", f"sqlite:///{tmp_path}/registry.db")
    ended = cli("keys", "create", *arguments, "--local")
    assert ended.out == []
    assert ended.err == [f"transformer: {said}"]


def test_a_key_is_no_flag_and_is_never_shown(cli, monkeypatch):
    monkeypatch.setenv("TRANSFORMER_API_KEY", "tk_canary")
    assert cli("settings", "--api-key", "tk_canary").code == 2
    shown = cli("settings", "--json")
    assert {row["value"] for row in shown.json() if row["name"] == "api_key"} == {"***"}
    assert "canary" not in repr(shown)


def test_a_key_that_cannot_be_sent_is_not_quoted(cli, monkeypatch):
    for key in ("tk_canary\nx", "tk_cänary", "two canaries"):
        monkeypatch.setenv("TRANSFORMER_API_KEY", key)
        for command in (("list",), ("--debug", "list")):
            ended = cli(*command)
            assert ended.code == 2
            assert "anar" not in repr(ended)


@pytest.mark.slow
def test_commands_talk_tls_and_say_which_file_is_missing(started, cli, tmp_path, monkeypatch):
    ca = trustme.CA()
    made = ca.issue_cert("localhost", "127.0.0.1")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    files = ("--tls-certificate", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    with (tmp_path / "server.log").open("wb") as log:
        process = started(
            "serve", "--listen", "127.0.0.1:0", "--database-url", f"sqlite:///{tmp_path}/r.db", *files, stderr=log
        )
    monkeypatch.setenv("TRANSFORMER_SERVER", process.stdout.readline().decode().strip().removeprefix("listening on "))
    assert cli("list", "--server-ca", tmp_path / "ca.pem").code == 0
    ended = cli("list", "--server-ca", "missing.pem")
    assert (ended.code, ended.err) == (2, ["transformer: server_ca: missing.pem: no such file or directory"])
    process.terminate()
    assert process.wait(20) == 0
