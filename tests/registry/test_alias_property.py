"""Any sequence of activations, rollbacks and removals does what a plain stack does."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from transformer.errors import CallerError, Code
from transformer.registry import Store
from transformer.registry.names import Reference
from transformer.registry.records import VersionDraft

VERSIONS = st.integers(1, 4)
PERCENTS = st.sampled_from([1.0, 25.0, 100.0])


class AliasMachine(RuleBasedStateMachine):
    """The store on one side; on the other a stack of states and a list of what happened, newest first."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(f"sqlite:///{Path(self.folder.name)}/registry.db")
        self.store.migrate()
        self.store.create_transformation("default", "t", "")
        for number in range(1, 5):
            self.store.add_version("default", "t", VersionDraft("python", f"# {number}"))
        self.stacks = {"live": [], "canary": []}
        self.told = {"live": [], "canary": []}

    @rule(version=VERSIONS)
    def activate_live(self, version):
        self.activate("live", version, 0.0)

    @rule(version=VERSIONS, percent=PERCENTS)
    def activate_canary(self, version, percent):
        self.activate("canary", version, percent)

    def activate(self, alias, version, percent):
        before = self.store.generation()
        self.store.activate("default", "t", alias, version, percent)
        state = (version, percent)
        same = self.stacks[alias][-1:] == [state]
        assert self.store.generation() == before + (not same)
        if not same:
            self.stacks[alias].append(state)
            self.told[alias].insert(0, ("activate", *state))

    @rule(alias=st.sampled_from(["live", "canary"]))
    def roll_back(self, alias):
        stack = self.stacks[alias]
        if len(stack) > 1:
            self.store.rollback("default", "t", alias)
            stack.pop()
            self.told[alias].insert(0, ("rollback", *stack[-1]))
            return
        with pytest.raises(CallerError) as caught:
            self.store.rollback("default", "t", alias)
        assert caught.value.code == (Code.PRECONDITION if stack else Code.NOT_FOUND)

    @rule(alias=st.sampled_from(["live", "canary"]))
    def remove(self, alias):
        if self.stacks[alias]:
            self.store.delete_alias("default", "t", alias)
            self.stacks[alias].clear()
            self.told[alias].insert(0, ("delete", 0, 0.0))

    @invariant()
    def aliases_are_the_tops_of_the_stacks(self):
        found = {alias.id: (alias.version, alias.percent) for alias in self.store.list_aliases("default", "t").items}
        assert found == {alias: stack[-1] for alias, stack in self.stacks.items() if stack}
        live = self.stacks["live"]
        assert self.store.get_transformation("default", "t").live_version == (live[-1][0] if live else 0)

    @invariant()
    def history_tells_all_of_it(self):
        for alias, told in self.told.items():
            if told:
                history = self.store.list_alias_history("default", "t", alias).items
                assert [(change.action, change.version, change.percent) for change in history] == told[:50]

    @invariant()
    def route_is_what_the_tops_say(self):
        if self.stacks["live"]:
            route = self.store.route("default", Reference("t"))
            canary = self.stacks["canary"][-1] if self.stacks["canary"] else (0, 0.0)
            assert (route.version.number, route.canary.number if route.canary else 0, route.percent) == (
                self.stacks["live"][-1][0],
                *canary,
            )

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


TestAliasMachine = AliasMachine.TestCase
TestAliasMachine.settings = settings(max_examples=20, stateful_step_count=25)
