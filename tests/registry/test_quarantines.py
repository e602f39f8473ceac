"""What servers have set aside, as the registry shows it: on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from transformer.errors import CallerError, Code
from transformer.registry.records import Quarantine

ONE = "workspaces/default/transformations/clean/versions/1"
TWO = "workspaces/default/transformations/clean/versions/2"


@pytest.fixture
def versions(store, draft):
    for number in (1, 2):
        store.add_version("default", "clean", draft(number))
    return store


def held(version=ONE, minutes=5, reason="it lost 21.0 s of worker time (ran out of time 19 times)"):
    now = datetime.now(UTC).replace(microsecond=0)
    return Quarantine(version, now, now + timedelta(minutes=minutes), reason)


def test_what_a_server_notes_is_found_by_transformation_and_by_workspace(versions):
    notes = [held(ONE), held(TWO, minutes=3)]
    versions.note_quarantines("a", notes, [])
    assert versions.quarantines("default", "clean") == notes
    assert versions.quarantines("default") == notes


def test_a_note_replaces_the_one_before_and_ends_when_it_is_taken_back(versions):
    versions.note_quarantines("a", [held()], [])
    longer = held(minutes=10, reason="it lost 30.0 s of worker time (crashed 40 times)")
    versions.note_quarantines("a", [longer], [])
    assert versions.quarantines("default") == [longer]
    versions.note_quarantines("a", [], [ONE])
    assert versions.quarantines("default") == []


def test_what_one_server_lets_go_another_may_hold(versions):
    shorter, longer = held(minutes=3), held(minutes=10)
    versions.note_quarantines("a", [longer], [])
    versions.note_quarantines("b", [shorter], [])
    assert versions.quarantines("default") == [longer]
    versions.note_quarantines("a", [], [ONE])
    assert versions.quarantines("default") == [shorter]


def test_a_note_that_nobody_takes_back_ends_by_its_date(versions):
    versions.note_quarantines("gone", [held(minutes=-1)], [])
    assert versions.quarantines("default") == []


def test_it_is_no_mutation(versions):
    before = versions.generation(), versions.get_transformation("default", "clean"), versions.list_audit("default").items
    versions.note_quarantines("a", [held()], [])
    assert (
        versions.generation(),
        versions.get_transformation("default", "clean"),
        versions.list_audit("default").items,
    ) == before


def test_versions_that_are_none_are_left_out(versions):
    versions.note_quarantines("a", [held("a draft"), held(ONE.replace("1", "7")), held()], ["another draft"])
    assert [one.version for one in versions.quarantines("default")] == [ONE]


def test_a_transformation_that_is_deleted_takes_its_notes_with_it(versions):
    versions.note_quarantines("a", [held()], [])
    versions.delete_transformation("default", "clean")
    versions.create_transformation("default", "clean", "")
    assert versions.quarantines("default", "clean") == []


def test_workspaces_do_not_see_each_other(versions):
    versions.create_workspace("acme", "")
    versions.note_quarantines("a", [held()], [])
    assert versions.quarantines("acme") == []
    with pytest.raises(CallerError) as wrong:
        versions.quarantines("acme", "clean")
    assert wrong.value.code is Code.NOT_FOUND
