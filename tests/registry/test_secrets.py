"""Secrets in the registry: write-only, audited without values, the same on both databases."""

import pytest
from sqlalchemy import text

from transformer.errors import CallerError, Code
from transformer.registry.database import Database
from transformer.registry.records import Call

SEALED = "v1.abc.sealed"


def test_a_secret_is_created_replaced_listed_and_deleted(store):
    made = store.secrets.create("default", "KEY", SEALED, "f", call=Call("ada"))
    assert (made.name, made.actor) == ("workspaces/default/secrets/KEY", "ada")
    changed = store.secrets.update("default", "KEY", "v1.abc.other", "g", call=Call("bob"))
    assert (changed.created, changed.actor) == (made.created, "bob")
    assert changed.updated >= made.updated
    assert store.secrets.get("default", "KEY") == changed
    assert store.secrets.page("default").items == [changed]
    assert store.secrets.find("default", "KEY") == "v1.abc.other"
    store.secrets.delete("default", "KEY")
    assert store.secrets.find("default", "KEY") is None
    trail = [(one.action, one.resource, one.detail) for one in store.list_audit("default").items[:3]]
    name = "workspaces/default/secrets/KEY"
    assert trail == [("DeleteSecret", name, ""), ("UpdateSecret", name, "has another value"), ("CreateSecret", name, "created")]


def test_every_change_makes_a_new_generation(store):
    generations = [store.generation()]
    for change in (
        lambda: store.secrets.create("default", "KEY", SEALED, "f"),
        lambda: store.secrets.update("default", "KEY", "other", "g"),
        lambda: store.secrets.delete("default", "KEY"),
    ):
        change()
        generations.append(store.generation())
    assert generations == sorted(set(generations))


def test_workspaces_do_not_see_each_others(store):
    store.create_workspace("acme", "")
    store.secrets.create("acme", "KEY", SEALED, "f")
    assert store.secrets.find("default", "KEY") is None
    assert store.secrets.page("default").items == []
    for ask in (store.secrets.get, store.secrets.delete):
        with pytest.raises(CallerError) as caught:
            ask("default", "KEY")
        assert caught.value.code is Code.NOT_FOUND


def test_what_is_there_or_not_there_is_told(store):
    with pytest.raises(CallerError) as caught:
        store.secrets.update("default", "KEY", SEALED, "f")
    assert (caught.value.code, caught.value.resource) == (Code.NOT_FOUND, "workspaces/default/secrets/KEY")
    store.secrets.update("default", "KEY", SEALED, "f", allow_missing=True)
    with pytest.raises(CallerError) as caught:
        store.secrets.create("default", "KEY", SEALED, "f")
    assert caught.value.code is Code.ALREADY_EXISTS
    with pytest.raises(CallerError) as caught:
        store.secrets.create("nowhere", "KEY", SEALED, "f")
    assert caught.value.resource == "workspaces/nowhere"


@pytest.mark.parametrize("name", ["", ".x", "-x", "a b", "a/b", "ä", "x" * 64, "a\n"])
def test_a_name_that_cannot_be_is_refused(store, name):
    with pytest.raises(CallerError) as caught:
        store.secrets.create("default", name, SEALED, "f")
    assert caught.value.code is Code.BAD_REQUEST


def test_names_differ_by_case_and_pages_go_by_bytes(store):
    for name in ("b", "B", "a.b", "_a", "A-1"):
        store.secrets.create("default", name, SEALED, "f")
    first = store.secrets.page("default", 3)
    rest = store.secrets.page("default", 3, first.next_token)
    assert [one.id for one in (*first.items, *rest.items)] == ["A-1", "B", "_a", "a.b", "b"]


def test_a_repeated_request_is_one_and_another_value_is_another_request(store):
    call = Call("ada", "request-1")
    first = store.secrets.create("default", "KEY", SEALED, "f", call=call)
    assert store.secrets.create("default", "KEY", "v1.abc.again", "f", call=call) == first
    assert store.secrets.find("default", "KEY") == SEALED
    with pytest.raises(CallerError) as caught:
        store.secrets.create("default", "KEY", SEALED, "g", call=call)
    assert caught.value.code is Code.REQUEST_ID_REUSED


def test_checking_only_changes_nothing(store):
    store.secrets.create("default", "KEY", SEALED, "f", call=Call(validate_only=True))
    assert store.secrets.find("default", "KEY") is None


def test_rotation_is_all_or_nothing_and_audited_once(store):
    for name in ("A", "B", "C"):
        store.secrets.create("default", name, f"old.{name}", "f")

    def fails_at_c(workspace, name, sealed):
        if name == "C":
            raise CallerError(Code.PRECONDITION, "cannot")
        return f"new.{name}"

    with pytest.raises(CallerError):
        store.secrets.rotate(fails_at_c)
    assert store.secrets.find("default", "A") == "old.A"
    again = {"A": "new.A", "B": None, "C": "new.C"}
    assert store.secrets.rotate(lambda _, name, __: again[name], call=Call(validate_only=True)) == (2, 3)
    assert store.secrets.find("default", "A") == "old.A"
    assert store.secrets.rotate(lambda _, name, __: again[name]) == (2, 3)
    assert [store.secrets.find("default", name) for name in "ABC"] == ["new.A", "old.B", "new.C"]
    assert store.list_audit("-").items[0].detail == "2 of 3 secrets encrypted anew"


def test_no_row_of_the_database_holds_what_was_not_sealed(store, url):
    """The store is given what is encrypted; nothing that stands for the value stays in the rows of requests."""
    store.secrets.create("default", "KEY", SEALED, "fingerprint-of-it", call=Call("ada", "request-1"))
    database = Database(url)
    with database.reading() as session:
        rows = session.execute(text("SELECT fingerprint, answer FROM requests")).all()
    database.close()
    assert "fingerprint-of-it" not in str(rows)
    assert SEALED not in str(rows)
