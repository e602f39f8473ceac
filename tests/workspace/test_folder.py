"""What a folder says of a workspace, and everything that is wrong with one, at once and with its place."""

import pytest

from transformer.workspace.folder import FolderError, read_folder
from transformer.workspace.order import in_order

CODE = "def transformEvent(event, metadata):\n    return event\n"


@pytest.fixture
def folder(tmp_path):
    """folder({"pipelines/a.yaml": "…"}): a folder with these files."""

    def make(files):
        for name, content in files.items():
            path = tmp_path / "ws" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "ws"

    return make


def problems(root):
    with pytest.raises(FolderError) as wrong:
        read_folder(root)
    return [problem.removeprefix(f"{root}/") for problem in wrong.value.problems]


def test_a_folder_is_read_with_all_that_belongs_to_its_files(folder):
    root = folder(
        {
            "transformations/scrub.py": CODE,
            "transformations/scrub.cases.json": '{"name": "one", "event": {}, "expect": {"emitted": {}}}',
            "transformations/scrub.manifest.yaml": "capabilities: {tables: [plans]}",
            "transformations/mark.js": "export const transformEvent = (event) => event;",
            "transformations/_shared.py": "notes",
            "libraries/address.py": "x = 1\n",
            "tables/plans.csv": "plan_id,price\na,1\nb,2\n",
            "tables/plans.table.yaml": "key: plan_id\ntypes: {price: number}\n",
            "pipelines/orders.yaml": "steps: [{use: scrub}]\ndestination: lake\n",
            "destinations/lake.yaml": "type: kafka\nsettings: {topic: first}\n",
            "destinations/README.md": "for people",
            ".git/config": "",
            "notes.txt": "",
        }
    )
    read = read_folder(root)
    assert list(read.names()) == [
        "libraries/address",
        "tables/plans",
        "transformations/mark",
        "transformations/scrub",
        "destinations/lake",
        "pipelines/orders",
    ]
    assert (read.unread, len(read)) == (["notes.txt"], 6)
    assert list(read.transformations["scrub"].cases) == ["one"]
    assert read.transformations["scrub"].capabilities.tables == ("plans",)
    assert read.transformations["mark"].file.engine == "javascript"
    table = read.tables["plans"]
    assert (table.rows, list(table.read())[1]) == (2, {"plan_id": "b", "price": 2})


def test_everything_that_is_wrong_is_told_at_once(folder):
    root = folder(
        {
            "transformations/twice.py": CODE,
            "transformations/twice.js": "export const transformEvent = (event) => event;",
            "transformations/Upper.py": CODE,
            "transformations/bytes.py": b"x = '\xff'\n",
            "transformations/lost.cases.json": "[]",
            "transformations/notes.txt": "",
            "libraries/json.py": "x = 1\n",
            "tables/alone.csv": "a\n1\n",
            "tables/same.csv": "id,n\na,1\nb,2\na,3\n",
            "tables/same.table.yaml": "key: id\n",
            "tables/typed.csv": "id,n\na,x\n",
            "tables/typed.table.yaml": "key: id\ntypes: {n: number}\n",
            "tables/slip.csv": "id\na\n",
            "tables/slip.table.yaml": "keys: id\ntypes: {n: decimal}\n",
            "pipelines/short.yml": "steps: []\n",
            "pipelines/bad.yaml": "steps:\n  - use: scrub\n  - use: library/pi/v1\n",
            "pipelines/large.yaml": "#" * 300_000,
            "pipelines/bytes.yaml": b"\xff",
            "destinations/bad.yaml": "type: kafka\nsettings:\n  topic: [1]\n",
            "pipeline/orders.yaml": "",
            "secrets/KEY": "value",
        }
    )
    found = problems(root)
    told = {
        "pipeline: is not read; did you mean pipelines?",
        "secrets: secrets are kept by the server alone; `transformer secrets set NAME`",
        "transformations/bytes.py: is not UTF-8 text",
        "transformations/lost.cases.json: there is nothing of this name that it could belong to",
        "transformations/notes.txt: is no file that transformations/ may hold: code, cases and manifests",
        "tables/same.csv:4: rows 1 and 3 have the same key; every row has its own",
        "tables/typed.csv:2: column 'n': this is no number",
        "tables/alone.csv: alone.table.yaml is to lie beside it and say the key, as in key: id",
        "tables/slip.table.yaml:1: unknown key 'keys'; there are key and types",
        "tables/slip.table.yaml:1: key must name the column by whose value rows are found",
        "tables/slip.table.yaml:2: the type of 'n' must be one of string, integer, number, boolean, json",
        "pipelines/short.yml: is no file that pipelines/ may hold: .yaml",
        "pipelines/large.yaml: is too large; at most 262144 bytes",
        "pipelines/bytes.yaml: byte 0 is not UTF-8",
        "destinations/bad.yaml:3: topic must be of type string",
    }
    assert told - set(found) == set()
    rest = sorted(set(found) - told)
    assert [one.split(": ")[0] for one in rest] == [
        "libraries/json.py",
        "pipelines/bad.yaml:3",
        "transformations/Upper.py",
        "transformations/twice.py",
    ]
    assert "twice.js is transformations/twice already" in rest[3]


def test_a_folder_that_says_nothing_is_refused(folder, tmp_path):
    assert "says nothing of a workspace" in problems(folder({"notes.txt": ""}))[0]
    assert problems(tmp_path / "none")[0].endswith("none: no such folder")
    assert problems(tmp_path / "ws" / "notes.txt")[0].endswith("notes.txt: is no folder")


def test_libraries_come_after_those_that_they_import(folder):
    root = folder(
        {
            "libraries/a.py": "import b\n",
            "libraries/b.py": "from c import x\n",
            "libraries/c.py": "x = 1\n",
            "libraries/d.js": 'import "a";\n',
        }
    )
    assert in_order(read_folder(root).libraries) == (["c", "b", "a", "d"], [])
    folder({"libraries/c.py": "import a\n"})
    _, circles = in_order(read_folder(root).libraries)
    assert [one.partition(": ")[2] for one in circles] == ["libraries import each other in a circle: a → b → c → a"]
