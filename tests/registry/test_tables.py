"""Tables in the registry: versions that never change, one that is live, bytes in pieces; the same on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import store_tables
from transformer.registry.database import Database
from transformer.registry.records import Call, TableDraft


def draft(store, number=1, **fields):
    usual = {"key": "id", "rows": number, "size": 6, "content_hash": f"{number:064}", "digest": "d" * 64}
    return TableDraft(**{"file": store.tables.keep([b"abc", b"def"]), **usual, **fields})


def test_versions_are_numbered_kept_and_live_one_at_a_time(store):
    first = store.tables.push("default", "plans", draft(store, 1, columns=(("id", "string"),)), call=Call("ada"))
    assert (first.name, first.actor) == ("workspaces/default/tables/plans/versions/1", "ada")
    assert first.columns == (("id", "string"),)
    second = store.tables.push("default", "plans", draft(store, 2), hold_back=True)
    table = store.tables.get("default", "plans")
    assert (table.live, table.latest_version) == (first, 2)
    assert store.tables.activate("default", "plans", 2).live == second
    assert store.tables.versions("default", "plans").items == [second, first]
    assert [one.id for one in store.tables.page("default").items] == ["plans"]
    trail = [(one.action, one.resource.rpartition("default/")[2], one.detail) for one in store.list_audit("default").items[:3]]
    assert trail[0] == ("ActivateTableVersion", "tables/plans", "version 2 is live")
    assert trail[1][:2] == ("PushTable", "tables/plans/versions/2")
    assert trail[2] == ("PushTable", "tables/plans", "version 1 is live")


def test_the_same_content_is_the_same_version_and_may_become_live_again(store):
    one = draft(store, 1)
    store.tables.push("default", "plans", one)
    store.tables.push("default", "plans", draft(store, 2))
    generation = store.generation()
    assert store.tables.push("default", "plans", one, hold_back=True).number == 1
    assert store.generation() == generation
    assert store.tables.push("default", "plans", one).number == 1
    assert store.tables.get("default", "plans").live.number == 1
    assert store.tables.find("default", "plans", one.content_hash).number == 1
    assert store.tables.find("default", "plans", "f" * 64) is None


def test_bytes_come_back_in_pieces_and_where_they_are_is_told(store):
    one = draft(store)
    store.tables.push("default", "plans", one)
    pointer = store.tables.pointer("default", "plans")
    assert (pointer.number, pointer.file, pointer.digest) == (1, one.file, "d" * 64)
    assert list(store.tables.pieces(pointer.file)) == [b"abc", b"def"]
    assert store.tables.pointer("default", "other") is None
    store.create_workspace("acme", "")
    assert store.tables.pointer("acme", "plans") is None


def test_old_versions_go_when_there_are_too_many_but_never_the_live_one(store, monkeypatch):
    monkeypatch.setattr(store_tables, "MAX_VERSIONS", 2)
    files = []
    for number in range(1, 5):
        one = draft(store, number)
        files.append(one.file)
        store.tables.push("default", "plans", one, hold_back=number > 1)
    assert [one.number for one in store.tables.versions("default", "plans").items] == [4, 1]
    assert [len(list(store.tables.pieces(file))) for file in files] == [2, 0, 0, 2]


def test_deleting_removes_the_bytes_too(store, url):
    store.tables.push("default", "plans", draft(store, 1))
    store.tables.push("default", "plans", draft(store, 2))
    store.tables.delete("default", "plans")
    database = Database(url)
    with database.reading() as session:
        counts = [
            session.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("tables", "table_versions", "table_files", "table_pieces")
        ]
    database.close()
    assert counts == [0, 0, 0, 0]
    assert store.tables.push("default", "plans", draft(store, 1)).number == 1


def test_rows_whose_version_went_meanwhile_do_not_become_a_version_without_bytes(store):
    found = draft(store, 1)
    store.tables.push("default", "plans", found)
    again = draft(store, 1, file=0)  # its content is a version already: nothing has to be kept
    assert store.tables.push("default", "plans", again).number == 1
    store.tables.delete("default", "plans")
    with pytest.raises(PlatformError, match="push them once more") as caught:
        store.tables.push("default", "plans", again)
    assert caught.value.code is Code.REGISTRY_UNAVAILABLE
    assert store.tables.page("default").items == []
    assert store.tables.push("default", "plans", again, call=Call(validate_only=True)).number == 1
    assert store.tables.page("default").items == []


def test_files_that_nobody_names_are_removed_by_a_later_push(store, monkeypatch):
    abandoned, kept = store.tables.keep([b"abc"]), draft(store)
    store.tables.push("default", "plans", kept)
    monkeypatch.setattr(store_tables, "_ABANDONED", timedelta(0))
    store.tables.keep([b"x"])
    assert list(store.tables.pieces(abandoned)) == []
    assert len(list(store.tables.pieces(kept.file))) == 2


def test_a_version_never_changes(store, url):
    store.tables.push("default", "plans", draft(store))
    database = Database(url)
    with pytest.raises(PlatformError), database.writing() as session:
        session.execute(text("UPDATE table_versions SET rows = 7"))
    database.close()


def test_a_repeated_push_is_one_and_another_is_another(store):
    call = Call("ada", "request-1")
    one = draft(store, 1)
    first = store.tables.push("default", "plans", one, call=call)
    store.tables.push("default", "plans", draft(store, 2))
    assert store.tables.push("default", "plans", one, call=call) == first
    assert store.tables.get("default", "plans").live.number == 2
    with pytest.raises(CallerError) as caught:
        store.tables.push("default", "plans", draft(store, 3), call=call)
    assert caught.value.code is Code.REQUEST_ID_REUSED


def test_checking_only_changes_nothing(store):
    assert store.tables.push("default", "plans", draft(store), call=Call(validate_only=True)).number == 1
    assert store.tables.page("default").items == []


def test_what_is_not_there_is_told(store):
    store.tables.push("default", "plans", draft(store))
    for ask, resource in (
        (lambda: store.tables.get("default", "other"), "workspaces/default/tables/other"),
        (lambda: store.tables.versions("default", "other"), "workspaces/default/tables/other"),
        (lambda: store.tables.delete("nowhere", "plans"), "workspaces/nowhere"),
        (lambda: store.tables.activate("default", "plans", 9), "workspaces/default/tables/plans/versions/9"),
        (lambda: store.tables.push("nowhere", "plans", draft(store)), "workspaces/nowhere"),
    ):
        with pytest.raises(CallerError) as caught:
            ask()
        assert (caught.value.code, caught.value.resource) == (Code.NOT_FOUND, resource)


def test_a_name_that_no_table_can_have_is_refused(store):
    with pytest.raises(CallerError) as caught:
        store.tables.push("default", "a/b", draft(store, 2))
    assert caught.value.code is Code.BAD_REQUEST
