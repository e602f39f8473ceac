"""The folder that everything is kept in: bounded, whole or not there, and nobody else's."""

import os

import pytest

from transformer.folders import Folder


def name(number):
    return f"{number:064x}"


def names(folder):
    return sorted(path.name for path in folder.path.iterdir())


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path / "a" / "b", block_bytes=100)
    made.make()
    return made


def test_nobody_else_may_look_in(folder, tmp_path):
    folder.path.chmod(0o755)
    folder.make()
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.write(name(1), [b"content"])
    assert (folder.path / name(1)).stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(folder.path)
    with pytest.raises(PermissionError, match="is a link"):
        Folder(tmp_path / "link").make()


def test_folders_around_it_are_made_only_if_it_may(tmp_path):
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path / "a" / "b", parents=False).make()


def test_what_is_written_is_there_whole_or_not_at_all(folder):
    def pieces():
        yield b"half"
        raise ValueError("no more")

    folder.write(name(1), [b"old"])
    with pytest.raises(ValueError, match="no more"):
        folder.write(name(1), pieces())
    assert names(folder) == [name(1)]
    with os.fdopen(folder.open(name(1)), "rb") as file:
        assert file.read() == b"old"


def test_what_was_not_used_for_longest_goes(folder):
    for number in range(5):
        folder.write(name(number), [b"x" * 101])  # two blocks
        os.utime(folder.path / name(number), (number, number))
    folder.write("mark", [b"stays"])
    assert folder.trim(1000) == (1000, [])
    os.utime(folder.path / name(0), (9, 9))
    assert folder.trim(700) == (600, [name(1), name(2)])
    assert names(folder) == [name(0), name(3), name(4), "mark"]


def test_what_was_left_half_written_goes_after_an_hour(folder):
    for left in (f"{name(1)}.12-34", f"{name(2)}.12-34", "mark", f"{name(3)}.live"):
        (folder.path / left).write_bytes(b"")
        os.utime(folder.path / left, (0, 0) if name(2) not in left else None)
    folder.sweep()
    assert names(folder) == sorted([f"{name(2)}.12-34", "mark", f"{name(3)}.live"])
