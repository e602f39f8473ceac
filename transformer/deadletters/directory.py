"""Letters in a directory: a folder for each workspace, in it files of JSON lines that are only appended to.

    DIRECTORY/default/20260901T123000.000000Z-5f3a9c01.jsonl    letters, one a line, in the order in which they failed
    DIRECTORY/default/20260901T123000.000000Z-5f3a9c01.marks    what became of their replays; goes with the letters
    DIRECTORY/replay.lock                                held by whoever replays or purges

A file belongs to the process that began it, so any number of servers may share a directory. It is written to for an hour at
most, then removed as a whole when its last letter is too old: letters may outlive their age by that hour (or by a 24th of the
age, if that is less). Folders are for their owner only (0700), files too (0600): they hold customers' data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from transformer.deadletters.files import append, lines, locked, remove, rewrite, sync_folder
from transformer.deadletters.letter import Letter, Mark
from transformer.deadletters.selection import Kept, Selection
from transformer.deadletters.sink import Bounds, Line, SinkBusyError, SinkError, Swept

__all__ = ["Directory"]

_LETTERS: Final = ".jsonl"
_MARKS: Final = ".marks"
_NAME_TIME: Final = "%Y%m%dT%H%M%S.%fZ"
_SPAN_SECONDS: Final = 3600.0
_SPANS_OF_AGE: Final = 24
_STALE_SECONDS: Final = 3600.0


@dataclass(slots=True)
class _Current:
    """The file of a workspace that this process appends to."""

    path: Path
    started: float
    size: int


@dataclass(frozen=True, slots=True)
class _Where:
    path: str
    offset: int
    length: int
    id: str


class Directory:
    """The sink in `root`, which is made with the first letter. `clock` is time.time, but for tests."""

    def __init__(self, root: Path, bounds: Bounds, *, clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._bounds = bounds
        self._clock = clock
        self._file_bytes = min(bounds.file_bytes, max(1, bounds.total_bytes // 8))
        self._span = min(_SPAN_SECONDS, bounds.age_seconds / _SPANS_OF_AGE)
        self._current: dict[str, _Current] = {}

    @property
    def place(self) -> str:
        """As `Sink.place`: the directory."""
        return str(self._root)

    def keep(self, workspace: str, letters: Sequence[Line]) -> int:
        """As `Sink.keep`. Refuses none for good."""
        data = b"".join([line.text for line in letters])
        try:
            if not self._continue(workspace, data):
                self._begin(workspace, data)
        except OSError as wrong:
            self._current.pop(workspace, None)  # what could not be taken back is at least never continued
            raise _told(wrong) from wrong
        return 0

    def sweep(self) -> Swept:
        """As `Sink.sweep`."""
        with _translated():
            now = self._clock()
            evicted = expired = 0
            sizes: dict[str, dict[Path, int]] = {}
            for workspace in self._workspaces():
                self._tidy(workspace)
                sizes[workspace] = {path: _size(path) for path in self._files(workspace)}
                for path in list(sizes[workspace]):
                    if _started(path) + self._span + self._bounds.age_seconds < now:
                        expired += self._remove(path)
                        del sizes[workspace][path]
            total = sum(sum(of.values()) for of in sizes.values())
            while total > self._bounds.total_bytes:
                largest = max(sizes.values(), key=lambda of: sum(of.values()))
                oldest = next(iter(largest))
                evicted += self._remove(oldest)
                total -= largest.pop(oldest)
            return Swept(evicted, expired)

    def find(self, selection: Selection) -> Iterator[Kept]:
        """As `Sink.find`. A line that is no letter is passed over."""
        with _translated():
            for workspace in self._workspaces() if selection.workspace is None else [selection.workspace]:
                for path in self._files(workspace):
                    if _may_hold(path, selection):
                        yield from (kept for kept in _letters(path) if selection.takes(kept))

    def read(self, wheres: Sequence[object]) -> list[Letter | None]:
        """As `Sink.read`."""
        with _translated():
            return [_read(where) if isinstance(where, _Where) else None for where in wheres]

    def mark(self, marks: Sequence[tuple[object, Mark]]) -> None:
        """As `Sink.mark`."""
        by_file: dict[str, list[bytes]] = {}
        for where, mark in marks:
            if isinstance(where, _Where):
                by_file.setdefault(where.path, []).append(mark.line())
        with _translated():
            for name, told in by_file.items():
                path = Path(name)
                if path.exists():
                    append(path.with_suffix(_MARKS), b"".join(told), create=True)

    def purge(self, selection: Selection) -> int:
        """As `Sink.purge`. Files are rewritten without the letters; nothing of them stays."""
        removed = 0
        with self.replaying():
            by_file: dict[str, set[str]] = {}
            for kept in self.find(selection):
                assert isinstance(kept.where, _Where)
                by_file.setdefault(kept.where.path, set()).add(kept.letter.id)
            with _translated():
                for name, ids in by_file.items():
                    removed += rewrite(Path(name), lambda line, ids=ids: _id(line, Letter.of) not in ids)  # type: ignore[misc]  # mypy sees no default
                    rewrite(Path(name).with_suffix(_MARKS), lambda line, ids=ids: _id(line, Mark.of) not in ids)  # type: ignore[misc]  # the same
        return removed

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """As `Sink.replaying`."""
        if not self._root.is_dir():
            yield  # there is nothing to replay, and a question makes no folder
            return
        try:
            lock = locked(self._root / "replay.lock")
            lock.__enter__()
        except BlockingIOError:
            raise SinkBusyError("another replay or purge of these letters is running") from None
        except OSError as wrong:
            raise _told(wrong) from wrong
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def close(self) -> None:
        """As `Sink.close`: nothing is held open between calls."""
        self._current.clear()

    def _continue(self, workspace: str, data: bytes) -> bool:
        """Append to the file that we have for the workspace, if it is there, has room and is not too old."""
        current = self._current.get(workspace)
        if (
            current is None
            or (current.size and current.size + len(data) > self._file_bytes)
            or self._clock() - current.started >= self._span
        ):
            return False
        try:
            append(current.path, data, create=False)
        except FileNotFoundError:  # a sweep, a purge or somebody removed it
            return False
        current.size += len(data)
        return True

    def _begin(self, workspace: str, data: bytes) -> None:
        folder = self._root / workspace
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._root)
        started = self._clock()
        moment = datetime.fromtimestamp(started, UTC).strftime(_NAME_TIME)
        path = folder / f"{moment}-{os.urandom(4).hex()}{_LETTERS}"
        append(path, data, create=True)
        self._current[workspace] = _Current(path, started, len(data))

    def _workspaces(self) -> list[str]:
        try:
            return sorted(one.name for one in os.scandir(self._root) if one.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []

    def _files(self, workspace: str) -> list[Path]:
        """The workspace's files of letters, oldest first."""
        folder = self._root / workspace
        try:
            found = [path for path in folder.iterdir() if path.suffix == _LETTERS and _started(path)]
        except FileNotFoundError:
            return []
        return sorted(found)

    def _tidy(self, workspace: str) -> None:
        """Remove what a crash left: half of a rewriting, marks of letters that are gone. And forget files that are done."""
        folder = self._root / workspace
        for one in os.scandir(folder):
            path = Path(one.path)
            orphan = one.name.endswith(_MARKS) and not path.with_suffix(_LETTERS).exists()
            stale = one.name.startswith(".") and one.name.endswith(".tmp")
            with suppress(FileNotFoundError):
                if (orphan or stale) and time.time() - one.stat().st_mtime > _STALE_SECONDS:
                    path.unlink()
        current = self._current.get(workspace)
        if current is not None and self._clock() - current.started >= self._span:
            del self._current[workspace]

    def _remove(self, path: Path) -> int:
        """Remove a file of letters and its marks. Returns how many letters were still waiting."""
        waiting = sum(not kept.replayed for kept in _letters(path))
        ours = remove(path)
        remove(path.with_suffix(_MARKS))
        return waiting if ours else 0


def _letters(path: Path) -> Iterator[Kept]:
    marks: dict[str, tuple[int, Mark]] = {}
    for _, line in lines(path.with_suffix(_MARKS)):
        with suppress(ValueError):
            mark = Mark.of(line)
            marks[mark.id] = (marks.get(mark.id, (0, mark))[0] + 1, mark)
    name = str(path)
    for offset, line in lines(path):
        with suppress(ValueError):
            letter = Letter.of(line, body=False)
            tries, last = marks.get(letter.id, (0, None))
            yield Kept(letter, _Where(name, offset, len(line), letter.id), len(line), tries, last)


def _read(where: _Where) -> Letter | None:
    try:
        descriptor = os.open(where.path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        letter = Letter.of(os.pread(descriptor, where.length, where.offset))
    except ValueError:
        return None
    finally:
        os.close(descriptor)
    return letter if letter.id == where.id else None


def _id(line: bytes, parse: Callable[[bytes], Letter | Mark]) -> str:
    try:
        return parse(line).id
    except ValueError:
        return ""


def _size(path: Path) -> int:
    size = 0
    for one in (path, path.with_suffix(_MARKS)):
        with suppress(FileNotFoundError):
            size += one.stat().st_size
    return size


def _started(path: Path) -> float:
    """When a file was begun, as its name says; 0 for a file that is not of ours."""
    try:
        return datetime.strptime(path.name.partition("-")[0], _NAME_TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _may_hold(path: Path, selection: Selection) -> bool:
    """Whether a file may have letters of the selection's time. Letters wait in the queue before their file is begun, too."""
    started = datetime.fromtimestamp(_started(path), UTC)
    return selection.since is None or started + timedelta(seconds=2 * _SPAN_SECONDS) >= selection.since


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise _told(wrong) from wrong


def _told(wrong: OSError) -> SinkError:
    return SinkError((wrong.strerror or "the directory does not work").lower())
