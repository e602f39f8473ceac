"""secrets and table: against a real server with a key for secrets, in this process."""

from __future__ import annotations

import io
import sys

import pytest

from tests.cli.conftest import serving
from transformer.registry.sealing import new_key

VALUE = "canary-value"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server that can encrypt secrets."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "keys").write_text(new_key())
    (folder / "transformer.toml").write_text('secrets_key_file = "keys"\n')
    with serving(folder) as address:
        yield address


@pytest.fixture
def typed(monkeypatch):
    """typed(b"…"): what comes from standard input."""

    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return give


@pytest.fixture
def own(on, write):
    """The workspace of the test exists."""
    write("t.py", "def transformEvent(event, metadata):\n    return event\n")
    assert on("publish", "t.py", "--name", "t").code == 0


def test_a_secret_is_set_listed_and_deleted_and_never_printed(on, own, typed, write):
    typed(f"{VALUE}\n".encode())
    done = on("secrets", "set", "CRM_KEY")
    assert (done.code, done.out) == (0, [f"workspaces/{on.workspace}/secrets/CRM_KEY"])
    assert done.err == ["CRM_KEY is set; code may get it that declares secrets: [CRM_KEY]"]
    write("value", VALUE)
    assert on("secrets", "set", "OTHER", "--file", "value", "--json").json()["secret"] == "OTHER"
    listed = on("secrets", "list")
    assert [line.split()[0] for line in listed.out] == ["secret", "CRM_KEY", "OTHER"]
    assert [one["secret"] for one in on("secrets", "list", "--json").json()] == ["CRM_KEY", "OTHER"]
    assert on("secrets", "delete", "CRM_KEY").err == ["deleted CRM_KEY"]
    assert on("secrets", "delete", "CRM_KEY").code == 3
    for ended in (done, listed, on("audit"), on("show", "t@1")):
        assert VALUE not in str(ended)


def test_values_that_cannot_be_are_refused(on, own, typed, folder):
    long = "the value is too long; at most 65536 bytes"
    for content, told in ((b"", "value: is empty"), (b"\xff", "is not UTF-8 text"), (b"x" * 65_537 + b"\r\n", long)):
        typed(content)
        ended = on("secrets", "set", "CRM_KEY")
        assert ended.code == 2
        assert told in ended.err[-1]
    typed(b"x" * 65_536 + b"\r\n")
    assert on("secrets", "set", "LONGEST").code == 0
    (folder / "long").write_bytes(b"x" + "é".encode() * 70_000)  # cut at the limit, it would end in half a character
    assert on("secrets", "set", "A", "--file", folder / "long").err == [f"transformer: {folder}/long: {long}"]
    typed(b"x")
    assert 'name: "a b" cannot be the id of a secret; an id is' in on("secrets", "set", "a b").err[-1]
    assert "no such file" in on("secrets", "set", "A", "--file", folder / "none").err[-1]


def test_keys_are_made_and_everything_is_encrypted_anew(on, own, typed, cli):
    assert len(cli("secrets", "key").out[0]) == 44
    typed(VALUE.encode())
    on("secrets", "set", "CRM_KEY")
    ended = on("secrets", "rotate", "--dry-run", "--json")
    assert (ended.code, ended.json()["rotated"], ended.json()["dry_run"]) == (0, 0, True)
    assert on("secrets", "rotate").err[0].endswith("were encrypted anew")


def test_a_server_with_a_key_that_is_none_does_not_start(cli, folder):
    (folder / "keys").write_text("canary-password")
    ended = cli("serve", "--secrets-key-file", "keys", "--listen", "127.0.0.1:0")
    assert (ended.code, len(ended.err)) == (2, 1)
    assert "secrets_key_file: a key is 32 bytes in base64" in ended.err[0]
    assert "canary" not in ended.err[0]


def test_a_table_is_pushed_shown_replaced_and_deleted(on, own, write):
    write("plans.csv", "plan_id,price,active\nbasic,10,yes\npro,20.5,no\n")
    pushed = on("table", "push", "plans.csv", "--key", "plan_id", "--types", "price=number,active=boolean")
    assert (pushed.code, pushed.out) == (0, [f"workspaces/{on.workspace}/tables/plans/versions/1"])
    assert pushed.err[0].startswith("plans@1 is live: 2 rows by plan_id, ")
    assert on("table", "show", "plans", "--json").json()["live"]["columns"] == {
        "active": "boolean",
        "plan_id": "string",
        "price": "integer,number",
    }
    assert [line.split() for line in on("table", "show", "plans").out][1:] == [
        ["active", "boolean"],
        ["plan_id", "string"],
        ["price", "integer,number"],
    ]
    write("more.jsonl", '{"plan_id": "basic"}\n')
    held = on("table", "push", "more.jsonl", "--name", "plans", "--key", "plan_id", "--no-activate", "--json").json()
    assert (held["version"], held["live"]) == (2, False)
    assert [one["live"] for one in on("table", "versions", "plans", "--json").json()] == [False, True]
    assert on("table", "activate", "plans", "2").code == 0
    assert on("table", "list", "--json").json()[0]["live"]["version"] == 2
    assert on("table", "list").out[1].split()[:5] == ["plans", "2", "2", "1", str(held["bytes"])]
    assert on("table", "versions", "plans").out[1].split()[:3] == ["2", "live", "1"]
    dry = on("table", "push", "plans.csv", "--key", "price", "--name", "dry", "--dry-run")
    assert (dry.code, dry.err[0][:10]) == (0, "dry holds:")
    assert on("table", "delete", "plans").code == 0
    assert on("table", "show", "plans").code == 3
    assert on("table", "list").err == [f"workspace {on.workspace} has no tables"]


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        ('id\n\na\n"b\nb"\na\n', (), "rows 1 and 3 have the same key; every row has its own (plans.csv:3, plans.csv:6)"),
        ("id,n\n1,1\n,2\n", ("--types", "id=integer"), 'plans.csv:3: "id" is the key, and has to be a string'),
        ("key\na\n", (), "plans.csv:2: there is no 'id', which is to be the key; there are key"),
        ("id,n\na,x\n", ("--types", "n=integer"), "plans.csv:2: column 'n': this is no integer"),
        ("id\n", ("--types", "n"), "'n' is no COLUMN=TYPE"),
        ("id\na\n", ("--name", "a b"), '"a b" is not an id'),
    ],
)
def test_rows_that_are_wrong_are_told(on, own, write, content, arguments, told):
    write("plans.csv", content)
    ended = on("table", "push", "plans.csv", "--key", "id", *arguments)
    assert ended.code == 2
    assert told in ended.err[-1]
    assert on("table", "list", "--json").json() == []


def test_a_file_that_is_missing_or_of_no_known_kind_is_told(on, write):
    assert "none.csv: no such file" in on("table", "push", "none.csv", "--key", "id").err[-1]
    write("a.xml", "")
    assert "rows are read from files that end with" in on("table", "push", "a.xml", "--key", "id").err[-1]
