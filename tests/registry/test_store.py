"""The contract of the store, the same for SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from transformer.errors import CallerError, Code, Problem
from transformer.registry.content import content_hash
from transformer.registry.names import Reference
from transformer.registry.records import Call, CaseFile, Pointer, Route

CLEAN = "workspaces/default/transformations/clean"


def refused(action, *arguments, **keywords) -> CallerError:
    with pytest.raises(CallerError) as caught:
        action(*arguments, **keywords)
    return caught.value


def everything(store) -> tuple:
    """What a mutation could change."""
    return (
        store.generation(),
        store.list_workspaces().items,
        store.list_transformations("default").items,
        [audit.id for audit in store.list_audit("default").items],
    )


class TestWorkspaces:
    def test_fresh_database_has_the_workspace_default(self, store):
        assert [workspace.id for workspace in store.list_workspaces().items] == ["default"]

    def test_created_workspace_is_found_and_listed_by_id(self, store):
        before = datetime.now(UTC)
        made = store.create_workspace("acme", "Acme Inc.")
        store.create_workspace("zeta_9", "")
        store.create_workspace("acme-2", "")
        assert (made.id, made.description, made.name) == ("acme", "Acme Inc.", "workspaces/acme")
        assert before <= made.created <= datetime.now(UTC)
        assert store.get_workspace("acme") == made
        assert [workspace.id for workspace in store.list_workspaces().items] == ["acme", "acme-2", "default", "zeta_9"]

    def test_second_workspace_of_a_name_is_refused(self, store):
        wrong = refused(store.create_workspace, "default", "")
        assert (wrong.code, wrong.message) == (Code.ALREADY_EXISTS, "workspaces/default exists already")

    def test_unknown_workspace_is_named_and_no_other_is_suggested(self, store):
        for ask in (store.get_workspace, store.list_transformations, store.list_audit):
            wrong = refused(ask, "defualt")
            assert (wrong.code, wrong.resource) == (Code.NOT_FOUND, "workspaces/defualt")
            assert wrong.message == "workspaces/defualt does not exist"

    def test_workspaces_do_not_see_each_other(self, store, draft):
        store.create_workspace("acme", "")
        store.add_version("default", "clean", draft())
        assert store.list_transformations("acme").items == []
        wrong = refused(store.get_version, "acme", "clean", 1)
        assert wrong.message == "workspaces/acme/transformations/clean does not exist"
        assert [entry.action for entry in store.list_audit("acme").items] == ["CreateWorkspace"]


class TestTransformations:
    def test_created_transformation_has_no_version(self, store):
        made = store.create_transformation("default", "scrub", "Removes addresses.")
        assert (made.latest_version, made.live_version, made.created) == (0, 0, made.updated)
        assert store.get_transformation("default", "scrub") == made
        assert made.name == "workspaces/default/transformations/scrub"

    def test_list_is_by_id_and_knows_live(self, store, draft):
        store.create_transformation("default", "aaa", "")
        store.add_version("default", "clean", draft())
        store.activate("default", "clean", "live", 1)
        found = store.list_transformations("default").items
        assert [(one.id, one.latest_version, one.live_version) for one in found] == [("aaa", 0, 0), ("clean", 1, 1)]
        assert found[1] == store.get_transformation("default", "clean")

    def test_second_one_of_a_name_is_refused(self, store):
        wrong = refused(store.create_transformation, "default", "clean", "")
        assert (wrong.code, wrong.message) == (Code.ALREADY_EXISTS, f"{CLEAN} exists already")

    def test_unknown_one_is_named_and_a_close_name_suggested(self, store):
        wrong = refused(store.get_transformation, "default", "claen")
        assert (wrong.code, wrong.resource) == (Code.NOT_FOUND, "workspaces/default/transformations/claen")
        assert wrong.message == "workspaces/default/transformations/claen does not exist; did you mean clean?"

    def test_update_changes_description_etag_and_time(self, store):
        old = store.get_transformation("default", "clean")
        new = store.update_transformation("default", "clean", "Cleans.", etag=old.etag)
        assert (new.description, new.created) == ("Cleans.", old.created)
        assert new.etag != old.etag
        assert new.updated >= old.updated
        assert store.get_transformation("default", "clean") == new

    def test_update_to_the_same_changes_nothing(self, store):
        before = everything(store)
        store.update_transformation("default", "clean", "")
        assert everything(store) == before

    @pytest.mark.parametrize("action", ["update", "delete"])
    def test_stale_etag_is_refused(self, store, draft, action):
        etag = store.get_transformation("default", "clean").etag
        store.add_version("default", "clean", draft())  # a new version changes the transformation's etag too
        before = everything(store)
        if action == "update":
            wrong = refused(store.update_transformation, "default", "clean", "new", etag=etag)
        else:
            wrong = refused(store.delete_transformation, "default", "clean", etag=etag)
        assert wrong.code == Code.STALE_ETAG
        assert wrong.message == f"{CLEAN} has changed since that etag was read; read it again and decide anew"
        assert everything(store) == before

    def test_deletion_removes_all_but_the_audit(self, store, draft):
        store.add_version("default", "clean", draft())
        store.activate("default", "clean", "live", 1)
        store.delete_transformation("default", "clean", etag=store.get_transformation("default", "clean").etag)
        assert refused(store.get_transformation, "default", "clean").code == Code.NOT_FOUND
        trail = store.list_audit("default").items
        assert [entry.action for entry in trail] == [
            "DeleteTransformation",
            "ActivateVersion",
            "CreateVersion",
            "CreateTransformation",
        ]
        assert (trail[0].resource, trail[0].detail) == (CLEAN, "with 1 version")

    def test_created_again_it_starts_anew(self, store, draft):
        old = store.get_transformation("default", "clean")
        store.add_version("default", "clean", draft(1))
        store.activate("default", "clean", "live", 1)
        store.delete_transformation("default", "clean")
        new = store.create_transformation("default", "clean", "")
        assert (new.latest_version, new.live_version) == (0, 0)
        assert new.etag != old.etag
        assert store.add_version("default", "clean", draft(2)).number == 1
        assert refused(store.list_alias_history, "default", "clean", "live").code == Code.NOT_FOUND


class TestVersions:
    def test_version_comes_back_as_it_was_published(self, store, draft, case):
        odd = CaseFile("odd: é \u2603", '{"text": "\\u0000 \\ud800 é"}'.encode())
        warning = Problem("mind the gap", 2, 5)
        sent = draft(source="# é\r\ndef transformEvent(e, m):\n\treturn e", cases=(case, odd), warnings=(warning,))
        made = store.add_version("default", "clean", replace(sent, uses_metadata=False), call=Call("ada"))
        assert store.get_version("default", "clean", 1) == made
        assert (made.source, made.cases, made.warnings) == (sent.source, sent.cases, (warning,))
        assert (made.engine, made.entry_point, made.uses_metadata, made.actor) == ("python", "transformEvent", False, "ada")
        assert made.content_hash == content_hash("python", sent.source, sent.cases)
        assert made.name == f"{CLEAN}/versions/1"

    def test_versions_are_numbered_from_one(self, store, draft):
        assert [store.add_version("default", "clean", draft(n)).number for n in range(3)] == [1, 2, 3]
        assert store.get_transformation("default", "clean").latest_version == 3

    def test_same_content_is_the_same_version_and_leaves_no_trace(self, store, draft, case):
        first = store.add_version("default", "clean", draft(1, cases=(case,)), call=Call("ada"))
        store.add_version("default", "clean", draft(2))
        before = everything(store)
        assert store.add_version("default", "clean", draft(1, cases=(case,)), call=Call("bob")) == first
        assert everything(store) == before

    def test_other_cases_are_another_version(self, store, draft, case):
        store.add_version("default", "clean", draft(1))
        assert store.add_version("default", "clean", draft(1, cases=(case,))).number == 2

    def test_list_is_newest_first_without_code(self, store, draft, case):
        for number in (1, 2, 3):
            store.add_version("default", "clean", draft(number, cases=(case,)))
        listed = store.list_versions("default", "clean").items
        assert [version.number for version in listed] == [3, 2, 1]
        assert {(version.source, version.cases) for version in listed} == {("", ())}
        assert listed[0] == replace(store.get_version("default", "clean", 3), source="", cases=())

    def test_unknown_version_is_named_with_those_there_are(self, store, draft):
        name = f"{CLEAN}/versions/7"
        told = ("; it has no version yet", "; its only version is 1", "; its versions are 1 to 2")
        for number, more in enumerate(told):
            wrong = refused(store.get_version, "default", "clean", 7)
            assert (wrong.code, wrong.resource, wrong.message) == (Code.NOT_FOUND, name, f"{name} does not exist{more}")
            store.add_version("default", "clean", draft(number))
        assert refused(store.get_version, "default", "clean", 2**80).code == Code.NOT_FOUND
        assert refused(store.get_version, "default", "clean", 0).code == Code.BAD_REQUEST

    def test_content_can_be_looked_up(self, store, draft):
        made = store.add_version("default", "clean", draft())
        assert store.find_version("default", "clean", made.content_hash) == made
        assert store.find_version("default", "clean", "0" * 64) is None

    def test_diff_is_unified_and_empty_for_equal_sources(self, store, draft, case):
        store.add_version("default", "clean", draft(source="a\nb\nc\n"))
        store.add_version("default", "clean", draft(source="a\nB\nc"))
        store.add_version("default", "clean", draft(source="a\nb\nc\n", cases=(case,)))
        assert store.diff("default", "clean", 1, 2) == (
            "--- clean/versions/1\n+++ clean/versions/2\n@@ -1,3 +1,3 @@\n a\n-b\n-c\n+B\n+c\n\\ No newline at end of file\n"
        )
        assert not store.diff("default", "clean", 1, 3)
        assert refused(store.diff, "default", "clean", 1, 4).resource == f"{CLEAN}/versions/4"

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"source": "a\0b"}, "version.source", "holds the character U+0000, which cannot be kept; leave it out"),
            ({"source": "\ud800"}, "version.source", "holds half of a surrogate pair, which is not text; leave it out"),
            ({"cases": (CaseFile("", b"{}"),)}, "version.cases[0].name", "is empty; every case has a name"),
            ({"cases": (CaseFile("a", b"\xff"),)}, "version.cases[0].body", 'the case "a" is not UTF-8'),
            (
                {"cases": (CaseFile("a", b"1"), CaseFile("a", b"2"))},
                "version.cases[1].name",
                'a second case is named "a"; give each its own name',
            ),
            (
                {"cases": tuple(CaseFile(str(n), b"") for n in range(501))},
                "version.cases",
                "501 cases are too many; at most 500",
            ),
            (
                {"cases": (CaseFile("big", b" " * 5_000_000),)},
                "version.cases",
                "5000000 bytes of cases are too many; at most 4194304",
            ),
        ],
    )
    def test_draft_that_cannot_be_kept_is_refused(self, store, draft, fields, field, sentence):
        wrong = refused(store.add_version, "default", "clean", draft(**fields))
        assert (wrong.code, wrong.message) == (Code.BAD_REQUEST, f"{field}: {sentence}")
        assert [(one.field, one.message) for one in wrong.violations] == [(field, sentence)]


class TestRoutes:
    @pytest.fixture
    def versions(self, store, draft):
        return [store.add_version("default", "clean", draft(number)) for number in (1, 2, 3)]

    def test_transformation_leads_to_live_and_its_canary(self, store, versions):
        store.activate("default", "clean", "live", 2)
        live = Pointer(2, versions[1].content_hash)
        assert store.route("default", Reference("clean")) == Route(live)
        store.activate("default", "clean", "canary", 3, 12.5)
        assert store.route("default", Reference("clean")) == Route(live, Pointer(3, versions[2].content_hash), 12.5)

    def test_alias_and_number_lead_to_their_version_alone(self, store, versions):
        store.activate("default", "clean", "live", 2)
        store.activate("default", "clean", "canary", 3, 50)
        assert store.route("default", Reference("clean", alias="live")) == Route(Pointer(2, versions[1].content_hash))
        assert store.route("default", Reference("clean", alias="canary")) == Route(Pointer(3, versions[2].content_hash))
        assert store.route("default", Reference("clean", version=1)) == Route(Pointer(1, versions[0].content_hash))

    def test_what_is_missing_is_named(self, store, draft):
        wrong = refused(store.route, "default", Reference("clean"))
        assert wrong.message == f"{CLEAN} has no live version; publish a version and activate it"
        store.add_version("default", "clean", draft())
        wrong = refused(store.route, "default", Reference("clean"))
        assert (wrong.code, wrong.resource) == (Code.NOT_FOUND, f"{CLEAN}/aliases/live")
        assert wrong.message == f"{CLEAN} has no live version; activate one of its versions"
        store.activate("default", "clean", "stable", 1)
        wrong = refused(store.route, "default", Reference("clean", alias="beta"))
        assert wrong.message == f"{CLEAN}/aliases/beta does not exist; its aliases: stable"
        assert refused(store.route, "default", Reference("clean", version=9)).resource == f"{CLEAN}/versions/9"
        assert refused(store.route, "nobody", Reference("clean")).resource == "workspaces/nobody"


class TestTimes:
    def test_times_are_utc_whatever_the_zone_of_server_and_client(self, store, draft):
        made = store.add_version("default", "clean", draft())
        for moment in (
            made.created,
            store.get_version("default", "clean", 1).created,
            store.list_audit("default").items[0].time,
        ):
            assert moment.utcoffset() == timedelta(0)
            assert abs(moment - datetime.now(UTC)) < timedelta(minutes=5)
