"""The writer: the data path is never held up, whatever the sink does, and what is not kept is counted and told."""

import threading
import time
from collections import Counter

import pytest

from tests.deadletters.letters import make_letter
from transformer.deadletters import Selection, SinkError, Stats, Swept, Writer, open_sink
from transformer.deadletters.directory import Directory

EVERYTHING = Selection(state="all")


class Failed:
    """A batch of failed events."""

    def __init__(self, *payloads, workspace="w", size=None, raises_at=None):
        self.workspace = workspace
        self.payloads = payloads
        self.sizes = [size or len(payload) for payload in payloads]
        self.raises_at = raises_at

    def letters(self, count):
        for n, payload in enumerate(self.payloads[:count]):
            if n == self.raises_at:
                raise KeyError(payload)
            yield make_letter(payload, workspace=self.workspace)


class Log:
    def __init__(self):
        self.lines = []

    def info(self, event, **facts):
        self.lines.append((event, facts))

    warning = info

    def said(self):
        return Counter(event for event, _ in self.lines)


class Unsteady(Directory):
    """A directory that does not work while `broken` says why, and waits for `gate`."""

    broken = ""
    asked = 0

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()

    def keep(self, workspace, letters):
        self.asked += 1
        self.reached.set()
        assert self.gate.wait(30)
        if self.broken:
            raise SinkError(self.broken)
        return super().keep(workspace, letters)


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def sink(tmp_path, bounds):
    return Unsteady(tmp_path / "letters", bounds())


@pytest.fixture
def start(sink, log):
    started = []

    def make(queue=1000, total_bytes=2**30, sink=sink):
        writer = Writer(sink, log, queue=queue, total_bytes=total_bytes)
        started.append(writer)
        writer.start()
        return writer

    yield make
    sink.gate.set()
    for writer in started:
        writer.close(5)


def payloads(sink):
    kept = list(sink.find(EVERYTHING))
    return [letter.payload for letter in sink.read([one.where for one in kept])]


async def test_what_is_offered_is_kept_in_order(start, sink, until):
    writer = start()
    for n in range(20):
        writer.offer(Failed(*[b"%d" % (n * 10 + i) for i in range(10)]))
    await until(lambda: writer.stats() == Stats(kept=200))
    assert payloads(sink) == [b"%d" % n for n in range(200)]
    assert sink.asked < 20  # together, not one by one


def test_what_waits_at_the_end_is_kept(start, sink, log):
    writer = start()
    writer.offer(Failed(b"last"))
    writer.close(10)
    assert (payloads(sink), writer.stats(), log.lines) == ([b"last"], Stats(kept=1), [])
    writer.offer(Failed(b"too late"))
    assert writer.stats() == Stats(kept=1, dropped=1)


async def test_a_sink_that_hangs_holds_up_nobody_and_what_has_no_room_is_counted(start, sink, log, until):
    writer = start(queue=100)
    sink.gate.clear()
    writer.offer(Failed(b"a"))
    assert sink.reached.wait(10)
    for _ in range(10):
        writer.offer(Failed(*[b"b"] * 30, workspace="greedy"))
    writer.offer(Failed(*[b"c"] * 40, workspace="modest"))
    # half of the queue is the most that one workspace gets
    assert writer.stats() == Stats(waiting=1 + 50 + 40, dropped=250)
    writer.offer(Failed(*[b"d"] * 40, workspace="late"))
    assert writer.stats() == Stats(waiting=100, dropped=281)
    sink.gate.set()
    await until(lambda: writer.stats() == Stats(kept=100, dropped=281))
    assert Counter(payloads(sink)) == {b"a": 1, b"b": 50, b"c": 40, b"d": 9}
    await until(lambda: log.lines == [("dead letters dropped", {"count": 281})])
    writer.offer(Failed(*[b"e"] * 50, workspace="greedy"))
    await until(lambda: writer.stats() == Stats(kept=150, dropped=281))


def test_the_queue_is_bounded_in_bytes_too(start, sink):
    writer = start()
    sink.gate.clear()
    for workspace in ("a", "b", "c"):
        writer.offer(Failed(*[b"x"] * 40, workspace=workspace, size=2**20))
    assert writer.stats() == Stats(waiting=64, dropped=56)


async def test_letters_wait_for_a_sink_that_comes_back(start, sink, log, until):
    writer = start()
    sink.broken = "no space left on device"
    writer.offer(Failed(b"1"))
    writer.offer(Failed(b"2", workspace="other"))
    await until(lambda: not writer.stats().working)
    writer.offer(Failed(b"3"))
    await until(lambda: sink.asked >= 4)
    assert (writer.stats().waiting, writer.stats().kept) == (3, 0)
    sink.broken = ""
    await until(lambda: writer.stats() == Stats(kept=3))
    assert sorted(payloads(sink)) == [b"1", b"2", b"3"]
    assert log.said() == {"dead letters cannot be kept": 1, "dead letters are kept again": 1}
    assert log.lines[0][1]["reason"] == "no space left on device"


async def test_one_workspace_that_cannot_be_kept_keeps_no_other_waiting(start, sink, tmp_path, until):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "w").write_text("in the way")
    writer = start()
    for workspace in ("w", "x", "y", "z"):
        writer.offer(Failed(b"1", workspace=workspace))
    await until(lambda: writer.stats() == Stats(kept=3, waiting=1, working=False))


def test_what_cannot_be_kept_at_the_end_is_counted_and_told(start, sink, log):
    writer = start()
    sink.broken = "gone"
    writer.offer(Failed(b"1", b"2"))
    writer.close(10)
    assert writer.stats() == Stats(dropped=2, working=False)
    assert log.lines[-1] == ("dead letters lost at the end", {"count": 2})


def test_the_end_does_not_wait_for_a_sink_that_hangs(start, sink, log):
    writer = start()
    sink.gate.clear()
    writer.offer(Failed(b"1"))
    assert sink.reached.wait(10)
    writer.close(0.05)
    assert writer.stats().dropped == 1
    assert log.lines == [("dead letters lost at the end", {"count": 1})]


async def test_an_event_that_no_letter_can_be_made_of_costs_only_those_behind_it_in_its_batch(start, sink, log, until):
    writer = start()
    writer.offer(Failed(b"1", b"2", b"3", raises_at=1))
    writer.offer(Failed(b"4"))
    await until(lambda: writer.stats() == Stats(kept=2, dropped=2))
    assert payloads(sink) == [b"1", b"4"]
    assert log.lines[0] == ("dead letters cannot be written down", {"fault": "KeyError", "count": 2})


async def test_a_fault_of_the_sink_does_not_end_the_thread(start, sink, log, until, monkeypatch):
    writer = start()
    monkeypatch.setattr(sink, "sweep", lambda: 1 / 0)
    keeps = sink.keep
    monkeypatch.setattr(sink, "keep", lambda *_: {}["event data"])
    writer.offer(Failed(b"1"))
    await until(lambda: not writer.stats().working)
    assert log.lines[0][1]["reason"] == "KeyError"
    monkeypatch.setattr(sink, "keep", keeps)
    await until(lambda: writer.stats() == Stats(kept=1))


async def test_room_is_made_while_letters_come(settings, start, log, until):
    sink = open_sink(settings(dead_letters_bytes=2**16, dead_letters_file_bytes=4096))
    writer = start(total_bytes=2**16, sink=sink)
    end = time.monotonic() + 10
    while not writer.stats().evicted and time.monotonic() < end:
        writer.offer(Failed(*[b"x" * 1000] * 20))
        await until(lambda: not writer.stats().waiting)
    assert writer.stats().evicted > 0
    # Letters are on the disk, or gone from it, a moment before they are counted.
    await until(lambda: writer.stats().kept - writer.stats().evicted == len(list(sink.find(EVERYTHING))))
    await until(lambda: "dead letters removed to make room" in log.said())


async def test_what_is_too_old_goes_even_if_nothing_comes(sink, start, log, until, monkeypatch):
    monkeypatch.setattr(sink, "sweep", lambda: Swept(expired=3))
    writer = start()
    await until(lambda: writer.stats() == Stats(expired=3))
    assert log.lines == [("dead letters removed for their age", {"count": 3})]


async def test_what_the_sink_refuses_for_good_is_counted_and_not_tried_again(start, sink, until, monkeypatch):
    monkeypatch.setattr(sink, "keep", lambda _workspace, letters: len(letters))
    writer = start()
    writer.offer(Failed(b"1", b"2"))
    await until(lambda: writer.stats() == Stats(dropped=2))


def test_who_is_in_a_hurry_ends_the_waiting_of_who_is_not(start, sink):
    writer = start()
    sink.gate.clear()
    writer.offer(Failed(b"1"))
    assert sink.reached.wait(10)
    patient = threading.Thread(target=writer.close, args=(60,))
    patient.start()
    while not writer._closing:
        time.sleep(0.001)
    writer.close()
    patient.join(10)
    assert not patient.is_alive()


async def test_a_log_that_nobody_reads_costs_no_letter(sink, start, log, until, monkeypatch):
    def broken(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr(log, "warning", broken)
    writer = start()
    sink.broken = "gone"
    writer.offer(Failed(b"1"))
    await until(lambda: not writer.stats().working)
    sink.broken = ""
    await until(lambda: writer.stats() == Stats(kept=1))


async def test_the_thread_rests_longer_than_it_works(start, until):
    class Slow(Failed):
        def letters(self, count):
            time.sleep(0.1)
            return super().letters(count)

    writer = start()
    writer.offer(Slow(b"1"))
    await until(lambda: writer.stats().kept == 1)
    began = time.monotonic()
    writer.offer(Failed(b"2"))
    await until(lambda: writer.stats().kept == 2)
    assert time.monotonic() - began >= 0.2
