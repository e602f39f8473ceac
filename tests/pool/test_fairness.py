"""Turns are shared out by the time that they take, and a queue never grows into a wait. No processes: the books, under a clock of ours."""

import heapq
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transformer.errors import Code, PlatformError
from transformer.pool.fairness import Bounds, Turns


def bounds(**other):
    usual = {
        "turns": 2,
        "cores": 100,
        "workspace_turns": 2,
        "queue": 100,
        "workspace_queue": 50,
        "queue_seconds": 5.0,
        "target_seconds": 0.5,
    }
    return Bounds(**{**usual, **other})


class Load:
    """Callers that each send one batch after the other, of a length of their own, against real books and a clock that jumps."""

    def __init__(self, turns):
        self.turns = turns
        self.now = 0.0
        self.events = []
        self.order = itertools.count()
        self.waits, self.used, self.refused = {}, {}, {}

    def at(self, when, what):
        heapq.heappush(self.events, (when, next(self.order), what))

    def caller(self, workspace, seconds, pause=0.0):
        self.at(self.now, lambda: self.send(workspace, seconds, pause))

    def send(self, workspace, seconds, pause):
        came = self.now

        def begin(error=None):
            if error is not None:
                return self.refuse(workspace, seconds, pause, error)
            self.waits.setdefault(workspace, []).append(self.now - came)
            self.at(self.now + seconds, lambda: self.end(workspace, seconds, pause))
            return True

        if self.turns.enter(workspace):
            begin()
            return
        try:
            self.turns.wait(workspace, self.now, None, begin)
        except PlatformError as error:
            self.refuse(workspace, seconds, pause, error)

    def refuse(self, workspace, seconds, pause, error):
        assert error.code is Code.NO_CAPACITY
        self.refused[workspace] = self.refused.get(workspace, 0) + 1
        self.at(self.now + error.retry_after_seconds, lambda: self.send(workspace, seconds, pause))
        return True

    def end(self, workspace, seconds, pause):
        self.used[workspace] = self.used.get(workspace, 0.0) + seconds
        self.turns.leave(workspace, seconds, self.now)
        self.at(self.now + pause, lambda: self.send(workspace, seconds, pause))

    def run(self, until):
        while self.events and self.events[0][0] <= until:
            self.now, _, what = heapq.heappop(self.events)
            what()
        self.now = until


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def test_equal_workspaces_get_equal_time_however_slow_their_batches_are():
    load = Load(Turns(bounds(), {}))
    for _ in range(10):
        load.caller("slow", 0.5)
        load.caller("fast", 0.01)
    load.run(100)
    assert load.used["slow"] == pytest.approx(load.used["fast"], rel=0.05)


def test_time_follows_the_weights():
    load = Load(Turns(bounds(turns=4, workspace_turns=4), {"heavy": 3.0, "light": 0.5}))
    for workspace, seconds in (("heavy", 0.05), ("light", 0.1), ("usual", 0.02)):
        for _ in range(20):
            load.caller(workspace, seconds)
    load.run(200)
    assert load.used["heavy"] / load.used["usual"] == pytest.approx(3.0, rel=0.1)
    assert load.used["light"] / load.used["usual"] == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("turns", [2, 4])
def test_a_hundred_times_the_load_leaves_a_quiet_workspace_its_latency(turns):
    # Given a workspace whose batches take 20 ms, and one that sends a hundred at a time, each as long
    load = Load(Turns(bounds(turns=turns, workspace_turns=turns), {}))
    load.caller("quiet", 0.02, pause=0.03)
    for _ in range(100):
        load.caller("greedy", 0.02)
    load.run(100)
    # Then the wait is within the length of a batch: what it takes is at most twice what it took alone
    assert p99(load.waits["quiet"][5:]) <= 0.02
    assert "quiet" not in load.refused
    # And the other one is not kept from what is free
    assert load.used["greedy"] > 0.9 * (turns - 1) * 100


def test_slow_batches_of_one_workspace_do_not_take_every_turn():
    load = Load(Turns(bounds(turns=4, workspace_turns=4), {}))
    load.caller("quiet", 0.01, pause=0.1)
    for _ in range(50):
        load.caller("greedy", 5.0)
    load.run(200)
    assert p99(load.waits["quiet"][5:]) == 0.0


def test_beyond_the_cores_only_those_below_their_share_begin():
    # Given three cores, taken by two workspaces, and a third one that comes
    turns, began = Turns(bounds(turns=6, cores=3, workspace_turns=5), {}), []
    assert [turns.enter(workspace) for workspace in ("loud", "loud", "other", "quiet")] == [True] * 4
    # When one that has its share wants more, then it waits until there are fewer turns than cores
    assert not turns.enter("other")
    turns.wait("other", 0.0, None, lambda _: began.append("other") is None)
    turns.leave("loud", 0.1, 0.1)
    assert began == []
    turns.leave("quiet", 0.1, 0.1)
    assert began == ["other"]


def test_nobody_runs_on_the_last_core_where_several_are_active():
    turns = Turns(bounds(turns=4, cores=2, workspace_turns=3), {})
    # Given one alone, which may have what it is allowed
    assert [turns.enter("loud") for _ in range(4)] == [True, True, True, False]
    # When another one has come, then a core is left to it, also while it pauses
    assert turns.enter("quiet")
    for workspace in ("quiet", "loud", "loud"):
        turns.leave(workspace, 1.0, 1.0)
    assert not turns.enter("loud")
    turns.leave("loud", 1.0, 1.0)
    assert turns.enter("loud")
    # Until it has been away for long
    turns.sweep(100.0)
    assert turns.enter("loud")


def test_one_that_uses_little_runs_beside_itself_where_another_takes_what_it_gets():
    turns = Turns(bounds(turns=4, cores=2, workspace_turns=3), {})
    # Given one workspace that keeps a core busy, and one that came now and then
    assert turns.enter("loud")
    for second in (1.0, 2.0, 3.0):
        turns.leave("loud", 1.0, second)
        assert turns.enter("loud")
        assert turns.enter("quiet")
        turns.leave("quiet", 0.02, second + 0.1)
    # When two batches of that one come together, then neither waits; a third one does
    assert [turns.enter("quiet") for _ in range(3)] == [True, True, False]
    assert not turns.enter("loud")
    # And when it goes on like that, it is as any other
    turns.leave("quiet", 1.2, 4.0)
    assert not turns.enter("quiet")


def test_being_idle_saves_nothing_up():
    load = Load(Turns(bounds(), {}))
    for _ in range(4):
        load.caller("first", 0.1)
    load.run(100)
    late = load.used["first"]
    for _ in range(4):
        load.caller("second", 0.1)
    load.run(110)
    assert load.used["second"] == pytest.approx(load.used["first"] - late, rel=0.1)


def test_being_away_for_a_moment_saves_nothing_up():
    turns, began = Turns(bounds(turns=1), {}), []
    for workspace in "ab":
        assert turns.enter(workspace)
        turns.leave(workspace, 0.1, 0.1)
    # Given one that works on for a while, and one that was away
    for n in range(8):
        assert turns.enter("a")
        turns.leave("a", 0.1, 0.1 * n)
    assert turns.enter("a")
    for workspace in "bbbbaaaa":
        assert not turns.enter(workspace)
        turns.wait(workspace, 1.0, None, lambda _, workspace=workspace: began.append(workspace) is None)
    # Then they take turns from now on
    turns.leave("a", 0.1, 1.0)
    while turns.running:
        turns.leave(began[-1], 0.1, 1.0)
    assert "a" in began[:3]


def test_a_standing_queue_is_kept_short_and_a_burst_is_not_refused():
    # Given forty callers at once, and room for them
    load = Load(Turns(bounds(turns=1, workspace_turns=1), {}))
    for _ in range(40):
        load.caller("busy", 0.05)
    load.run(0.9)
    assert load.refused == {}
    # When they do not stop
    load.run(60)
    # Then waits are what a queue of half a second gives, not what all of them would, and the worker has no pause
    late = load.waits["busy"][-200:]
    assert sum(late) / len(late) < 0.7
    assert load.used["busy"] > 0.98 * 60


def test_a_batch_that_would_wait_past_its_deadline_is_refused_at_once():
    turns, told = Turns(bounds(turns=1), {}), []
    assert turns.enter("w")
    turns.leave("w", 1.0, 1.0)
    assert turns.enter("w")
    assert not turns.enter("w")
    turns.wait("w", 1.0, 10.0, told.append)
    with pytest.raises(PlatformError) as refused:
        turns.wait("w", 1.0, 1.5, told.append)
    assert refused.value.message == "the batch would wait past its deadline; send the batch again later"
    assert refused.value.retry_after_seconds >= 1.0
    assert turns.waiting == 1


def test_refusals_name_one_time_after_the_other():
    turns = Turns(bounds(turns=1, workspace_queue=0), {})
    assert turns.enter("w")
    turns.leave("w", 0.2, 0.2)
    assert turns.enter("w")
    delays = []
    for _ in range(3):
        with pytest.raises(PlatformError) as refused:
            turns.wait("w", 0.2, None, lambda _: True)
        delays.append(round(refused.value.retry_after_seconds, 3))
    assert delays == [0.2, 0.4, 0.6]


def test_a_full_queue_takes_the_place_of_whoever_has_most_in_it():
    # Given a queue that is full of one workspace
    turns, told = Turns(bounds(turns=1, queue=3), {}), {}
    assert turns.enter("greedy")
    for n in range(3):
        turns.wait("greedy", float(n), None, lambda error, n=n: told.setdefault(n, error) is None)
    # When another one comes, then it gets the place of the newest
    assert not turns.enter("other")
    turns.wait("other", 3.0, None, lambda error: told.setdefault("other", error) is None)
    assert {n: error.code for n, error in told.items()} == {2: Code.NO_CAPACITY}
    assert turns.waiting == 3
    # When the first one comes again, then it is refused itself
    with pytest.raises(PlatformError) as refused:
        turns.wait("greedy", 4.0, None, lambda _: True)
    assert refused.value.message == "3 batches are waiting for a worker already; send the batch again later"


def test_what_would_be_refused_is_known_before_there_is_a_batch():
    turns = Turns(bounds(turns=1, workspace_queue=2), {})
    assert turns.turn_away("w", 0.0, None) is None
    assert turns.enter("w")
    for _ in range(2):
        assert turns.turn_away("w", 0.0, None) is None
        turns.wait("w", 0.0, None, lambda _: True)
    told = turns.turn_away("w", 0.0, None)
    assert told.code is Code.NO_CAPACITY
    assert told.message == "2 batches of the workspace are waiting for a worker already; send the batch again later"
    # Each names a later time than the one before it
    assert turns.turn_away("w", 0.0, None).retry_after_seconds > told.retry_after_seconds > 0
    assert turns.turn_away("other", 0.0, None) is None
    turns.leave("w", 0.1, 0.1)
    assert turns.turn_away("w", 0.1, 60.0) is None


def test_a_turn_that_nobody_takes_goes_to_the_next():
    turns, told = Turns(bounds(turns=1), {}), []
    assert turns.enter("w")
    turns.wait("w", 0.0, None, lambda _: False)
    turns.wait("w", 0.0, None, lambda error: told.append(error) is None)
    turns.leave("w", 0.1, 0.1)
    assert (told, turns.running, turns.waiting) == ([None], 1, 0)


def test_what_was_not_seen_for_a_while_is_forgotten():
    turns = Turns(bounds(turns=2), {})
    assert turns.enter("a")
    turns.leave("a", 0.1, 1.0)
    assert turns.enter("b")
    assert not turns.enter("b"), "the last turn is kept for the others"
    turns.sweep(60.0)
    assert turns.enter("b")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.01, 1.0)), min_size=2, max_size=12, unique_by=lambda one: one[0]))
@example([("b", 1.0), ("a", 0.3515625), ("c", 0.99609375)])
def test_nobody_who_always_wants_more_gets_less_than_its_share(callers):
    load = Load(Turns(bounds(turns=1, workspace_turns=1), {}))
    for workspace, seconds in callers:
        for _ in range(3):
            load.caller(workspace, seconds)
    load.run(40)
    share = 40 / len(callers)
    assert all(load.used[workspace] >= share - 3 for workspace, _ in callers)
