"""The identity of content, and the difference of two."""

import hashlib
import shutil
import subprocess
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transformer.registry.content import content_hash
from transformer.registry.diff import unified
from transformer.registry.records import CaseFile

CASES = st.lists(st.builds(CaseFile, st.text(max_size=5), st.binary(max_size=5)), max_size=3)
CONTENTS = st.tuples(st.text(max_size=5), st.text(max_size=5), CASES)
LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "\x0c\n", "\u2028\n", "d\x85\n"]), max_size=8)
SOURCES = st.builds(lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "end", "\r"]))


@given(CONTENTS, CONTENTS)
def test_equal_hash_means_equal_content(one, other):
    assert (content_hash(*one) == content_hash(*other)) == (one == other)


def test_parts_do_not_run_together():
    assert content_hash("python", "ab", [CaseFile("c", b"d")]) != content_hash("python", "a", [CaseFile("bc", b"d")])
    assert content_hash("python", "a", [CaseFile("b", b"c")]) != content_hash(
        "python", "a", [CaseFile("b", b""), CaseFile("", b"c")]
    )


def test_hash_is_sha256_over_parts_with_their_lengths():
    raw = b"".join(len(part).to_bytes(8, "big") + part for part in (b"python", b"code", b"name", b"{}"))
    assert content_hash("python", "code", [CaseFile("name", b"{}")]) == hashlib.sha256(raw).hexdigest()


@given(SOURCES)
def test_equal_sources_have_no_difference(source):
    assert not unified(source, source, "a", "b")


@pytest.mark.need("patch")
@settings(max_examples=40)
@given(SOURCES, SOURCES)
def test_patch_makes_one_source_from_the_other(tmp_path_factory, base, target):
    folder = tmp_path_factory.mktemp("diff")
    (folder / "file").write_bytes(base.encode())
    if diff := unified(base, target, "file", "file"):
        subprocess.run(
            ["patch", "--binary", "-s", "-E", "file"], cwd=folder, input=diff.encode(), check=True, capture_output=True
        )
    found = (folder / "file").read_bytes() if (folder / "file").exists() else b""
    assert found == target.encode()


@given(st.lists(st.integers(0, 30), max_size=30), st.lists(st.integers(0, 30), max_size=30))
def test_kept_lines_are_context_and_no_line_is_told_twice(old, new):
    base, target = ("".join(f"{number}\n" for number in numbers) for numbers in (old, new))
    told = unified(base, target, "a", "b").splitlines()[2:]
    for mark, lines in (("-", old), ("+", new)):
        shown = Counter(line[1:] for line in told if line[0] == mark)
        assert shown <= Counter(map(str, lines))
    removed, added = (sum(line[0] == mark for line in told) for mark in "-+")
    assert len(old) - removed == len(new) - added


def test_one_changed_line_is_one_line_each():
    base = "".join(f"line {number % 50}\n" for number in range(1000))
    lines = base.split("\n")
    lines[500] = "changed"
    told = unified(base, "\n".join(lines), "a", "b").splitlines()[2:]
    assert told == [
        "@@ -498,7 +498,7 @@",
        *(f" line {n}" for n in (47, 48, 49)),
        "-line 0",
        "+changed",
        *(f" line {n}" for n in (1, 2, 3)),
    ]


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ([str(n) for n in range(40_000)], [str(n ^ 1) for n in range(40_000)]),
        ([str(n) for n in range(40_000)], [str(n) for n in reversed(range(40_000))]),
        ([str(n % 199) for n in range(60_000)], [str(n * 7 % 199) for n in range(60_000)]),
        ([""] * 200_000, [str(n % 2) for n in range(200_000)]),
    ],
    ids=["pairs", "reversed", "cycles", "blanks"],
)
def test_sources_made_to_annoy_are_told_apart_all_the_same(tmp_path, base, target):
    base, target = "\n".join(base), "\n".join(target)
    (tmp_path / "file").write_text(base)
    diff = unified(base, target, "file", "file")  # with difflib alone, the first of these takes minutes
    assert diff.startswith("--- file\n+++ file\n@@ ")
    if shutil.which("patch"):
        subprocess.run(["patch", "-s", "file"], cwd=tmp_path, input=diff.encode(), check=True, capture_output=True)
        assert (tmp_path / "file").read_text() == target


def test_empty_source_and_missing_newlines_are_shown():
    assert unified("", "a", "x", "y") == "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n"
    assert unified("a", "a\n", "x", "y") == "--- x\n+++ y\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
