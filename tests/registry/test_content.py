"""The identity of content, and the difference of two."""

import hashlib
import shutil
import subprocess

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


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed here")
@settings(max_examples=40, deadline=None)
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


def test_empty_source_and_missing_newlines_are_shown():
    assert unified("", "a", "x", "y") == "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n"
    assert unified("a", "a\n", "x", "y") == "--- x\n+++ y\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
