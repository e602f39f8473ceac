"""Who uses much gives way while somebody who uses little is there, and is always given its place back."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from transformer.pool import scheduling
from transformer.pool.precedence import Precedence
from transformer.pool.scheduling import Attributes

USUAL = Attributes(policy=0, flags=0, nice=5, priority=0, runtime=100_000, deadline=0, period=0)
IDLE = 5


class System:
    """Linux, as far as it matters: attributes of processes, and what they used of a processor."""

    def __init__(self, *, raises=True):
        self.now = {}
        self.used = Counter()
        self.waiting = set()
        self.raises = raises

    def read(self, pid):
        return self.now.get(pid)

    def write(self, pid, attributes):
        assert pid in self.now, "another process's pid"
        old = self.now[pid]
        raised = attributes.nice < old.nice or (old.policy == IDLE and attributes.policy != IDLE)
        if raised and not self.raises:
            return False
        self.now[pid] = attributes
        return True

    def cpu_seconds(self, pid):
        return self.used[pid]

    def runnable(self, pid):
        return pid not in self.waiting


class Worker:
    def __init__(self, workspace, pid):
        self.workspace = workspace
        self.system_pid = pid
        self.over = False


class Scene:
    """Precedence with everything about it made up: workspaces are loud by name, and time passes when told."""

    def __init__(self, *, raises=True):
        self.system = System(raises=raises)
        self.loud = {"loud"}
        self.turns = SimpleNamespace(shared=True, gives_way=lambda workspace: workspace in self.loud)
        self.due = None
        self.precedence = Precedence(self.turns, self.system, self.later)
        self.time = 100.0
        self.pids = 0

    def later(self, seconds, _):
        self.due = self.time + seconds
        return SimpleNamespace(cancel=self.no_more)

    def no_more(self):
        self.due = None

    def pass_time(self, seconds, *, working=()):
        end = self.time + seconds
        while self.due is not None and self.due <= end:
            for worker in working:
                self.system.used[worker.system_pid] += self.due - self.time
            self.time, self.due = self.due, None
            self.precedence.look(self.time)
        self.time = end

    def begin(self, workspace, pid=None):
        self.pids += 1
        worker = Worker(workspace, self.pids if pid is None else pid)
        if worker.system_pid:
            self.system.now[worker.system_pid] = USUAL
        self.precedence.began(worker, self.time)
        return worker

    def policy(self, worker):
        return self.system.now[worker.system_pid].policy


def test_who_uses_much_gives_way_while_somebody_else_is_there_and_a_little_longer():
    scene = Scene()
    loud = scene.begin("loud")
    assert scene.policy(loud) == 0, "nobody else is there"
    quiet = scene.begin("quiet")
    second = scene.begin("loud")
    assert [scene.policy(one) for one in (loud, quiet, second)] == [IDLE, 0, IDLE]
    assert scene.precedence.lowered == 2
    assert scene.precedence.ended(quiet)
    scene.pass_time(0.5, working=[loud, second])
    assert scene.policy(loud) == IDLE, "the next one is to find the processors free"
    assert scene.precedence.ended(second)
    assert scene.system.now[second.system_pid] == USUAL
    scene.pass_time(1.0, working=[loud])
    assert (scene.system.now[loud.system_pid], scene.precedence.lowered, scene.due) == (USUAL, 0, None)


def test_who_became_loud_in_its_turn_gives_way_and_who_became_quiet_no_longer_does():
    scene = Scene()
    scene.loud.clear()
    one = scene.begin("one")
    scene.begin("quiet")
    scene.loud.add("one")
    scene.pass_time(0.2, working=[one])
    assert scene.policy(one) == IDLE
    scene.loud.clear()
    scene.pass_time(0.2, working=[one])
    assert scene.system.now[one.system_pid] == USUAL


def test_alone_nobody_gives_way():
    scene = Scene()
    scene.turns.shared = False
    scene.begin("loud")
    scene.begin("quiet")
    assert (scene.precedence.lowered, scene.due) == (0, None)


def test_who_gets_next_to_nothing_has_its_place_back_for_a_while():
    scene = Scene()
    loud = scene.begin("loud")
    scene.begin("quiet")
    scene.pass_time(0.2)
    assert scene.policy(loud) == IDLE
    scene.pass_time(0.2)
    assert scene.system.now[loud.system_pid] == USUAL
    scene.begin("quiet")
    second = scene.begin("loud")
    assert scene.policy(second) == 0, "the machine has no time to spare for anybody"
    for _ in range(5):
        scene.begin("quiet")
        scene.pass_time(0.5, working=[loud, second])
    assert (scene.policy(loud), scene.policy(second)) == (IDLE, IDLE)


def test_who_waits_for_something_else_is_not_starved():
    scene = Scene()
    loud = scene.begin("loud")
    scene.system.waiting.add(loud.system_pid)
    scene.begin("quiet")
    scene.pass_time(0.9)
    assert scene.policy(loud) == IDLE


def test_where_the_system_gives_nothing_back_nothing_is_taken():
    scene = Scene(raises=False)
    loud = scene.begin("loud")
    scene.begin("quiet")
    second = scene.begin("loud")
    assert scene.precedence.lowered == 0
    assert (scene.policy(loud), scene.system.now[second.system_pid]) == (0, USUAL), "one was tried, and no more than that"
    assert scene.precedence.ended(loud)


def test_a_worker_whose_place_is_lost_is_of_no_use():
    scene = Scene()
    loud = scene.begin("loud")
    scene.begin("quiet")
    scene.system.raises = False
    assert not scene.precedence.ended(loud)


@pytest.mark.parametrize("pid", [0, None])
def test_a_worker_that_cannot_be_found_stays_as_it_is(pid):
    scene = Scene()
    loud = scene.begin("loud", pid=0)
    loud.system_pid = pid
    scene.begin("quiet")
    scene.pass_time(0.5)
    assert scene.precedence.lowered == 0
    assert scene.precedence.ended(loud)


class Books(RuleBasedStateMachine):
    """Whatever happens in whatever order: nobody keeps a place that is not its own, and no other process is touched."""

    def __init__(self):
        super().__init__()
        self.scene = Scene()
        self.running = []

    @rule(workspace=st.sampled_from(["loud", "quiet", "other"]))
    def begin(self, workspace):
        self.running.append(self.scene.begin(workspace))

    @rule(data=st.data(), killed=st.booleans())
    def end(self, data, killed):
        if not self.running:
            return
        worker = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
        if killed:
            worker.over = True
            del self.scene.system.now[worker.system_pid]
        assert self.scene.precedence.ended(worker)
        if not killed:
            assert self.scene.system.now[worker.system_pid] == USUAL

    @rule(data=st.data(), seconds=st.floats(0.01, 1.0))
    def time_passes(self, data, seconds):
        working = [worker for worker in self.running if data.draw(st.booleans())]
        self.scene.pass_time(seconds, working=working)

    @rule(shared=st.booleans(), loud=st.sets(st.sampled_from(["loud", "quiet", "other"])))
    def change(self, shared, loud):
        self.scene.turns.shared = shared
        self.scene.loud = loud

    @invariant()
    def what_is_counted_is_so(self):
        policies = [self.scene.policy(worker) for worker in self.running]
        assert self.scene.precedence.lowered == policies.count(IDLE)
        assert not policies.count(IDLE) or self.scene.due is not None, "somebody looks after them"


TestBooks = Books.TestCase


SPIN = "def transformEvent(event, metadata):\n    for n in range(event['n']):\n        pass\n    return event\n"
RAISES = """
import os
from transformer.pool import scheduling
os.nice(5)
own = scheduling.read(0)
done = own is not None and scheduling.write(0, own._replace(policy=os.SCHED_IDLE, runtime=0)) and scheduling.write(0, own)
raise SystemExit(0 if done else 1)
"""


@pytest.mark.need("linux")
async def test_a_real_worker_gives_way_where_the_system_permits_it(make_pool, run, until):
    pool = await make_pool(workers=4, event_seconds=60, turn_seconds=60)
    stop = asyncio.Event()

    async def keep_on(workspace, n, pause):
        while not stop.is_set():
            assert (await run(pool, SPIN, [{"n": n}], workspace=workspace)).closed
            await asyncio.sleep(pause)  # without any the quiet one would use as much as the loud one

    tasks = [asyncio.create_task(keep_on("loud", 5_000_000, 0.0)), asyncio.create_task(keep_on("quiet", 1, 0.05))]
    # A user who is not root may be permitted it, too, by a limit; then it is only looked whether anything breaks.
    if os.geteuid() == 0 and (await asyncio.to_thread(subprocess.run, [sys.executable, "-c", RAISES])).returncode == 0:
        await until(lambda: pool.stats()["giving_way"] == 1)
    stop.set()
    await asyncio.gather(*tasks)
    assert pool.stats()["giving_way"] == 0


@pytest.mark.need("linux")
def test_the_system_tells_of_a_process_what_is_needed():
    own = scheduling.read(os.getpid())
    assert own is None or own.nice == os.nice(0)
    assert scheduling.cpu_seconds(os.getpid()) > 0
    assert scheduling.runnable(os.getpid())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert scheduling.cpu_seconds(gone.pid) is None
    assert not scheduling.runnable(gone.pid)
    assert scheduling.read(gone.pid) is None
    assert scheduling.system_pid(gone.pid, 1) is None
