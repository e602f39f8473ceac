"""Manifests beside code: where they are found, and what is refused with the place."""

import pytest

from transformer.capabilities import NOTHING, Capabilities
from transformer.manifest import ManifestError, capabilities_beside, read_manifest


def test_a_manifest_of_the_files_name_wins_over_the_folders(tmp_path):
    (tmp_path / "manifest.yaml").write_text("capabilities: {tables: [plans]}")
    assert capabilities_beside(tmp_path / "scrub.py") == Capabilities(tables=("plans",))
    (tmp_path / "scrub.manifest.yaml").write_text("capabilities:\n  secrets: [KEY]\n  kv: visits/\n")
    assert capabilities_beside(tmp_path / "scrub.py") == Capabilities(secrets=("KEY",), kv="visits/")
    assert capabilities_beside(tmp_path / "other.js") == Capabilities(tables=("plans",))


def test_without_a_manifest_or_with_an_empty_one_nothing_is_declared(tmp_path):
    assert capabilities_beside(tmp_path / "scrub.py") is NOTHING
    (tmp_path / "manifest.yaml").write_text("# nothing yet\n")
    assert capabilities_beside(tmp_path / "scrub.py") is NOTHING


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"capabilities: {hosts: [", ":1:24: expected the node content, but found '<stream end>'"),
        (b"a: 1\na: 2\n", ":2:1: 'a' stands here twice"),
        (b"a: &x [1]\nb: *x\n", ":2:4: aliases are not allowed here"),
        (b"a: !!python/object:os.system {}\n", ":1:4: could not determine a constructor"),
        (b"- a\n", ": write a mapping"),
        (b"1: a\n", ": write a mapping"),
        (b"\xff\xfe\x00\xd8", ": is not YAML text"),
        (b"a: " + b"[" * 3000, ": is not YAML text"),
        (b"a: 2026-99-99\n", ": is not YAML text"),
        (b" " * 300_000, ": 300000 bytes are too many"),
        (b"capabilities: [a]\n", ": capabilities: write a mapping"),
        (b"capabilities: {host: [a]}\n", ": capabilities: 'host' is unknown"),
        (b"capabilities: {hosts: ['http://a']}\n", ": capabilities.hosts: 'http://a' is no host"),
        (b"capabilites: {hosts: [a]}\n", ": 'capabilites' is unknown; there is capabilities"),
    ],
    ids=range(14),
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, text, told):
    path = tmp_path / "manifest.yaml"
    path.write_bytes(text)
    with pytest.raises(ManifestError) as caught:
        capabilities_beside(tmp_path / "scrub.py")
    assert str(caught.value).startswith(f"{path}{told}")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ManifestError, match="no such file"):
        read_manifest(tmp_path / "manifest.yaml")
