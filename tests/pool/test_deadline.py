"""When the host takes a worker's life: by its own clock, and never for time in which it did not look itself."""

import asyncio

import pytest

from transformer.pool.deadline import Deadline
from transformer.pool.ended import EVENT, TURN
from transformer.worker import progress


class Clock:
    """An event loop's time, that passes when it is told to."""

    def __init__(self):
        self.now, self.timer = 0.0, None

    def time(self):
        return self.now

    def call_later(self, seconds, look):
        self.timer = (self.now + seconds, look)
        return self

    def cancel(self):
        self.timer = None

    def run(self, seconds, standstill=0.0):
        """Pass the time, looking when it is time to; then let `standstill` pass in one piece."""
        end = self.now + seconds
        while self.timer and self.timer[0] <= end:
            (due, look), self.timer = self.timer, None
            self.now = max(self.now, due)  # a standstill may have made it late
            look()
        self.now = end + standstill


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    return made


@pytest.fixture
def watch(clock):
    """watch(event at work, event seconds, turn seconds) → the mark, and what the deadline said."""

    def make(at=0, event_seconds=0.8, turn_seconds=100.0, patient=(), spare=0.0):
        mark, said = memoryview(bytearray(progress.SIZE)).cast("I"), []
        mark[0] = at
        Deadline(mark, event_seconds, turn_seconds, said.append, patient, spare)
        return mark, said

    return make


def test_an_event_has_its_whole_time_and_two_looks_more_at_most(clock, watch):
    _, said = watch()
    clock.run(0.8)
    assert said == []
    clock.run(0.21)
    assert said == [EVENT]
    assert clock.timer is None


def test_code_that_its_engine_stops_in_time_is_left_to_it_at_first(clock, watch):
    mark, said = watch(patient=[1])
    mark[1] = 1
    clock.run(1.6)
    assert said == []
    clock.run(0.21)
    assert said == [EVENT]


def test_an_event_after_the_other_is_no_event_that_hangs(clock, watch):
    mark, said = watch()
    for number in range(20):
        mark[0] = number
        clock.run(0.7)
    assert said == []


def test_an_event_that_goes_on_after_a_host_call_has_its_time_anew(clock, watch):
    mark, said = watch()
    for _ in range(20):
        mark[2] += 1
        clock.run(0.7)
    assert said == []
    clock.run(0.4)
    assert said == [EVENT]


@pytest.mark.parametrize("at", [progress.IDLE, progress.BATCH, progress.TOGETHER, progress.WAITING])
def test_what_is_no_event_has_the_time_of_the_turn(clock, watch, at):
    _, said = watch(at, turn_seconds=5.0)
    clock.run(4.9)
    assert said == []
    clock.run(0.11)
    assert said == [TURN]


def test_time_in_which_the_host_stood_still_is_not_the_events(clock, watch):
    _, said = watch(turn_seconds=1000.0)
    for _ in range(2):
        clock.run(0.11, standstill=60.0)
    assert said == []
    clock.run(2.0)
    assert said == [EVENT]


def test_a_host_that_is_always_late_counts_two_looks_for_each(clock, watch):
    _, said = watch()
    looks = 0
    while not said:
        clock.run(0.1, standstill=1.0)
        looks += 1
    assert looks <= 10


def test_the_turn_keeps_to_the_clock(clock, watch):
    _, said = watch(turn_seconds=5.0)
    clock.run(0.1, standstill=60.0)
    clock.run(0.1)
    assert said == [TURN]


def test_a_turn_that_is_over_is_not_looked_at(clock):
    mark = memoryview(bytearray(progress.SIZE)).cast("I")
    Deadline(mark, 0.8, 5.0, pytest.fail).cancel()
    clock.run(10.0)


def test_a_turn_may_wait_for_longer_than_it_may_run(clock, watch):
    mark, said = watch(progress.WAITING, turn_seconds=10.0, spare=5.0)
    clock.run(7.0)
    mark[0] = progress.BATCH
    clock.run(7.0)
    assert said == []
    clock.run(2.0)
    assert said == [TURN]


def test_what_a_turn_may_wait_for_comes_to_an_end(clock, watch):
    _, said = watch(progress.WAITING, turn_seconds=10.0, spare=5.0)
    clock.run(14.5)
    assert said == []
    clock.run(1.0)
    assert said == [TURN]
