"""The folder of artefacts: what is not whole, or not ours, is never used; a disk in trouble costs nothing else."""

import os
import subprocess
from dataclasses import replace

import pytest

from transformer.engines.base import Report
from transformer.errors import Problem
from transformer.pool.artefacts import Artefacts, Built, Key
from transformer.pool.sealed import Sealed
from transformer.uses import Use

KEY = Key("default", "wasm", "ab" * 32, "fingerprint")
REPORT = Report(
    warnings=[Problem("look here", 2, 3)],
    entry_point="transformBatch",
    uses_metadata=False,
    uses=[Use("hosts", "example.com", 1, 2), Use("kv", "seen:", 3, 4, goes_on=True)],
)


def built(content=b"machine code" * 1000):
    return Built(REPORT, Sealed.of([content[:5], content[5:]]))


def content(found):
    return None if found is None else b"".join(found.memory.pieces())


@pytest.fixture
def artefacts(tmp_path):
    return Artefacts(tmp_path / "artefacts", 2**20)


@pytest.fixture
def kept(artefacts):
    """The file in which an artefact is kept."""
    artefacts.keep(KEY, built())
    return artefacts.folder / KEY.name


def test_what_was_kept_is_found_by_whoever_comes_later(artefacts, kept):
    found = Artefacts(artefacts.folder, 2**20).find(KEY)
    assert found.report == REPORT
    assert content(found) == b"machine code" * 1000
    assert not artefacts.trouble


def test_a_folder_that_is_not_there_holds_nothing_and_is_not_made(artefacts):
    assert artefacts.find(KEY) is None
    assert not artefacts.folder.exists()
    assert not artefacts.trouble


def test_nobody_else_may_look(artefacts, kept):
    assert artefacts.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in artefacts.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("field", ["workspace", "engine", "binary", "fingerprint"])
def test_nothing_else_is_found_under_another_key(artefacts, kept, field):
    assert artefacts.find(replace(KEY, **{field: "other"})) is None


@pytest.mark.parametrize("place", [0, 3, 4, 20, 120, 5000, -33, -32, -1])
def test_one_flipped_bit_is_noticed(artefacts, kept, place):
    changed = bytearray(kept.read_bytes())
    changed[place] ^= 1
    kept.write_bytes(changed)
    assert artefacts.find(KEY) is None
    assert not kept.exists()


@pytest.mark.parametrize("size", [0, 1, 31, 32, 36, 40, 200, 5000, -1])
def test_what_is_cut_short_is_noticed(artefacts, kept, size):
    kept.write_bytes(kept.read_bytes()[:size])
    assert artefacts.find(KEY) is None
    assert not kept.exists()


def test_what_is_longer_is_noticed(artefacts, kept):
    kept.write_bytes(kept.read_bytes() + b"more")
    assert artefacts.find(KEY) is None


def test_the_artefact_of_another_binary_is_noticed(artefacts, kept):
    other = replace(KEY, binary="cd" * 32)
    kept.rename(artefacts.folder / other.name)
    assert artefacts.find(other) is None


def test_the_folder_of_another_machine_is_worth_nothing(artefacts, kept, tmp_path):
    elsewhere = Artefacts(tmp_path / "elsewhere", 2**20)
    elsewhere.keep(replace(KEY, binary="cd" * 32), built())
    planted = elsewhere.folder / KEY.name
    planted.write_bytes(kept.read_bytes())
    assert elsewhere.find(KEY) is None
    assert not planted.exists()


def test_a_link_is_not_followed(artefacts, kept, tmp_path):
    kept.rename(tmp_path / "moved")
    kept.symlink_to(tmp_path / "moved")
    assert artefacts.find(KEY) is None


@pytest.mark.parametrize("harm", ["gone", "open to others", "cut short", "a link"])
def test_a_key_that_cannot_be_trusted_is_replaced(artefacts, kept, tmp_path, harm):
    key = artefacts.folder / "key"
    match harm:
        case "gone":
            key.unlink()
        case "open to others":
            key.chmod(0o640)
        case "cut short":
            key.write_bytes(b"short")
        case "a link":
            key.rename(tmp_path / "moved")
            key.symlink_to(tmp_path / "moved")
    assert artefacts.find(KEY) is None
    artefacts.keep(KEY, built(b"again"))
    artefacts.keep(KEY, built(b"again"))
    assert content(artefacts.find(KEY)) == b"again"


def test_a_folder_that_is_a_link_is_not_used(artefacts, kept, tmp_path):
    artefacts.folder.rename(tmp_path / "moved")
    artefacts.folder.symlink_to(tmp_path / "moved")
    artefacts.keep(replace(KEY, binary="cd" * 32), built())
    assert artefacts.trouble
    assert len(list((tmp_path / "moved").iterdir())) == 2


def test_the_least_used_make_room(artefacts):
    keys = [replace(KEY, binary=f"{number:064x}") for number in range(4)]
    for number, key in enumerate(keys[:3]):
        artefacts.keep(key, built(bytes(300_000)))
        os.utime(artefacts.folder / key.name, (number + 1, number + 1))
    artefacts.find(keys[0])
    artefacts.keep(keys[3], built(bytes(300_000)))
    assert [artefacts.find(key) is not None for key in keys] == [True, False, True, True]


def test_what_is_larger_than_the_folder_is_not_kept(artefacts):
    artefacts.keep(KEY, built(bytes(2**20 + 1)))
    assert artefacts.find(KEY) is None


def test_a_report_with_problems_is_not_kept(artefacts):
    artefacts.keep(KEY, Built(Report(problems=[Problem("it is broken")])))
    assert not artefacts.folder.exists()


def test_what_was_left_half_written_goes(artefacts, kept):
    left = artefacts.folder / f"{KEY.name}.1-2"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    artefacts.keep(KEY, built())
    assert not left.exists()


@pytest.mark.need("small disk")
def test_a_full_disk_is_said_and_leaves_nothing_half_written(artefacts):
    artefacts.folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", artefacts.folder], check=True)
    try:
        artefacts.keep(KEY, built(bytes(200_000)))
        assert artefacts.trouble == "No space left on device"
        assert [path.name for path in artefacts.folder.iterdir()] == ["key"]
        assert artefacts.find(KEY) is None
        artefacts.keep(KEY, built(b"small"))
        assert content(artefacts.find(KEY)) == b"small"
    finally:
        subprocess.run(["umount", artefacts.folder], check=True)


class TestSealed:
    def test_nobody_can_change_it(self):
        memory = Sealed.of([b"code"])
        for change in (
            lambda: os.pwrite(memory.descriptor, b"x", 0),
            lambda: os.ftruncate(memory.descriptor, 1),
            lambda: os.ftruncate(memory.descriptor, 10_000),
        ):
            with pytest.raises(PermissionError):
                change()
        assert b"".join(memory.pieces()) == b"code"

    def test_its_descriptor_is_closed_with_it(self):
        memory = Sealed.of([b"code"])
        descriptor = memory.descriptor
        os.fstat(descriptor)
        del memory
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)

    def test_what_is_still_mapped_for_writing_is_not_sealed(self):
        import mmap

        descriptor = Sealed.room(100)
        with mmap.mmap(os.dup(descriptor), 100), pytest.raises(OSError, match="busy"):
            Sealed(descriptor, 100)
