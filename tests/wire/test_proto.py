"""The contract: what is checked in is what it generates, it is linted, and a break of it is noticed."""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROTO = ROOT / "proto"
BASELINE = PROTO / "accepted.txtpb"


def buf(*arguments, folder=PROTO):
    return subprocess.run([BIN / "buf", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_checked_in_code_is_what_the_proto_generates(tmp_path):
    made = subprocess.run(
        [PROTO / "generate", tmp_path],
        env={"VENV": str(BIN.parent), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    kept = ROOT / "transformer" / "wire" / "pb"
    names = sorted(path.name for path in kept.iterdir() if path.suffix in {".py", ".pyi"})
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert filecmp.cmpfiles(kept, tmp_path, names, shallow=False) == (names, [], [])


def test_the_proto_is_linted():
    told = buf("lint")
    assert (told.returncode, told.stdout) == (0, "")


def test_nothing_breaks_the_contract_that_was_accepted():
    told = buf("breaking", "--against", str(BASELINE))
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  string message_id = 2;\n", ""),
        ("  bytes payload = 1;\n", "  string payload = 1;\n"),
        ("ERROR_CODE_RETRY = 203;", "ERROR_CODE_RETRY = 209;"),
        ("  rpc Transform(TransformRequest) returns (TransformResponse);\n", ""),
    ],
    ids=["field removed", "type changed", "number changed", "method removed"],
)
def test_a_break_of_the_contract_is_noticed(tmp_path, before, after):
    changed = tmp_path / "proto"
    shutil.copytree(PROTO, changed)
    path = changed / "transformer" / "v1" / "transform.proto"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    told = buf("breaking", "--against", str(BASELINE), folder=changed)
    assert told.returncode == 100
    assert "transform.proto" in told.stdout
