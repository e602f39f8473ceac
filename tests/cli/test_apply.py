"""plan and apply: a folder against a real server, by the command line and by two people at once."""

import pytest

from tests.cli.conftest import serving
from transformer.client import Client
from transformer.errors import CallerError, Code
from transformer.workspace.apply import apply
from transformer.workspace.folder import read_folder

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

SCRUB = "import address\n\n\ndef transformEvent(event, metadata):\n    event['city'] = address.tidy(event['city'])\n    return event\n"
FILES = {
    "libraries/address.py": "def tidy(text):\n    return text.strip()\n",
    "transformations/scrub.py": SCRUB,
    "transformations/scrub.cases.json": [
        {"name": "one", "event": {"city": " x "}, "expect": {"emitted": {"city": "x"}}},
        {"name": "two", "event": {"city": "y"}, "expect": {"emitted": {"city": "y"}}},
    ],
    "transformations/mark.js": "export const transformEvent = (event) => ({ ...event, mark: 1 });\n",
    "tables/plans.csv": "id,price\na,1\n",
    "tables/plans.table.yaml": "key: id\n",
    "pipelines/orders.yaml": "steps: [{use: scrub}, {use: mark}]\ndestination: lake\n",
    "destinations/lake.yaml": "type: kafka\nsettings: {topic: first}\n",
}
NAMES = [
    "libraries/address",
    "tables/plans",
    "transformations/mark",
    "transformations/scrub",
    "destinations/lake",
    "pipelines/orders",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a server of its own for these tests."""
    with serving(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture
def ws(write, folder):
    """The folder `ws`, with everything in it."""
    for name, content in FILES.items():
        write(f"ws/{name}", content)
    return folder / "ws"


def differences(on):
    """What plan finds: {name: action}, with ! where it drifted."""
    ended = on("plan", "ws", "--json")
    found = {one["name"]: one["action"] + "!" * bool(one["drift"]) for one in ended.json()["differences"]}
    assert ended.code == (1 if found else 0)
    return found


def test_a_folder_is_applied_once_and_then_nothing_is_to_be_done(on, ws, write):
    assert differences(on) == dict.fromkeys(NAMES, "create")
    first = on("apply", "ws")
    assert (first.code, first.out) == (0, [f"+ {name}" for name in NAMES])
    assert differences(on) == {}
    audit = on("audit", "--json").out
    again = on("apply", "ws")
    assert (again.code, again.out, again.err[-1]) == (0, [], f"nothing changed; {on.workspace} is as ws says")
    assert on("audit", "--json").out == audit
    write("ws/transformations/mark.js", FILES["transformations/mark.js"].replace("1", "2"))
    write("ws/libraries/address.py", "def tidy(text):\n    return text.strip().lower()\n")
    write("ws/tables/plans.csv", "id,price\na,1\nb,2\n")
    write("ws/destinations/lake.yaml", "type: kafka\nsettings: {topic: second}\n")
    planned = on("plan", "ws")
    assert planned.code == 1
    for line in (
        "    -export const transformEvent = (event) => ({ ...event, mark: 1 });",
        "    +settings: {topic: second}",
        "~ tables/plans: version 1 has 1 row by id; now 2 rows by id",
        "~ transformations/scrub: is checked when it is applied, after libraries/address",
    ):
        assert line in planned.out
    changed = [name for name in NAMES if name != "pipelines/orders"]
    assert on("apply", "ws").out == [f"~ {name}" for name in changed]
    assert differences(on) == {}
    write("ws/destinations/lake.yaml", FILES["destinations/lake.yaml"])  # back to what version 1 is
    assert on("apply", "ws").out == ["~ destinations/lake"]
    assert on("destination", "list", "--json").json()[0]["live"]["version"] == 1


def test_one_bad_file_and_nothing_is_moved(on, ws, write):
    write("ws/transformations/bad.py", "def transformEvent(event, metadata)\n    return event\n")
    write("ws/pipelines/lost.yaml", "steps: [{use: nowhere}]\ndestination: nowhere\n")
    for command in ("plan", "apply"):
        ended = on(command, "ws")
        assert ended.code == 3
        if command == "apply":
            assert ended.out[0].startswith("ws/transformations/bad.py:1:")
            assert "; what requests run is as it was" in ended.err[-1]
        assert ended.out[-2:] == [
            "ws/pipelines/lost.yaml: there is no transformation nowhere, neither here nor in the workspace",
            "ws/pipelines/lost.yaml: there is no destination nowhere, neither here nor in the workspace",
        ]
    assert (on("list", "--json").json(), on("pipeline", "list", "--json").json()) == ([], [])
    (ws / "pipelines/lost.yaml").unlink()
    write(
        "ws/transformations/bad.py", SCRUB.replace("address.tidy", "address.nothing")
    )  # found wrong after others are published
    write("ws/transformations/bad.cases.json", {"name": "one", "event": {"city": "x"}, "expect": {"emitted": {"city": "x"}}})
    ended = on("apply", "ws")
    assert (ended.code, ended.out[0].split(":")[0]) == (3, "ws/transformations/bad.py")
    assert {one["live_version"] for one in on("list", "--json").json()} <= {0}
    assert on("pipeline", "list", "--json").json() == []


def test_drift_is_refused_and_overwritten_when_told(on, ws, write):
    on("apply", "ws")
    write("by-hand.yaml", "type: kafka\nsettings: {topic: hand}\n")
    on("destination", "push", "by-hand.yaml", "--name", "lake")
    write("mark.js", "export const transformEvent = (event) => ({ ...event, mark: 9 });\n")
    on("publish", "mark.js", "--name", "mark", "--activate")
    on("table", "delete", "plans")
    drifted = {"destinations/lake": "change!", "transformations/mark": "change!", "tables/plans": "create!"}
    assert differences(on) == drifted
    write("ws/pipelines/orders.yaml", "steps: [{use: mark}]\n")
    refused = on("apply", "ws")
    assert (refused.code, len(refused.out)) == (3, 3)
    assert refused.out[0] == "tables/plans was removed since it was applied"
    assert refused.out[2].startswith("destinations/lake was changed since it was applied: version 2, by ")
    assert on("pipeline", "show", "orders", "--json").json()["live"]["version"] == 1
    assert on("apply", "ws", "--overwrite").code == 0
    assert differences(on) == {}


def test_what_is_there_already_is_taken_over_where_it_is_the_same(on, ws, write):
    write("lake.yaml", FILES["destinations/lake.yaml"])
    write("orders.yaml", "steps: [library/pii/v1]\n")
    write("other.yaml", "steps: [library/pii/v1]\n")
    write("mark.js", FILES["transformations/mark.js"])
    on("publish", "mark.js", "--name", "mark", "--activate")
    on("destination", "push", "lake.yaml")
    on("pipeline", "push", "orders.yaml")
    on("pipeline", "push", "other.yaml")
    found = differences(on)
    assert (found["pipelines/orders"], "destinations/lake" in found, "transformations/mark" in found) == (
        "change!",
        False,
        False,
    )
    assert "was not applied from here" in on("apply", "ws").out[0]
    assert on("apply", "ws", "--overwrite", "--prune").code == 0
    assert differences(on) == {}
    assert [one["id"] for one in on("pipeline", "list", "--json").json()] == ["orders", "other"]


def test_what_is_gone_is_removed_when_told(on, ws, write):
    on("apply", "ws")
    for name in ("libraries/address.py", "transformations/mark.js", "tables/plans.csv", "tables/plans.table.yaml"):
        (ws / name).unlink()
    (ws / "destinations/lake.yaml").unlink()
    write(
        "ws/transformations/scrub.py",
        "def transformEvent(event, metadata):\n    event['city'] = event['city'].strip()\n    return event\n",
    )
    ended = on("apply", "ws", "--prune")
    assert (ended.code, "pipelines/orders" in ended.err[-1]) == (3, True)  # it still names them
    assert on("destination", "list", "--json").json() != []
    write("ws/pipelines/orders.yaml", "steps: [{use: scrub}]\n")
    gone = {"libraries/address", "transformations/mark", "tables/plans", "destinations/lake"}
    left = on("apply", "ws")
    assert (left.code, left.out) == (0, ["~ transformations/scrub", "~ pipelines/orders"])
    assert differences(on) == dict.fromkeys(gone, "remove")
    write("by-hand.yaml", "type: kafka\nsettings: {topic: hand}\n")
    on("destination", "push", "by-hand.yaml", "--name", "lake")
    refused = on("apply", "ws", "--prune")
    assert (refused.code, len(refused.out)) == (3, 1)
    assert refused.out[0].startswith("destinations/lake was changed since it was applied")
    assert on("table", "list", "--json").json() != []
    assert on("apply", "ws", "--prune", "--overwrite").code == 0
    assert differences(on) == {}
    assert on("destination", "list", "--json").json() == on("table", "list", "--json").json() == []
    assert [one["transformation"] for one in on("list", "--json").json()] == ["scrub"]


def test_of_two_people_at_once_one_is_told(server, ws, write):
    first, second = read_folder(ws), None
    write("ws/destinations/lake.yaml", "type: kafka\nsettings: {topic: theirs}\n")
    second = read_folder(ws)
    with Client(server) as client:
        done = []

        def other(_):
            if not done:
                done.append(1)
                apply(client, "two", second, told=lambda _: None)

        client.create_workspace("two")
        with pytest.raises(CallerError) as stale:
            apply(client, "two", first, told=other)
        assert stale.value.code is Code.STALE_ETAG
        assert "theirs" in client.get_definition("two", "destinations", "lake").live.content


def test_wrong_folders_are_refused(on, folder, write):
    for given, told in (("none", "no such folder"), (write("file", ""), "is no folder")):
        ended = on("apply", given)
        assert (ended.code, told in ended.out[0]) == (3, True)
    (folder / "empty").mkdir()
    assert on("plan", "empty").code == 3
