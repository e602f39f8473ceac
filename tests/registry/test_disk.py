"""What was served, on disk: whole or not at all, for its owner only, bounded, and never another registry's."""

import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from transformer.errors import Problem
from transformer.registry.content import content_hash
from transformer.registry.definition_records import DefinitionUses, DefinitionVersion
from transformer.registry.disk import DiskCache, cache_folder, disk_cache
from transformer.registry.names import Reference
from transformer.registry.records import CaseFile, Pointer, Route, Version

CASES = (CaseFile("keeps it", b'{"event": {}}'),)
LIVE = Reference("clean")
ROUTE = Route(Pointer(1, "a" * 64), Pointer(2, "b" * 64), 12.5)


def version(source="def transformEvent(event, metadata):\n    return event\n", workspace="default"):
    return Version(
        workspace=workspace,
        transformation="clean",
        number=1,
        engine="python",
        source=source,
        cases=CASES,
        content_hash=content_hash("python", source, CASES),
        entry_point="transformEvent",
        uses_metadata=True,
        warnings=(Problem("unused", 1, 2),),
        actor="ada",
        created=datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
    )


DEFINITION = DefinitionVersion(
    workspace="default",
    kind="destinations",
    definition="lake",
    number=2,
    content="type: kafka\n",
    content_hash=sha256(b"type: kafka\n").hexdigest(),
    uses=DefinitionUses(("clean",), "lake", ("KEY", "TOKEN")),
    actor="ada",
    created=datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
)


def pointer(of):
    return Pointer(of.number, of.content_hash)


@pytest.fixture
def open_disk(tmp_path):
    """open_disk(max_bytes=…): the same folder each time, as a server that restarts opens it."""

    def make(max_bytes=2**20):
        disk = DiskCache(tmp_path / "cache", max_bytes)
        disk.open()
        return disk

    return make


@pytest.fixture
def disk(open_disk):
    disk = open_disk()
    disk.adopt("this registry")
    return disk


def entries(disk):
    if not disk.folder.exists():
        return []
    return sorted(path for path in disk.folder.iterdir() if len(path.name) == 64)


def test_what_was_kept_is_there_after_a_restart(disk, open_disk):
    disk.keep_route("default", LIVE, ROUTE)
    disk.keep_route("default", Reference("clean", alias="beta"), Route(Pointer(3, "c" * 64)))
    disk.keep_version(version())
    again = open_disk()
    assert again.route("default", LIVE) == ROUTE
    assert again.route("default", Reference("clean", alias="beta")) == Route(Pointer(3, "c" * 64))
    assert again.version("default", "clean", pointer(version())) == version()
    assert again.open() == 3


def test_definitions_and_secrets_are_there_after_a_restart_too(disk, open_disk):
    disk.keep_definition(0, DEFINITION)
    disk.keep_secret("default", "KEY", "v1.sealed")
    again = open_disk()
    assert again.definition("default", "destinations", "lake", 0) == DEFINITION
    assert again.definition("default", "destinations", "lake", 2) is None  # that was not asked
    assert again.definition("default", "pipelines", "lake", 0) is None
    assert again.secret("default", "KEY") == "v1.sealed"
    assert again.secret("other", "KEY") is None
    again.keep_secret("default", "KEY", None)
    again.forget_definition("default", "destinations", "lake", 0)
    assert (again.secret("default", "KEY"), again.definition("default", "destinations", "lake", 0)) == (None, None)
    assert entries(again) == []


def test_a_definition_that_is_not_the_content_of_its_hash_is_not_served(disk):
    disk.keep_definition(0, replace(DEFINITION, content="type: webhook\n"))
    assert disk.definition("default", "destinations", "lake", 0) is None
    disk._keep(["secret", "default", "KEY"], {"sealed": 1})
    assert disk.secret("default", "KEY") is None
    assert entries(disk) == []


@pytest.mark.parametrize(
    ("workspace", "reference"),
    [
        ("other", LIVE),
        ("default", Reference("dirty")),
        ("default", Reference("clean", version=1)),
        ("default", Reference("clean", alias="x")),
    ],
)
def test_what_was_not_kept_is_not_answered_by_something_close(disk, workspace, reference):
    disk.keep_route("default", LIVE, ROUTE)
    disk.keep_version(version())
    assert disk.route(workspace, reference) is None
    assert disk.version("other", "clean", pointer(version())) is None
    assert disk.version("default", "clean", Pointer(2, version().content_hash)) is None


def test_a_newer_route_takes_the_place_of_the_older(disk, open_disk):
    disk.keep_route("default", LIVE, ROUTE)
    disk.keep_route("default", LIVE, Route(Pointer(2, "b" * 64)))
    assert open_disk().route("default", LIVE) == Route(Pointer(2, "b" * 64))
    assert len(entries(disk)) == 1


def test_the_same_answer_is_written_once(disk):
    disk.keep_route("default", LIVE, ROUTE)
    (path,) = entries(disk)
    before = path.stat().st_ino
    disk.keep_route("default", LIVE, ROUTE)
    assert path.stat().st_ino == before


def test_what_does_not_exist_any_more_is_forgotten(disk):
    disk.keep_route("default", LIVE, ROUTE)
    disk.forget_route("default", LIVE)
    disk.forget_route("default", LIVE)
    assert disk.route("default", LIVE) is None
    assert entries(disk) == []


DAMAGES = {
    "torn": lambda text: text[: len(text) // 2],
    "empty": lambda _: b"",
    "one byte": lambda text: text.replace(b"event", b"evxnt"),
    "longer": lambda text: text + b" ",
    "not text": lambda text: os.urandom(len(text)),
    "no object": lambda _: seal(b"[]"),
    "without its parts": lambda text: seal(
        json.dumps({"key": json.loads(text.partition(b"\n")[2])["key"], "answer": {}}).encode()
    ),
    "another question": lambda text: seal(text.partition(b"\n")[2].replace(b'"default"', b'"another"')),
    "code of another hash": lambda text: seal(text.partition(b"\n")[2].replace(b"return event", b"return None!")),
}


def seal(body):
    return sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_not_served_and_is_removed(disk, open_disk, damage):
    disk.keep_version(version())
    (path,) = entries(disk)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    again = open_disk()
    assert again.version("default", "clean", pointer(version())) is None
    assert entries(disk) == []
    # And it can be kept anew.
    again.keep_version(version())
    assert again.version("default", "clean", pointer(version())) == version()


def test_a_link_in_the_place_of_an_answer_is_not_followed(disk, open_disk, tmp_path):
    disk.keep_version(version())
    (path,) = entries(disk)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert open_disk().version("default", "clean", pointer(version())) is None


def test_answers_of_another_registry_in_the_same_place_are_forgotten(disk, open_disk):
    disk.keep_route("default", LIVE, ROUTE)
    again = open_disk()
    again.adopt("this registry")
    assert again.route("default", LIVE) == ROUTE
    (disk.folder / "api-keys").touch()  # as others keep there
    again.adopt("a registry that was made anew")
    assert again.route("default", LIVE) is None
    assert [path.name for path in disk.folder.iterdir()] == ["registry"]
    again.keep_route("default", LIVE, ROUTE)
    assert again.route("default", LIVE) == ROUTE


def test_files_are_for_their_owner_only_whatever_the_mask(disk):
    before = os.umask(0)
    try:
        disk.keep_route("default", LIVE, ROUTE)
        disk.adopt("another")
        disk.keep_route("default", LIVE, ROUTE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(disk.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in disk.folder.iterdir()} == {0o600}


def test_a_folder_that_others_could_read_is_closed_to_them(disk, open_disk):
    disk.folder.chmod(0o755)
    open_disk()
    assert stat.S_IMODE(disk.folder.stat().st_mode) == 0o700


def test_it_stays_within_its_bytes_and_keeps_what_was_used_last(disk, open_disk):
    small = open_disk(max_bytes=10 * 4096)
    for number in range(1, 31):
        small.keep_route("default", Reference("clean", version=number), ROUTE)
        os.utime(max(entries(small), key=lambda path: path.stat().st_mtime_ns), (number, number))
        assert len(entries(small)) <= 10
    assert small.route("default", Reference("clean", version=30)) == ROUTE
    assert small.route("default", Reference("clean", version=1)) is None
    assert open_disk(max_bytes=4 * 4096).open() <= 10
    assert len(entries(small)) <= 4


def test_what_is_too_large_is_not_kept(open_disk):
    small = open_disk(max_bytes=8192)
    small.keep_version(version("#" * 10_000))
    assert entries(small) == []
    assert not small.trouble


def test_drafts_that_a_dead_process_left_are_removed(disk, open_disk):
    old, new = disk.folder / f"{'0' * 64}.1-2", disk.folder / f"{'0' * 64}.3-4"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    open_disk()
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("obstacle", ["a file", "a link"])
def test_a_disk_in_trouble_says_so_and_raises_nothing(tmp_path, obstacle):
    folder, real = tmp_path / "cache", tmp_path / "real"
    real.mkdir()
    if obstacle == "a file":
        folder.touch()
    else:
        folder.symlink_to(real)
    disk = DiskCache(folder, 2**20)
    assert disk.open() == 0
    disk.adopt("this registry")
    disk.keep_route("default", LIVE, ROUTE)
    assert disk.trouble
    assert disk.route("default", LIVE) is None
    assert list(real.iterdir()) == []


def test_trouble_ends_when_the_disk_works_again(disk):
    disk.keep_route("default", LIVE, ROUTE)
    shutil.rmtree(disk.folder)
    assert disk.route("default", LIVE) is None
    disk.keep_route("default", LIVE, replace(ROUTE, percent=1.0))
    assert disk.trouble == "No such file or directory"
    disk.keep_route("default", LIVE, ROUTE)
    assert not disk.trouble
    assert disk.route("default", LIVE) == ROUTE
    assert (disk.folder / "registry").read_text() == "this registry"


def test_code_from_disk_is_the_code_that_was_published(disk):
    """A version whose record was kept wrongly would be refused: its hash covers engine, source and cases."""
    wrong = replace(version(), source="def transformEvent(event, metadata):\n    return None\n")
    disk.keep_version(wrong)
    assert disk.version("default", "clean", pointer(wrong)) is None


class TestFolder:
    def test_off_is_off(self):
        assert cache_folder("", "/data/registry.db", Path("/data/registry.db")) is None

    def test_beside_a_file(self):
        assert cache_folder("auto", "/data/registry.db", Path("/data/registry.db")) == Path("/data/registry.db-cache")

    def test_in_the_users_cache_where_the_database_is_a_server(self, monkeypatch):
        monkeypatch.setenv("HOME", "/home-of-ada")
        folder = cache_folder("auto", "db:5432/registry", None)
        assert folder.parent == Path("/home-of-ada/.cache/transformer")

    def test_the_users_cache_is_made_and_the_folder_of_a_registry_is_not(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path / "home-of-ada"))
        remote = disk_cache("auto", 2**20, "db:5432/registry", None)
        assert remote.open() == 0
        assert not list(tmp_path.iterdir())  # nothing is made for a database that was never reached
        remote.adopt("a registry")
        assert not remote.trouble
        assert remote.folder.is_dir()
        file = tmp_path / "no" / "registry.db"
        beside = disk_cache("auto", 2**20, str(file), file)
        beside.open()
        beside.adopt("a registry")
        assert beside.trouble
        assert not file.parent.exists()
        assert disk_cache("", 2**20, str(file), file) is None

    def test_databases_in_one_folder_do_not_mix(self):
        places = ["db:5432/one", "db:5432/two", "db:5433/one"]
        assert len({cache_folder("/cache", place, None) for place in places}) == 3
        assert cache_folder("/cache", "/data/one.db", Path("/data/one.db")).parent == Path("/cache")
