"""Whatever happens in whatever order to the turns, the books hold."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.pool.test_fairness import bounds
from transformer.errors import Code, PlatformError
from transformer.pool.fairness import Turns


class Books(RuleBasedStateMachine):
    """Whatever happens in whatever order, the books hold."""

    tickets = Bundle("tickets")
    workspaces = st.sampled_from("abcd")

    def __init__(self):
        super().__init__()
        self.bounds = bounds(turns=4, cores=2, workspace_turns=3, queue=6, workspace_queue=3, queue_seconds=1.0)
        self.turns = Turns(self.bounds, {"a": 2.0, "b": 0.25})
        self.now = 0.0
        self.running = []  # workspaces
        self.waiting = {}  # ticket number: workspace
        self.told = {}

    @rule(seconds=st.floats(0.001, 2.0))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(target=tickets, workspace=workspaces, left=st.none() | st.floats(0.01, 5.0), gone=st.booleans())
    def come(self, workspace, left, gone):
        if self.turns.enter(workspace):
            self.running.append(workspace)
            return None
        number = len(self.told)

        def tell(error):
            assert self.told[number] is None, "told twice"
            self.told[number] = "refused" if error else "gone" if gone else "begun"
            del self.waiting[number]
            if error is None and not gone:
                self.running.append(workspace)
            return not gone

        crowded = self.turns.crowded(workspace)
        early = self.turns.turn_away(workspace, self.now, left)
        ticket = refused = None
        try:
            ticket = self.turns.wait(workspace, self.now, left, tell)
        except PlatformError as error:
            refused = error
        assert str(early) == str(refused) or not crowded, "what is known before is what happens"
        if refused is not None:
            return self.note_refusal(refused)
        self.told[number] = None
        self.waiting[number] = workspace
        return number, ticket

    def note_refusal(self, refused):
        assert refused.code is Code.NO_CAPACITY
        assert 0 < refused.retry_after_seconds <= 30

    @rule(come=consumes(tickets))
    def lose_patience(self, come):
        if come is not None:
            number, ticket = come
            assert self.turns.withdraw(ticket, self.now) == (self.told[number] is None)
            if self.waiting.pop(number, None):
                self.told[number] = "withdrawn"

    @rule(data=st.data(), seconds=st.floats(0.0, 3.0))
    def finish(self, data, seconds):
        if self.running:
            workspace = self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))
            self.turns.leave(workspace, seconds, self.now)

    @rule()
    def sweep(self):
        self.turns.sweep(self.now)

    @invariant()
    def counts_agree(self):
        assert self.turns.running == len(self.running)
        assert self.turns.waiting == len(self.waiting)

    @invariant()
    def bounds_hold(self):
        assert self.turns.running <= self.bounds.turns
        assert self.turns.waiting <= self.bounds.queue
        for workspace in "abcd":
            assert self.turns.count(workspace) == self.running.count(workspace) <= self.bounds.workspace_turns
            assert list(self.waiting.values()).count(workspace) <= self.bounds.workspace_queue

    @invariant()
    def nothing_waits_that_could_run(self):
        if self.turns.running < self.bounds.turns:
            weights = {"a": 2.0, "b": 0.25, "c": 1.0, "d": 1.0}
            most = 3 if len(self.turns._shares) < 2 else self.bounds.cores - 1
            active = sum(weights[workspace] for workspace in {*self.running, *self.waiting.values()})
            for workspace in self.waiting.values():
                own = self.running.count(workspace)
                fair = self.bounds.cores * weights[workspace] / active
                assert own >= most or (self.turns.running >= self.bounds.cores and own >= fair)


class RestingBooks(Books):
    """The same, where turns wait for their host in between."""

    def __init__(self):
        super().__init__()
        self.bounds = replace(self.bounds, resting=2)
        self.turns = Turns(self.bounds, {"a": 2.0, "b": 0.25})
        self.resting = []

    @rule(data=st.data())
    def rest(self, data):
        if self.running:
            workspace = data.draw(st.sampled_from(self.running))
            # Whoever waits may have the place at once, and is told so before we know: the book first.
            self.running.remove(workspace)
            if self.turns.rest(workspace, self.now):
                self.resting.append(workspace)
            else:
                assert len(self.resting) == self.bounds.resting
                self.running.append(workspace)

    @rule(data=st.data())
    def resume(self, data):
        if self.resting:
            workspace = self.resting.pop(data.draw(st.integers(0, len(self.resting) - 1)))
            self.turns.resume(workspace)
            self.running.append(workspace)

    @invariant()
    def bounds_hold(self):
        assert self.turns.resting == len(self.resting) <= self.bounds.resting
        assert len(self.running) + len(self.resting) <= self.bounds.turns + self.bounds.resting
        for workspace in "abcd":
            assert (self.running + self.resting).count(workspace) <= self.bounds.workspace_turns

    @invariant()
    def nothing_waits_that_could_run(self):
        if self.turns.running < self.bounds.turns:
            for workspace in self.waiting.values():
                one = self.turns._shares[workspace]
                full = (self.running + self.resting).count(workspace) >= self.bounds.workspace_turns
                busy = self.turns.running >= self.bounds.cores and not self.turns._below_share(one)
                assert full or busy or self.turns.count(workspace) >= self.turns._cap_of(one)


TestBooks = Books.TestCase
TestRestingBooks = RestingBooks.TestCase
