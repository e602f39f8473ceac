"""pipeline and destination: pushed, listed, shown, moved, run and deleted on a real server; wrong files told before it is asked."""

import json

import pytest

from transformer.client import Client

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


def push(on, kind, *arguments):
    return on(kind, "push", *arguments)


@pytest.fixture
def workspace(on, server):
    """The test's workspace."""
    with Client(server) as client:
        client.create_workspace(on.workspace)


@pytest.fixture
def there(on, workspace, write):
    """A destination `queue` and a pipeline `orders` that sends to it, in the test's workspace."""
    write("queue.yaml", "type: kafka\nsettings: {topic: first}\n")
    write("orders.yaml", "steps: [{use: library/drop_fields/v1, with: {fields: [secret]}}]\ndestination: queue\n")
    assert push(on, "destination", "queue.yaml").code == 0
    assert push(on, "pipeline", "orders.yaml").code == 0


def test_a_pipeline_lives(on, there, write, folder):
    write("events.jsonl", json.dumps({"type": "track", "userId": "u", "secret": 1}) + "\n")
    ran = on("pipeline", "run", "orders", "--events", folder / "events.jsonl")
    assert [json.loads(line) for line in ran.out] == [
        {"message": {"type": "track", "userId": "u"}, "userId": "u", "topic": "first"}
    ]
    write("queue.yaml", "type: kafka\nsettings: {topic: second, tpic: 1}\n")
    changed = push(on, "destination", "queue.yaml", "--json")
    assert (changed.json()["version"], "did you mean 'topic'?" in changed.json()["warnings"][0]) == (2, True)
    told = on("pipeline", "run", "orders", "--events", folder / "events.jsonl", "--outcomes").out
    assert json.loads(told[0])["outputs"][0]["topic"] == "second"
    assert on("destination", "activate", "queue", "1").code == 0
    assert [one["live"] for one in on("destination", "versions", "queue", "--json").json()] == [False, True]
    assert on("pipeline", "list", "--json").json()[0]["id"] == "orders"
    assert on("destination", "show", "queue").out == ["type: kafka", "settings: {topic: first}"]
    used = on("destination", "delete", "queue")
    assert (used.code != 0, "pipelines/orders sends to it" in used.err[0]) == (True, True)
    assert on("pipeline", "delete", "orders").code == 0
    assert on("destination", "delete", "queue").code == 0
    assert on("pipeline", "list").err == [f"workspace {on.workspace} has no pipelines"]


def test_a_dry_run_changes_nothing(on, workspace, write):
    write("queue.yaml", "type: kafka\n")
    assert push(on, "destination", "queue.yaml", "--dry-run").err == ["queue is good; it would be version 1"]
    assert on("destination", "list").err == [f"workspace {on.workspace} has no destinations"]


@pytest.mark.parametrize(
    ("kind", "name", "content", "told"),
    [
        ("pipeline", "gone.yaml", None, "gone.yaml: no such file or directory"),
        ("pipeline", "Orders.yaml", "destination: q", "Orders: cannot be the id of a pipeline"),
        ("destination", ".yaml", "type: kafka", ".yaml: cannot be the id of a destination"),
        ("destination", "d.yaml", "type: kafak", "d.yaml:1: there is no destination of type 'kafak'"),
        ("destination", "d.yaml", "type: [", "d.yaml:1: "),
        ("pipeline", "p.yaml", "step: []", "p.yaml:1: unknown key 'step'"),
        ("destination", "d.yaml", "x" * 300_000, "d.yaml: 300000 bytes are too many"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(on, write, kind, name, content, told):
    if content is not None:
        write(name, content)
    ended = push(on, kind, name)
    assert ended.code != 0
    assert any(told in line for line in ended.err), ended.err


def test_what_is_no_file_or_no_text_is_told(on, folder):
    folder.joinpath("d.yaml").write_bytes(b"type: \xff")
    assert "byte 6 is not UTF-8" in push(on, "destination", "d.yaml").err[0]
    assert "is a directory" in push(on, "destination", ".").err[0]
