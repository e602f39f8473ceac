"""Aliases: activation, canaries, rollback and history, on both databases."""

import math

import pytest

from transformer.errors import CallerError, Code
from transformer.registry.records import Call

NAME = "workspaces/default/transformations/clean/aliases/"


@pytest.fixture
def store(store, draft):
    for number in (1, 2, 3, 4):
        store.add_version("default", "clean", draft(number))
    return store


@pytest.fixture
def activate(store):
    def activate(version, percent=0.0, alias="live", **keywords):
        return store.activate("default", "clean", alias, version, percent, **keywords)

    return activate


@pytest.fixture
def rollback(store):
    def rollback(alias="live", **keywords):
        return store.rollback("default", "clean", alias, **keywords)

    return rollback


@pytest.fixture
def history(store):
    def history(alias="live"):
        found = store.list_alias_history("default", "clean", alias).items
        return [(change.action, change.version, change.percent) for change in found]

    return history


def refused(action, *arguments, **keywords) -> CallerError:
    with pytest.raises(CallerError) as caught:
        action(*arguments, **keywords)
    return caught.value


class TestActivation:
    def test_first_activation_makes_the_alias(self, store, activate):
        made = activate(2, call=Call("ada"))
        assert (made.id, made.version, made.percent, made.actor, made.name) == ("live", 2, 0.0, "ada", f"{NAME}live")
        assert store.get_alias("default", "clean", "live") == made
        assert store.get_transformation("default", "clean").live_version == 2

    def test_later_one_moves_it_and_changes_both_etags(self, store, activate):
        first, before = activate(1), store.get_transformation("default", "clean")
        second = activate(2, etag=first.etag)
        assert second.version == 2
        assert second.etag != first.etag
        assert store.get_transformation("default", "clean").etag != before.etag

    def test_any_name_may_be_an_alias(self, store, activate):
        activate(1, alias="stable")
        activate(2, alias="beta")
        assert [(alias.id, alias.version) for alias in store.list_aliases("default", "clean").items] == [
            ("beta", 2),
            ("stable", 1),
        ]
        assert store.get_transformation("default", "clean").live_version == 0

    def test_missing_version_is_not_found(self, store, activate):
        generation = store.generation()
        wrong = refused(activate, 5)
        assert (wrong.code, wrong.resource) == (Code.NOT_FOUND, "workspaces/default/transformations/clean/versions/5")
        assert wrong.message.endswith("versions/5 does not exist; its versions are 1 to 4")
        assert store.generation() == generation

    @pytest.mark.parametrize("version", [0, -1])
    def test_number_that_is_none_is_refused(self, activate, version):
        wrong = refused(activate, version)
        assert (wrong.code, wrong.message) == (Code.BAD_REQUEST, f"version: {version} is no version; versions count from 1")

    def test_where_it_points_already_nothing_changes(self, store, activate, history):
        first = activate(1)
        generation = store.generation()
        assert activate(1, call=Call("bob")) == first
        assert store.generation() == generation
        assert history() == [("activate", 1, 0.0)]

    def test_stale_etag_is_refused(self, store, activate):
        old = activate(1).etag
        activate(2)
        wrong = refused(activate, 3, etag=old)
        assert wrong.code == Code.STALE_ETAG
        assert wrong.message == f"{NAME}live has changed since that etag was read; read it again and decide anew"
        assert store.get_alias("default", "clean", "live").version == 2

    def test_etag_for_an_alias_that_is_not_there_is_stale(self, activate):
        assert refused(activate, 3, etag="anything").code == Code.STALE_ETAG

    @pytest.mark.parametrize("alias", ["", "Live", "-x", "a b", "x" * 64, "a\0b"])
    def test_name_that_is_no_id_is_refused(self, activate, alias):
        assert refused(activate, 1, alias=alias).code == Code.BAD_REQUEST


class TestCanary:
    @pytest.mark.parametrize("percent", [0.001, 5, 100])
    def test_canary_takes_a_share(self, store, activate, percent):
        assert activate(1, percent, alias="canary").percent == percent
        assert store.get_alias("default", "clean", "canary").percent == percent

    @pytest.mark.parametrize("percent", [0, -1, 100.5, math.nan, math.inf, -math.inf])
    def test_share_that_is_none_is_refused(self, activate, percent):
        wrong = refused(activate, 1, percent, alias="canary")
        assert wrong.code == Code.BAD_REQUEST
        assert wrong.message == f"percent: {percent:g} is not the share of a canary; more than 0, at most 100"

    @pytest.mark.parametrize("percent", [1, -1, math.nan])
    def test_other_aliases_take_all(self, activate, percent):
        wrong = refused(activate, 1, percent, alias="live")
        assert wrong.message == "percent: must be 0: only the alias canary takes a share, live takes all"

    def test_growing_canary_rolls_back_to_its_smaller_share(self, activate, rollback):
        activate(2, 5, alias="canary")
        activate(2, 50, alias="canary")
        back = rollback("canary")
        assert (back.version, back.percent) == (2, 5)


class TestRollback:
    def test_it_goes_to_what_was_before(self, activate, rollback, history):
        activate(1)
        activate(3)
        assert rollback(call=Call("eve")).version == 1
        assert history() == [("rollback", 1, 0.0), ("activate", 3, 0.0), ("activate", 1, 0.0)]

    def test_again_it_goes_further_back_not_forth(self, activate, rollback):
        for version in (1, 2, 3):
            activate(version)
        assert [rollback().version, rollback().version] == [2, 1]
        wrong = refused(rollback)
        assert wrong.code == Code.PRECONDITION
        assert wrong.message == f"{NAME}live points at version 1 and at none before it; activate a version instead"

    def test_activation_after_a_rollback_can_be_rolled_back_to_it(self, activate, rollback):
        for version in (1, 2):
            activate(version)
        rollback()
        activate(4)
        assert rollback().version == 1
        assert refused(rollback).code == Code.PRECONDITION

    def test_first_activation_has_nothing_before_it(self, activate, rollback):
        activate(1)
        assert refused(rollback).code == Code.PRECONDITION

    def test_alias_that_is_not_there_is_not_found(self, rollback):
        wrong = refused(rollback)
        assert (wrong.code, wrong.resource) == (Code.NOT_FOUND, f"{NAME}live")
        assert wrong.message == f"{NAME}live does not exist; activate a version first"

    def test_stale_etag_is_refused(self, activate, rollback):
        old = activate(1).etag
        activate(2)
        assert refused(rollback, etag=old).code == Code.STALE_ETAG


class TestDeletion:
    def test_alias_is_gone_and_its_history_stays(self, store, activate, history):
        activate(1)
        store.delete_alias("default", "clean", "live", etag=activate(2).etag)
        assert refused(store.get_alias, "default", "clean", "live").code == Code.NOT_FOUND
        assert store.get_transformation("default", "clean").live_version == 0
        assert history() == [("delete", 0, 0.0), ("activate", 2, 0.0), ("activate", 1, 0.0)]

    def test_activated_again_it_has_nothing_before(self, store, activate, rollback):
        activate(1)
        store.delete_alias("default", "clean", "live")
        activate(2)
        assert refused(rollback).code == Code.PRECONDITION

    def test_etag_of_the_deleted_one_is_stale_for_the_next(self, store, activate):
        old = activate(1).etag
        store.delete_alias("default", "clean", "live")
        assert activate(1).etag != old
        assert refused(store.delete_alias, "default", "clean", "live", etag=old).code == Code.STALE_ETAG

    def test_what_is_not_there_is_not_found(self, store):
        assert refused(store.delete_alias, "default", "clean", "live").code == Code.NOT_FOUND
        assert refused(store.list_alias_history, "default", "clean", "live").code == Code.NOT_FOUND


class TestHistory:
    def test_it_tells_who_and_when(self, store, activate):
        made = activate(1, call=Call("ada"))
        [change] = store.list_alias_history("default", "clean", "live").items
        assert (change.actor, change.time, change.action) == ("ada", made.updated, "activate")

    def test_aliases_have_each_their_own(self, activate, history):
        activate(1)
        activate(2, 10, alias="canary")
        assert history("live") == [("activate", 1, 0.0)]
        assert history("canary") == [("activate", 2, 10.0)]

    def test_audit_says_from_where_to_where(self, store, activate, rollback):
        activate(1)
        activate(3)
        rollback()
        activate(2, 7.5, alias="canary")
        store.delete_alias("default", "clean", "canary")
        told = [(entry.action, entry.resource, entry.detail) for entry in store.list_audit("default").items[:5]]
        assert told == [
            ("DeleteAlias", f"{NAME}canary", "was version 2 at 7.5 %"),
            ("ActivateVersion", f"{NAME}canary", "version 2 at 7.5 %"),
            ("RollbackAlias", f"{NAME}live", "version 1, was version 3"),
            ("ActivateVersion", f"{NAME}live", "version 3, was version 1"),
            ("ActivateVersion", f"{NAME}live", "version 1"),
        ]
