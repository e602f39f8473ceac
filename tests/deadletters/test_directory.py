"""Letters in a directory: bounded and aged files that hold through crashes, full disks, and whatever is done to them."""

import os
import resource
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.deadletters.letters import keep, make_letter, make_mark
from transformer.deadletters import Selection, SinkError, Swept
from transformer.deadletters.directory import Directory

EVERYTHING = Selection(state="all")


class Clock:
    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "deep" / "letters"


@pytest.fixture
def make(root, bounds, clock):
    return lambda **changes: Directory(root, bounds(**changes), clock=clock)


def files(root, suffix=".jsonl"):
    return sorted(root.glob(f"*/*{suffix}"))


def ids(sink):
    return [kept.letter.id for kept in sink.find(EVERYTHING)]


def test_everything_is_for_its_owner_only(make, root):
    before = os.umask(0)
    try:
        sink = make()
        keep(sink, letter := make_letter())
        (kept,) = sink.find(EVERYTHING)
        sink.mark([(kept.where, make_mark(letter))])
        with sink.replaying():
            pass
    finally:
        os.umask(before)
    modes = {path.relative_to(root).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in [root, *root.rglob("*")]}
    assert {mode for name, mode in modes.items() if (root / name).is_dir()} == {0o700}
    assert {mode for name, mode in modes.items() if (root / name).is_file()} == {0o600}
    assert len(modes) == 5


def test_a_file_that_is_full_is_followed_by_another(make, root, clock):
    sink = make(file_bytes=4096)
    for _ in range(10):
        keep(sink, make_letter(b"x" * 1000))
        clock.now += 1
    assert len(files(root)) > 2
    assert all(path.stat().st_size <= 4096 for path in files(root))
    assert len(ids(sink)) == 10


def test_every_process_has_files_of_its_own(make, root):
    keep(make(), make_letter())
    keep(make(), make_letter())
    assert len(files(root)) == 2


def test_letters_are_removed_when_all_of_their_file_are_too_old(make, root, clock):
    sink = make(age_seconds=24 * 3600.0)
    keep(sink, old := make_letter())
    keep(sink, replayed := make_letter())
    sink.mark([(kept.where, make_mark(kept.letter)) for kept in sink.find(EVERYTHING) if kept.letter.id == replayed.id])
    clock.now += 12 * 3600
    keep(sink, young := make_letter())
    clock.now += 12 * 3600
    assert (sink.sweep(), ids(sink)) == (Swept(), [old.id, replayed.id, young.id])
    clock.now += 3601
    assert (sink.sweep(), ids(sink)) == (Swept(expired=1), [young.id])
    clock.now += 12 * 3600
    assert (sink.sweep(), ids(sink)) == (Swept(expired=1), [])
    assert [path.name for path in root.rglob("*") if path.is_file()] == []
    keep(sink, again := make_letter())
    assert ids(sink) == [again.id]


def test_a_torn_line_is_passed_over_and_spoils_no_other(make, root):
    sink = make()
    keep(sink, first := make_letter())
    (kept,) = sink.find(EVERYTHING)
    sink.mark([(kept.where, make_mark(first, "failed", first.failure))])
    (path,) = files(root)
    for torn, line in ((path, make_letter().line()), (path.with_suffix(".marks"), make_mark(first).line())):
        with torn.open("ab") as target:
            target.write(line[: len(line) // 2])
    other = make()
    (kept,) = other.find(EVERYTHING)
    assert (kept.letter.id, kept.tries) == (first.id, 1)
    other.mark([(kept.where, make_mark(first))])
    keep(sink, second := make_letter())
    assert [(one.letter.id, one.replayed) for one in sink.find(EVERYTHING)] == [(first.id, True), (second.id, False)]


@pytest.mark.parametrize("whole", [0, 1, 2])
def test_a_full_disk_keeps_all_of_a_group_or_nothing(make, root, clock, whole):
    """A limit on the size of files is the kernel's own way to say, in the middle of a write, that there is no more room."""
    sink = make()
    before = [make_letter() for _ in range(whole)]
    if before:
        keep(sink, *before)
    room = sum(path.stat().st_size for path in files(root)) + 300
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(SinkError) as told:
            keep(sink, make_letter(b"x" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(told.value) == "file too large"
    assert [path.stat().st_size for path in files(root)] == [sum(len(one.line()) for one in before)] * bool(before)
    clock.now += 1
    keep(sink, after := make_letter())
    assert ids(sink) == [one.id for one in (*before, after)]


def test_a_directory_that_somebody_removed_is_made_again(make, root):
    sink = make()
    keep(sink, make_letter())
    for path in [*root.rglob("*")][::-1]:
        path.unlink() if path.is_file() else path.rmdir()
    root.rmdir()
    keep(sink, letter := make_letter())
    assert ids(sink) == [letter.id]


def test_a_file_in_the_place_of_the_directory_is_trouble_without_a_path(make, root):
    root.parent.mkdir()
    root.write_text("")
    with pytest.raises(SinkError) as told:
        keep(make(), make_letter())
    assert str(root.parent) not in str(told.value)


def test_files_of_others_and_halves_of_a_rewriting_are_no_letters(make, root, clock):
    sink = make(total_bytes=2**16)
    keep(sink, letter := make_letter())
    folder = files(root)[0].parent
    stranger = folder / "notes.jsonl"
    stranger.write_bytes(make_letter().line())
    half = folder / f".{files(root)[0].name}.tmp"
    half.write_bytes(make_letter().line())
    orphan = folder / "20260101T000000.000000Z-00000000.marks"
    orphan.write_bytes(b"")
    long_ago = time.time() - 7200
    for path in (half, orphan, stranger):
        os.utime(path, (long_ago, long_ago))
    assert ids(sink) == [letter.id]
    sink.sweep()
    assert {path.name for path in folder.iterdir()} == {"notes.jsonl", *(path.name for path in files(root))}


def test_a_link_is_not_followed(make, root, tmp_path):
    sink = make()
    keep(sink, make_letter())
    (path,) = files(root)
    aside = tmp_path / "elsewhere"
    path.rename(aside)
    path.symlink_to(aside)
    size = aside.stat().st_size
    with pytest.raises(SinkError):
        keep(sink, make_letter())
    keep(sink, make_letter())  # in a file of its own
    assert aside.stat().st_size == size


@pytest.mark.need("root", "small disk")
def test_a_disk_that_is_really_full_and_gets_room_again(make, root, tmp_path):
    root.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", root], check=True, capture_output=True)
    try:
        sink = make()
        for _ in range(20):
            keep(sink, make_letter(b"x" * 2000))
        with pytest.raises(SinkError) as told:
            keep(sink, *[make_letter(b"x" * 2000) for _ in range(20)])
        kept = len(ids(sink))
        assert (str(told.value), kept) == ("no space left on device", 20)
        assert sink.purge(Selection(ids=frozenset(ids(sink)))) == kept  # a file is removed whole: that needs no room
        keep(sink, letter := make_letter())
        assert ids(sink) == [letter.id]
    finally:
        subprocess.run(["umount", "-l", root], check=True)


def test_a_reader_and_a_writer_do_not_disturb_each_other(make, root):
    sink, other = make(file_bytes=4096), make()
    seen = 0
    for n in range(60):
        keep(sink, make_letter(b"x" * 100))
        if n % 20 == 10:
            seen += other.purge(EVERYTHING)
    assert seen + len(ids(other)) == 60


def test_the_directory_is_where_the_settings_say(tmp_path, monkeypatch, settings):
    from transformer.deadletters import open_sink

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    beside = settings(dead_letters="directory", database_url=f"sqlite:///{folder}/registry.db")
    assert open_sink(beside).place == f"{folder}/registry.db.dead-letters"
    far = settings(dead_letters="directory", database_url="postgresql://host/db")
    assert open_sink(far).place == str(Path("transformer.dead-letters").absolute())
    assert open_sink(settings(dead_letters="directory:here")).place == str(tmp_path / "here")
    assert open_sink(settings(dead_letters="none")) is None
    assert list(folder.iterdir()) == []


def test_writers_and_purges_at_once_lose_and_double_nothing(make):
    def write(_):
        sink, ours = make(file_bytes=4096), []
        for _ in range(40):
            ours.append(make_letter(b"x" * 100))
            keep(sink, ours[-1])
        return {letter.id for letter in ours}

    def purge():
        sink, removed = make(), set()
        while len(removed) < 60:
            if chosen := frozenset(ids(sink)[::2]):
                assert sink.purge(Selection(ids=chosen)) == len(chosen)
                removed |= chosen
        return removed

    with ThreadPoolExecutor(4) as threads:
        purging = threads.submit(purge)
        kept = set().union(*threads.map(write, range(3)))
        removed = purging.result(30)
    left = ids(make())
    assert len(left) == len(set(left))
    assert (set(left) | removed, set(left) & removed) == (kept, set())


KEEPS_ON = """
import sys
from pathlib import Path
from tests.deadletters.letters import keep, make_letter
from transformer.deadletters import Bounds
from transformer.deadletters.directory import Directory
sink = Directory(Path(sys.argv[1]), Bounds(2**30, 20_000, 1e6))
for number in range(10**9):
    keep(sink, make_letter(b"%d" % number + b"x" * 1000))
    print(number, flush=True)
"""


def test_what_was_kept_is_there_after_a_crash(make, root):
    with subprocess.Popen([sys.executable, "-c", KEEPS_ON, root], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            if int(line) == 50:
                process.kill()
    sink = make()
    found = sink.read([kept.where for kept in sink.find(EVERYTHING)])
    assert [letter.payload.rstrip(b"x") for letter in found][:51] == [b"%d" % number for number in range(51)]
    keep(sink, letter := make_letter())
    assert letter.id in ids(sink)
