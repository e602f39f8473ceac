"""Mutations: repeated, checked only, audited; and what can never be changed. On both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from transformer.errors import CallerError, Code
from transformer.registry.model import RequestRow
from transformer.registry.records import Call
from transformer.registry.requests import REQUESTS_KEPT


@pytest.fixture
def store(store, draft):
    """`clean` with versions 1 and 2, both of which were live, and a canary."""
    for number in (1, 2):
        store.add_version("default", "clean", draft(number))
        store.activate("default", "clean", "live", number)
    store.activate("default", "clean", "canary", 1, 10)
    return store


def mutations(draft):
    """One of each kind, to be carried out on the store above: its method's name in the audit, and how to ask for it."""
    return {
        "CreateWorkspace": lambda store, call: store.create_workspace("acme", "d", call=call),
        "CreateTransformation": lambda store, call: store.create_transformation("default", "other", "d", call=call),
        "UpdateTransformation": lambda store, call: store.update_transformation("default", "clean", "new", call=call),
        "CreateVersion": lambda store, call: store.add_version("default", "clean", draft(9), call=call),
        "ActivateVersion": lambda store, call: store.activate("default", "clean", "beta", 1, call=call),
        "RollbackAlias": lambda store, call: store.rollback("default", "clean", "live", call=call),
        "DeleteAlias": lambda store, call: store.delete_alias("default", "clean", "canary", call=call),
        "DeleteTransformation": lambda store, call: store.delete_transformation("default", "clean", call=call),
    }


METHODS = sorted(mutations(None))


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.fixture
def mutation(method, draft):
    return mutations(draft)[method]


def state(store) -> tuple:
    return (
        store.generation(),
        store.list_workspaces().items,
        store.list_transformations("default").items,
        [entry.id for workspace in store.list_workspaces().items for entry in store.list_audit(workspace.id).items],
    )


def test_every_mutation_is_audited_and_moves_the_generation(store, method, mutation):
    before, known = store.generation(), {entry.id for entry in store.list_audit("default").items}
    mutation(store, Call("ada"))
    workspace = "acme" if method == "CreateWorkspace" else "default"
    [entry] = [entry for entry in store.list_audit(workspace).items if entry.id not in known]
    assert (entry.action, entry.actor) == (method, "ada")
    assert entry.resource.startswith(f"workspaces/{workspace}")
    assert store.generation() == before + 1


def test_repeated_request_gets_the_first_answer_and_changes_nothing(store, mutation):
    call = Call("ada", "request-1")
    first = mutation(store, call)
    after = state(store)
    assert mutation(store, Call("bob", "request-1")) == first
    assert state(store) == after


def test_validation_answers_as_if_and_changes_nothing(store, method, mutation):
    before = state(store)
    checked = mutation(store, Call("ada", "request-1", validate_only=True))
    assert state(store) == before
    done = mutation(store, Call("ada", "request-1"))
    assert type(checked) is type(done)
    if method == "CreateVersion":
        assert (checked.number, checked.content_hash) == (done.number, done.content_hash)
    if method in {"ActivateVersion", "RollbackAlias"}:
        assert (checked.id, checked.version) == (done.id, done.version)
    assert state(store) != before


def test_validation_refuses_what_would_be_refused(store):
    with pytest.raises(CallerError) as caught:
        store.activate("default", "clean", "live", 9, call=Call(validate_only=True))
    assert caught.value.code == Code.NOT_FOUND


def test_repeated_request_gets_the_first_answer_even_after_later_changes(store):
    first = store.activate("default", "clean", "live", 1, call=Call("ada", "late"))
    store.activate("default", "clean", "live", 2)
    assert store.activate("default", "clean", "live", 1, call=Call("ada", "late")) == first
    assert store.get_alias("default", "clean", "live").version == 2


def test_request_that_changed_nothing_is_recognised_too(store):
    store.activate("default", "clean", "live", 2, call=Call("ada", "late"))  # it points there already
    store.activate("default", "clean", "live", 1)
    assert store.activate("default", "clean", "live", 2, call=Call("ada", "late")).version == 2
    assert store.get_alias("default", "clean", "live").version == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda store, call: store.activate("default", "clean", "live", 2, call=call),
        lambda store, call: store.activate("default", "clean", "beta", 1, call=call),
        lambda store, call: store.activate("default", "clean", "live", 1, etag="x", call=call),
        lambda store, call: store.rollback("default", "clean", "live", call=call),
    ],
    ids=["version", "alias", "etag", "method"],
)
def test_request_id_of_another_request_is_refused(store, other):
    store.activate("default", "clean", "live", 1, call=Call("ada", "request-1"))
    after = state(store)
    with pytest.raises(CallerError) as caught:
        other(store, Call("ada", "request-1"))
    assert caught.value.code == Code.REQUEST_ID_REUSED
    assert caught.value.message == (
        'request_id: "request-1" was used before, for another request (ActivateVersion); take a new one for each request'
    )
    assert state(store) == after


def test_request_ids_of_other_workspaces_do_not_count(store):
    store.create_workspace("acme", "", call=Call("ada", "request-1"))
    store.create_transformation("acme", "clean", "", call=Call("ada", "request-1"))
    store.create_transformation("default", "more", "", call=Call("ada", "request-1"))


def test_refused_request_may_be_repeated_with_its_id(store, draft):
    call = Call("ada", "request-1")
    with pytest.raises(CallerError):
        store.activate("default", "clean", "live", 3, call=call)
    store.add_version("default", "clean", draft(3))
    assert store.activate("default", "clean", "live", 3, call=call).version == 3


def test_repeated_publishing_after_deletion_says_so(store, draft):
    call = Call("ada", "request-1")
    store.add_version("default", "clean", draft(5), call=call)
    store.delete_transformation("default", "clean")
    store.create_transformation("default", "clean", "")
    for number in (1, 2, 3):
        store.add_version("default", "clean", draft(number + 10))
    with pytest.raises(CallerError) as caught:
        store.add_version("default", "clean", draft(5), call=call)
    name = "workspaces/default/transformations/clean/versions/3"
    assert (caught.value.code, caught.value.resource) == (Code.NOT_FOUND, name)
    assert caught.value.message == f"{name} that this request made was deleted with its transformation"


def test_request_ids_are_forgotten_after_a_week(store):
    store.activate("default", "clean", "live", 1, call=Call("ada", "request-1"))
    with store._database.writing() as session:
        row = session.get_one(RequestRow, ("default", "request-1"))
        row.time -= REQUESTS_KEPT + timedelta(seconds=1)
    store.activate("default", "clean", "live", 2)
    assert store.activate("default", "clean", "live", 1, call=Call("ada", "request-1")).version == 1
    assert store.get_alias("default", "clean", "live").version == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call("a" * 201), "x-actor: 201 characters are too many; at most 200"),
        (Call("a\nb"), "x-actor: holds a control character; write one line of plain text"),
        (Call("a", "r" * 129), "request_id: 129 characters are too many; at most 128"),
        (Call("a", "r\0"), "request_id: holds a control character; write one line of plain text"),
    ],
)
def test_actor_and_request_id_are_one_short_line(store, call, message):
    with pytest.raises(CallerError) as caught:
        store.create_workspace("acme", "", call=call)
    assert (caught.value.code, caught.value.message) == (Code.BAD_REQUEST, message)


def test_actor_that_is_not_named_is_anonymous(store):
    store.create_workspace("acme", "", call=Call(""))
    assert store.list_audit("acme").items[0].actor == "anonymous"


@pytest.mark.parametrize("description", ["x" * 4097, "a\0b", "\udfff"])
def test_description_that_cannot_be_kept_is_refused(store, description):
    for ask in (
        lambda: store.create_workspace("acme", description),
        lambda: store.create_transformation("default", "other", description),
        lambda: store.update_transformation("default", "clean", description),
    ):
        with pytest.raises(CallerError) as caught:
            ask()
        assert caught.value.code == Code.BAD_REQUEST


class TestNothingRewritesHistory:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE versions SET source = 'other' WHERE number = 1",
            "UPDATE versions SET warnings = '[]'",
            "UPDATE audit SET actor = 'nobody'",
            "DELETE FROM audit",
        ],
    )
    def test_database_itself_refuses(self, store, statement):
        before = (store.get_version("default", "clean", 1), store.list_audit("default"))
        with (
            pytest.raises(DBAPIError, match=r"a version never changes|the audit trail only grows"),
            store._database._writer.begin() as connection,
        ):
            connection.execute(text(statement))
        assert (store.get_version("default", "clean", 1), store.list_audit("default")) == before

    def test_alias_cannot_point_at_a_version_that_is_not_there(self, store):
        with pytest.raises(DBAPIError), store._database._writer.begin() as connection:
            connection.execute(text("UPDATE aliases SET version = 77"))

    def test_version_reads_the_same_after_everything_but_deletion(self, store, draft):
        before = store.get_version("default", "clean", 1)
        for method, mutation in mutations(draft).items():
            if method != "DeleteTransformation":
                mutation(store, Call("ada"))
        assert store.get_version("default", "clean", 1) == before
