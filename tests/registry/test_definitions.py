"""Pipelines and destinations in the registry, on both databases: versions once for each content, all changes or none."""

import pytest

from transformer.errors import CallerError, Code
from transformer.registry.definition_records import AliasMove, AppliedDraft, Change, DefinitionDraft, DefinitionUses, TableMove
from transformer.registry.records import Call, TableDraft
from transformer.registry.store_applied import MAX_APPLIED_BYTES

LAKE = DefinitionDraft("destinations", "lake", "type: kafka\n", DefinitionUses())
FLOW = DefinitionDraft("pipelines", "flow", "steps: [clean]\ndestination: lake\n", DefinitionUses(("clean",), "lake"))


def refused(change, *args, **kwargs):
    with pytest.raises(CallerError) as wrong:
        change(*args, **kwargs)
    return wrong.value.code


def test_the_same_content_is_the_same_version(store):
    first = store.definitions.push("default", LAKE)
    second = store.definitions.push("default", DefinitionDraft("destinations", "lake", "type: redis\n", DefinitionUses()))
    again = store.definitions.push("default", LAKE)
    assert (first.number, second.number, again.number) == (1, 2, 1)
    found = store.definitions.get("default", "destinations", "lake")
    assert (found.live.content, found.latest_version) == ("type: kafka\n", 2)
    assert [one.number for one in store.definitions.versions("default", "destinations", "lake").items] == [2, 1]


def test_a_pipeline_and_a_destination_may_have_one_id(store):
    store.definitions.push("default", DefinitionDraft("destinations", "flow", "type: kafka\n", DefinitionUses()))
    store.definitions.push("default", LAKE)
    store.definitions.push("default", FLOW)
    assert [one.id for one in store.definitions.page("default", "pipelines").items] == ["flow"]
    assert [one.id for one in store.definitions.page("default", "destinations").items] == ["flow", "lake"]


def test_what_it_names_must_be_there(store):
    assert refused(store.definitions.push, "default", FLOW) is Code.PRECONDITION
    wants = DefinitionDraft("destinations", "d", "x", DefinitionUses(secrets=("KEY",)))
    assert refused(store.definitions.push, "default", wants) is Code.PRECONDITION
    absent = DefinitionDraft("pipelines", "p", "x", DefinitionUses(("gone",)))
    assert refused(store.definitions.push, "default", absent) is Code.PRECONDITION
    assert refused(store.definitions.push, "nowhere", LAKE) is Code.NOT_FOUND


@pytest.mark.parametrize("which", ["versions/2", "aliases/beta", f"versions/{10**17}"])
def test_a_version_or_alias_that_it_names_must_be_there(store, draft, which):
    store.add_version("default", "clean", draft(1))
    wants = DefinitionDraft("pipelines", "p", "x", DefinitionUses((f"clean/{which}",)))
    assert refused(store.definitions.push, "default", wants) is Code.PRECONDITION


@pytest.mark.parametrize(("which", "holds_alias"), [("", False), ("/versions/1", False), ("/aliases/beta", True)])
def test_what_a_live_pipeline_names_stays(store, draft, which, holds_alias):
    store.add_version("default", "clean", draft(1))
    for alias in ("beta", "other"):
        store.activate("default", "clean", alias, 1)
    store.definitions.push("default", DefinitionDraft("pipelines", "p", "x", DefinitionUses((f"clean{which}",))))
    store.delete_alias("default", "clean", "other")
    if holds_alias:
        with pytest.raises(CallerError) as caught:
            store.delete_alias("default", "clean", "beta")
        told = "transformations/clean/aliases/beta: the live version of pipelines/p runs it; change that first"
        assert (caught.value.code, caught.value.message) == (Code.PRECONDITION, told)
    else:
        store.delete_alias("default", "clean", "beta")
    for remove in (
        lambda: store.delete_transformation("default", "clean"),
        lambda: store.definitions.apply("default", Change(removals=(("transformations", "clean"),))),
    ):
        assert refused(remove) is Code.PRECONDITION
    both = (("transformations", "clean"), ("pipelines", "p"))
    store.definitions.apply("default", Change(removals=both))
    assert not store.list_transformations("default").items


def test_several_come_together_or_not_at_all(store):
    generation = store.generation()
    broken = DefinitionDraft("pipelines", "broken", "x", DefinitionUses(("gone",)))
    assert refused(store.definitions.apply, "default", Change((LAKE, FLOW, broken))) is Code.PRECONDITION
    assert store.generation() == generation
    made = store.definitions.apply("default", Change((FLOW, LAKE)))
    assert [one.name for one in made] == [
        "workspaces/default/pipelines/flow/versions/1",
        "workspaces/default/destinations/lake/versions/1",
    ]
    assert refused(store.definitions.apply, "default", Change(removals=(("destinations", "lake"),))) is Code.PRECONDITION
    store.definitions.apply("default", Change(removals=(("destinations", "lake"), ("pipelines", "flow"))))
    assert store.definitions.page("default", "pipelines").items == []


def test_what_changed_since_it_was_read_is_left_alone(store, draft):
    store.add_version("default", "clean", draft(1))
    store.add_version("default", "clean", draft(2))
    store.definitions.apply("default", Change(aliases=(AliasMove("clean", "live", 1, 0),)))
    stale = AliasMove("clean", "live", 2, 0)
    assert refused(store.definitions.apply, "default", Change((LAKE,), aliases=(stale,))) is Code.STALE_ETAG
    assert refused(store.definitions.get, "default", "destinations", "lake") is Code.NOT_FOUND
    store.definitions.apply("default", Change((LAKE,), aliases=(AliasMove("clean", "live", 2, 1),)))
    other = DefinitionDraft("destinations", "lake", "other", DefinitionUses(), base_hash="")
    assert refused(store.definitions.push, "default", other) is Code.STALE_ETAG


def test_a_repeated_request_is_carried_out_once(store):
    call = Call(request_id="once")
    first = store.definitions.apply("default", Change((LAKE,)), call=call)
    again = store.definitions.apply("default", Change((LAKE,)), call=call)
    assert [one.name for one in again] == [one.name for one in first]
    pushed = store.definitions.push("default", FLOW, call=Call(request_id="push"))
    assert store.definitions.push("default", FLOW, call=Call(request_id="push")) == pushed
    assert refused(store.definitions.push, "default", LAKE, call=Call(request_id="push")) is Code.REQUEST_ID_REUSED


def test_checking_changes_nothing(store):
    made = store.definitions.push("default", LAKE, call=Call(validate_only=True))
    assert made.number == 1
    assert refused(store.definitions.get, "default", "destinations", "lake") is Code.NOT_FOUND


def test_an_older_version_is_made_live_unless_it_names_what_is_gone(store):
    store.definitions.push("default", LAKE)
    store.definitions.push("default", FLOW)
    store.definitions.push("default", DefinitionDraft("pipelines", "flow", "steps: [clean]", DefinitionUses(("clean",))))
    store.definitions.delete("default", "destinations", "lake")
    assert refused(store.definitions.activate, "default", "pipelines", "flow", 1) is Code.PRECONDITION
    assert store.definitions.get("default", "pipelines", "flow").live.number == 2
    assert refused(store.definitions.activate, "default", "pipelines", "flow", 9) is Code.NOT_FOUND


def table(store, rows):
    file = store.tables.keep(iter([b"x"]))
    return store.tables.push("default", "plans", TableDraft(file, "id", rows, 1, str(rows) * 64, "0" * 64), hold_back=True)


def test_tables_move_and_are_removed_with_everything_else(store, draft):
    store.add_version("default", "clean", draft(1))
    for rows in (1, 2):
        table(store, rows)
    moved = Change((LAKE, FLOW), tables=(TableMove("plans", 2, 0),), applied=AppliedDraft("first", 0))
    store.definitions.apply("default", moved)
    assert store.tables.get("default", "plans").live.number == 2
    stale = Change((DefinitionDraft("pipelines", "more", "x", DefinitionUses()),), tables=(TableMove("plans", 1, 1),))
    assert refused(store.definitions.apply, "default", stale) is Code.STALE_ETAG
    assert refused(store.definitions.get, "default", "pipelines", "more") is Code.NOT_FOUND
    everything = (("transformations", "clean"), ("tables", "plans"), ("destinations", "lake"))
    assert refused(store.definitions.apply, "default", Change(removals=everything)) is Code.PRECONDITION
    assert store.tables.get("default", "plans").live.number == 2
    assert refused(store.definitions.apply, "default", Change(removals=everything[:1])) is Code.PRECONDITION
    store.definitions.apply("default", Change(removals=(*everything, ("pipelines", "flow"))))
    assert refused(store.tables.get, "default", "plans") is Code.NOT_FOUND
    assert refused(store.get_transformation, "default", "clean") is Code.NOT_FOUND


def test_what_was_applied_is_remembered_for_whoever_saw_the_last_one(store):
    nothing = store.definitions.applied("default")
    assert (nothing.content, nothing.revision, nothing.updated) == ("", 0, None)
    assert refused(store.definitions.applied, "nowhere") is Code.NOT_FOUND
    store.definitions.apply("default", Change((LAKE,), applied=AppliedDraft("first", 0)), call=Call(actor="ann"))
    found = store.definitions.applied("default")
    assert (found.content, found.revision, found.actor) == ("first", 1, "ann")
    assert refused(store.definitions.apply, "default", Change(applied=AppliedDraft("other", 0))) is Code.STALE_ETAG
    generation = store.generation()
    store.definitions.apply("default", Change(applied=AppliedDraft("first", 1)))
    assert (store.generation(), store.definitions.applied("default").revision) == (generation, 1)
    too_long = Change(applied=AppliedDraft("x" * (MAX_APPLIED_BYTES + 1), 1))
    assert refused(store.definitions.apply, "default", too_long) is Code.BAD_REQUEST


def test_a_transformation_comes_with_its_first_version_where_that_is_wanted(store, draft):
    assert refused(store.add_version, "default", "new", draft(1)) is Code.NOT_FOUND
    assert store.find_version("default", "new", "0" * 64, allow_missing=True) is None
    assert refused(store.find_version, "nowhere", "new", "0" * 64, allow_missing=True) is Code.NOT_FOUND
    checked = store.add_version("default", "new", draft(1), allow_missing=True, call=Call(validate_only=True))
    assert (checked.number, refused(store.get_transformation, "default", "new")) == (1, Code.NOT_FOUND)
    assert store.add_version("default", "new", draft(1), allow_missing=True).number == 1
    assert store.add_version("default", "new", draft(1), allow_missing=True).number == 1
    assert store.get_transformation("default", "new").live_version == 0
