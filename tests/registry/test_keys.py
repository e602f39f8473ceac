"""API keys in the registry, the same for SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text

from transformer.errors import CallerError, Code
from transformer.registry import store_keys
from transformer.registry.database import Database
from transformer.registry.names import EVERY_WORKSPACE
from transformer.registry.records import Call, KeyDraft

ANN = Call("ann")


def drafted(number=1, **fields) -> KeyDraft:
    usual = {"label": f"gateway {number}", "workspace": "default", "role": "transform"}
    return KeyDraft(id=f"k{number}", digest=sha256(b"%d" % number).hexdigest(), **(usual | fields))


def refused(action, *arguments, **keywords) -> CallerError:
    with pytest.raises(CallerError) as caught:
        action(*arguments, **keywords)
    return caught.value


def test_a_key_is_found_and_listed_newest_first(store):
    expires = datetime.now(UTC) + timedelta(days=1)
    first = store.create_key(drafted(1, expires=expires, requests_per_second=7), call=ANN)
    second = store.create_key(drafted(2, workspace="", role="admin"), call=ANN)
    assert (first.name, first.label, first.workspace, first.role) == ("keys/k1", "gateway 1", "default", "transform")
    assert (first.actor, first.expires, first.revoked, first.requests_per_second) == ("ann", expires, None, 7)
    assert store.get_key("k1") == first
    page = store.list_keys(page_size=1)
    assert (page.items, store.list_keys("", 1, page.next_token).items) == ([second], [first])
    assert store.list_keys("default").items == [first]


def test_what_no_key_may_be_is_refused_by_name(store):
    past = datetime.now(UTC) - timedelta(seconds=1)
    for fields, where in (
        ({"label": " "}, "key.label"),
        ({"label": "x" * 101}, "key.label"),
        ({"label": "two\nlines"}, "key.label"),
        ({"expires": past}, "key.expire_time"),
        ({"requests_per_second": -1}, "key.requests_per_second"),
    ):
        wrong = refused(store.create_key, drafted(**fields))
        assert (wrong.code, wrong.violations[0].field) == (Code.BAD_REQUEST, where)
    assert refused(store.create_key, drafted(workspace="nowhere")).resource == "workspaces/nowhere"
    assert store.list_keys().items == []


def test_outside_of_its_scope_a_key_is_as_if_it_were_not_there(store):
    store.create_workspace("acme", "")
    store.create_key(drafted(1))
    store.create_key(drafted(2, workspace=""))
    for key in ("k1", "k2", "k3"):
        for ask in (store.get_key, store.revoke_key):
            wrong = refused(ask, key, scope="acme")
            assert (wrong.code, wrong.message) == (Code.NOT_FOUND, f"keys/{key} does not exist")
    assert store.get_key("k1", scope="default").id == "k1"
    assert store.list_keys("acme").items == []


def test_a_revoked_key_stays_revoked_and_is_revoked_once(store):
    store.create_key(drafted(1), call=ANN)
    revoked = store.revoke_key("k1", call=Call("bob"))
    generation = store.generation()
    assert (revoked.revoked_by, revoked.revoked is None) == ("bob", False)
    assert store.revoke_key("k1", call=Call("eve")) == revoked
    assert (store.generation(), store.get_key("k1")) == (generation, revoked)


def test_both_leave_an_audit_entry_with_who_did_it(store):
    store.create_key(drafted(1), call=ANN)
    store.revoke_key("k1", call=Call("bob"))
    store.create_key(drafted(2, workspace="", role="admin"), call=ANN)
    entries = store.list_audit("default").items[:2]
    assert [(entry.actor, entry.action, entry.resource) for entry in entries] == [
        ("bob", "RevokeKey", "keys/k1"),
        ("ann", "CreateKey", "keys/k1"),
    ]
    everywhere = store.list_audit(EVERY_WORKSPACE).items
    assert (everywhere[0].resource, everywhere[0].detail) == ("keys/k2", 'admin key "gateway 2"')
    assert everywhere[1:3] == entries


def test_a_repeated_request_makes_no_second_key(store):
    call = Call("ann", request_id="once")
    first = store.create_key(drafted(1, label="same", expires=datetime.now(UTC) + timedelta(days=9)), call=call)
    again = drafted(2, label="same", expires=first.expires)
    assert store.create_key(again, call=call) == first
    assert refused(store.create_key, drafted(3, label="other"), call=call).code is Code.REQUEST_ID_REUSED
    assert store.list_keys().items == [first]
    assert store.create_key(drafted(4), call=Call("ann", validate_only=True)).id == "k4"
    assert store.list_keys().items == [first]


def test_changes_since_a_generation_are_all_that_happened_after_it(store):
    store.create_key(drafted(1))
    store.create_key(drafted(2))
    store.revoke_key("k2")
    generation, changes = store.changed_keys(0)
    assert [change.key.id for change in changes] == ["k1"]  # what is not valid is not needed at the start
    assert changes[0].digest == drafted(1).digest
    assert store.changed_keys(generation) == (generation, [])
    store.update_transformation("default", "clean", "not about keys")
    store.revoke_key("k1")
    store.create_key(drafted(3))
    later, changes = store.changed_keys(generation)
    assert {change.key.id: change.key.revoked is None for change in changes} == {"k1": False, "k3": True}
    assert later == store.generation()


def test_there_are_never_more_valid_keys_than_a_server_can_keep(store, monkeypatch):
    monkeypatch.setattr(store_keys, "MAX_KEYS", 2)
    store.create_key(drafted(1))
    store.create_key(drafted(2))
    assert refused(store.create_key, drafted(3)).code is Code.PRECONDITION
    store.revoke_key("k1")
    assert store.create_key(drafted(3)).id == "k3"


def test_the_database_holds_no_digest_outside_the_table_of_keys(store, url):
    store.create_key(drafted(1), call=Call("ann", request_id="r"))
    database = Database(url)
    with database.reading() as session:
        for table in ("audit", "requests"):
            assert drafted(1).digest not in repr(session.execute(text(f"SELECT * FROM {table}")).all())
    database.close()
